"""The tests of a small package, run by pytest inside this process."""

import pathlib
import sys
import tempfile

import pytest

PACKAGE = """\
class Basket:
    def __init__(self):
        self.lines = []

    def add(self, name, price, count=1):
        if count < 1:
            raise ValueError(f"count is {count}")
        self.lines.append((name, price, count))
        return self

    def total(self):
        total = 0
        for _, price, count in self.lines:
            total += price * count
        return total
"""
TESTS = """\
import pytest
from basket import Basket

@pytest.fixture
def basket():
    return Basket().add("apple", 3)

@pytest.mark.parametrize("count", range(1, 80))
def test_total(basket, count):
    assert basket.add("pear", 5, count).total() == 3 + 5 * count

@pytest.mark.parametrize("count", range(-20, 1))
def test_refused(basket, count):
    with pytest.raises(ValueError, match="count is"):
        basket.add("pear", 5, count)

def test_file(tmp_path, capsys):
    (tmp_path / "x").write_text("text")
    print((tmp_path / "x").read_text())
    assert capsys.readouterr().out == "text\\n"
"""


def main():
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        (place / "basket.py").write_text(PACKAGE)
        (place / "test_basket.py").write_text(TESTS)
        sys.path.insert(0, folder)
        for name in ("basket", "test_basket"):
            sys.modules.pop(name, None)
        assert pytest.main(["-q", "-p", "no:cacheprovider", folder]) == 0
        sys.path.remove(folder)
