"""Moves the bodies of a program's functions and classes far from their first lines, by empty lines.

Usage: python lengthen.py FROM TO. Prints the lines of FROM before which there are DISTANCE empty lines in TO.
"""

import ast
import pathlib
import sys

DISTANCE = 300


def starts_of(source: str) -> list[int]:
    """The first lines of the bodies."""
    lines = source.split("\n")
    starts = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            first = node.body[0]
            decorators = getattr(first, "decorator_list", [])
            line = min([first.lineno, *(each.lineno for each in decorators)])
            # The rest of the signature is on the line before, not on the same.
            if not lines[line - 1][: first.col_offset].strip(" @"):
                starts.add(line)
    return sorted(starts)


source, target = map(pathlib.Path, sys.argv[1:])
text = source.read_text()
starts = starts_of(text)
lines = text.split("\n")
for line in reversed(starts):
    lines[line - 1 : line - 1] = [""] * DISTANCE
target.write_text("\n".join(lines))
print(*starts)
