def matches(pattern, name):
    return pattern == "*" or name.endswith(pattern)


def options_for(name, rules):
    options = {}
    for pattern, chosen in rules:
        if matches(pattern, name):
            options = chosen  # faulty
    return options


def convert(names, rules, report):
    for name in names:
        options = options_for(name, rules)
        if "skip" in options:
            continue
        report(name, options)


seen = []
convert(["a.txt"], [(".txt", {"encoding": "ascii"}), ("*", {})], lambda name, options: seen.append(options))
assert seen == [{"encoding": "ascii"}]
