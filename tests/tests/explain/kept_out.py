"""A condition is too strict, so that something is left out of a collection."""


def words_in(text):
    found = set()
    for word in text.split():
        cleaned = word.strip(".,")
        if len(cleaned) > 1 and cleaned.isalpha():  # faulty
            found.add(cleaned.lower())
    return found


words = words_in("A plan, a canal")
assert words == {"a", "plan", "canal"}, sorted(words)
