def tag(name, tags=[]):  # faulty
    tags.append(name)
    return tags


def page(title):
    return {"title": title, "tags": tag(title.lower())}


first = page("Tea")
second = page("Milk")
assert second["tags"] == ["milk"]
