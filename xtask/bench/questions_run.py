"""An ordinary program: objects, dicts, strings, calls, closures and generators. Arguments: rounds (of about 1,700 steps; ten
million steps in all, if not given) and the round in which a rare word comes."""

import random
import sys


class Account:
    def __init__(self, owner):
        self.owner = owner
        self.balance = 100
        self.log = []

    def move(self, amount, reason):
        if self.balance + amount < 0:
            return False
        self.balance += amount
        self.log.append(reason)
        if len(self.log) > 8:
            self.log = self.log[-4:]
        return True


class Bank:
    def __init__(self, size):
        self.accounts = {f"owner{n}": Account(f"owner{n}") for n in range(size)}
        self.refused = 0
        self.largest = None

    def transfer(self, source, target, amount):
        giver, taker = self.accounts[source], self.accounts[target]
        reason = f"{source} to {target}"
        if not giver.move(-amount, reason):
            self.refused += 1
            return None
        taker.move(amount, reason)
        if self.largest is None or amount > self.largest[0]:
            self.largest = (amount, reason)
        return amount


def counter():
    count = 0

    def add(n):
        nonlocal count
        count = count + n
        return count

    return add


def words(text):
    start = 0
    for at, letter in enumerate(text):
        if letter == " ":
            yield text[start:at]
            start = at + 1
    yield text[start:]


def tally(text, found):
    for word in words(text):
        found[word] = found.get(word, 0) + 1
    return found


def endless():
    n = 0
    while True:
        n += 1
        yield n
        if n > 10:
            late = n  # noqa: F841 (a line that questions are about)


def smooth(values, factor):
    level = values[0]
    for value in values:
        level += (value - level) * factor
    return level


def round_of(bank, names, rare):
    moved = 0
    add = counter()
    for _ in range(40):
        source, target = random.choice(names), random.choice(names)
        amount = random.randrange(1, 60)
        done = bank.transfer(source, target, amount)
        if done:
            moved += done
            add(done)
    found = tally("the quick brown fox jumps over the lazy dog " * 2 + rare, {})
    level = smooth([moved, len(found), bank.refused, 3.5], 0.25)
    return moved, level


def main(rounds, rare):
    random.seed(7)
    bank = Bank(50)
    names = sorted(bank.accounts)
    numbers = endless()
    first = next(numbers)  # noqa: F841
    never = None
    total = 0
    for k in range(rounds):
        moved, level = round_of(bank, names, "kiwi" if k == rare else "plum")
        total += moved
        if k == -1:
            never = k  # noqa: F841 (never runs)
    for i in range(167 * rounds):
        total += i % 7
    return total


rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 6000
result = main(rounds, int(sys.argv[2]) if len(sys.argv) > 2 else rounds // 2)
