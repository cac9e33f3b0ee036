"""pathlib and decimal: library classes written in Python and in C, with operators of their own."""

from decimal import Decimal
from pathlib import PurePosixPath


def main():
    total = Decimal(0)
    names = []
    root = PurePosixPath("/srv/data")
    for i in range(2500):
        path = root / f"d{i % 10}" / f"f{i}.txt"
        names.append(path.suffix + path.name)
        price = Decimal(i) / 4
        total += price * 2
        if total > 10_000:
            total -= 10_000
    return total, len(names)
