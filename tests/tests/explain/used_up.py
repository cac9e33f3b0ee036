def platforms(system):
    for version in (3, 2, 1):
        yield f"{system}_{version}"


def tags(versions, names=None):
    names = names or platforms("linux")  # faulty
    for version in versions:
        for name in names:
            yield f"py{version}-{name}"


def supported(versions):
    found = []
    for tag in tags(versions):
        found.append(tag.upper())
    return found


found = supported([13, 12])
assert len(found) == 6
