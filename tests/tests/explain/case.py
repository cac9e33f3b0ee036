def tokens(text):
    return [word.strip(",") for word in text.split()]


def kind(token):
    if token == "AS":  # faulty
        return "keyword"
    return "name"


def columns(text):
    found = []
    is_alias = False
    for token in tokens(text):
        if kind(token) == "keyword":
            is_alias = True
        elif is_alias:
            found[-1] = token
            is_alias = False
        else:
            found.append(token)
    return found


assert columns("price AS p, name as n") == ["p", "n"]
