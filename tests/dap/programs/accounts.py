import sys


class Account:
    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.log = []

    def deposit(self, amount):
        self.balance += amount
        self.log.append(("deposit", amount))
        return self.balance


def run(accounts):
    total = 0
    for n, account in enumerate(accounts):
        account.deposit(n * 10)
        total += account.balance
    return total


accounts = [Account("ann", 5), Account("bob"), Account("cat", 7)]
print("total", run(accounts))
values = {"a": 1, "b": [1, 2, (3, "x")]}
print("done", file=sys.stderr)
