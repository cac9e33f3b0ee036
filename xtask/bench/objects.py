"""A dict of 20,000 objects, of which some are changed in each round."""


class Account:
    __slots__ = ("balance", "number")

    def __init__(self, number):
        self.number = number
        self.balance = 0


def main():
    accounts = {n: Account(n) for n in range(20_000)}
    for round in range(3):
        for n in range(round, 20_000, 3):
            account = accounts[n]
            account.balance += n % 100
            if account.balance > 150:
                del accounts[n]
                accounts[n] = Account(n)
    return len(accounts)
