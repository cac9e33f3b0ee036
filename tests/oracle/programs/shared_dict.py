"""An instance's attributes, reached through its own dict."""

import argparse


class Options:
    def __init__(self):
        self.depth = 1
        self.names = []


def validate(options):
    options["depth"] += 1
    options["extra"] = [1]
    for key in ("a", "b"):
        options.setdefault(key, key * 2)
    options["extra"].append(2)
    return options


def through_dict():
    plain = Options()
    alias = plain
    attributes = plain.__dict__
    attributes["depth"] = 7
    plain.depth = 8
    plain.names.append("x")
    attributes.update(extra=3)
    del plain.names
    seen = dict(attributes)
    return alias, seen


def through_vars():
    parser = argparse.ArgumentParser()
    parser.add_argument("--depth", type=int, default=3)
    arguments = parser.parse_args([])
    checked = validate(vars(arguments))
    arguments.depth = 10
    total = checked["depth"] + arguments.depth
    return arguments, total


def many():
    things = [Options() for _ in range(5)]
    for n, thing in enumerate(things):
        vars(thing)["depth"] = n
        other = {"depth": n}
        other["depth"] += 1
    return [thing.depth for thing in things]


print(through_dict()[1], through_vars()[1], many())
