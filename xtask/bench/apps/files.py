"""A command over files: counts words and lines of the standard library's modules, as a table."""

import argparse
import hashlib
import os
import re

WORD = re.compile(r"\w+")


def count(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    words = WORD.findall(text)
    longest = max(words, key=len, default="")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"lines": text.count("\n"), "words": len(words), "longest": longest, "digest": digest[:8]}


def table(rows):
    lines = []
    for name, row in sorted(rows.items(), key=lambda item: -item[1]["words"]):
        lines.append(f"{name:30} {row['lines']:>7} {row['words']:>8} {row['digest']} {row['longest'][:20]}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--ending", default=".py")
    arguments = parser.parse_args([os.path.dirname(os.__file__)])
    rows = {}
    for entry in sorted(os.listdir(arguments.folder)):
        if entry.endswith(arguments.ending):
            rows[entry] = count(os.path.join(arguments.folder, entry))
    assert len(table(rows).splitlines()) == len(rows)
