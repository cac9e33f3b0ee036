"""Lists and sums in a program that has read os.environ, whose class has its own operators."""

import os


def main():
    folder = os.environ.get("HOME", "") + os.environ.copy().get("PATH", "")
    rows = [[i * j % 7 for j in range(40)] for i in range(40)]
    total = len(folder)
    for _ in range(20):
        for row in rows:
            for cell in row:
                total = total + cell | 1
    return total
