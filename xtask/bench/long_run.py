"""About ten million steps: loops, calls, one value that is written to rarely, a deep stack."""


class Node:
    def __init__(self):
        self.count = 0

    def hit(self, n):
        self.count += n
        return self.count


def work(node, n):
    total = 0
    for i in range(n):
        total += i % 7
        if i % 1000 == 0:
            node.hit(i)
    return total


def deep(n):
    if n == 0:
        return 0
    return deep(n - 1) + 1


node = Node()
for k in range(12):
    r = work(node, 300_000)
    node.last = k
d = deep(950)
rare = 1
