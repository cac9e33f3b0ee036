"""hypothesis, doctest and unittest run recorded code."""

import doctest
import io
import unittest

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

SEEN = []


def total(prices):
    """
    >>> total([1, 2])
    3
    >>> total([])
    0
    """
    result = 0
    for price in prices:
        result += price
    return result


@settings(max_examples=15, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
@given(st.lists(st.integers(0, 9), max_size=4), st.text("ab", max_size=2))
def adds_up(prices, name):
    SEEN.append(len(prices))
    result = total(prices)
    assert result == sum(prices), name


class Tests(unittest.TestCase):
    def setUp(self):
        self.prices = [1]

    def test_one(self):
        self.prices.append(2)
        self.assertEqual(total(self.prices), 3)

    def test_wrong(self):
        with self.subTest(n=1):
            self.assertEqual(total(self.prices), 2)


def main():
    adds_up()
    failed, tried = doctest.testmod()
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Tests)
    result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
    wrong = len(result.failures)
    return failed, tried, wrong


main()
