"""try, except, finally and raise, caught at once and several calls up."""


class Refused(Exception):
    def __init__(self, number):
        super().__init__(f"refused {number}")
        self.number = number


def check(number):
    if number % 3 == 0:
        raise Refused(number)
    return int("x" if number % 5 == 0 else "7")


def attempt(number):
    try:
        return check(number)
    except ValueError:
        return 0
    finally:
        number += 1


def main():
    total = 0
    for number in range(12_000):
        try:
            total += attempt(number)
        except Refused as error:
            total += error.number % 2
    return total
