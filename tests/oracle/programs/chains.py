"""Chains of objects that are longer than the C stack, and values at their ends that change."""


class Node:
    def __init__(self, value, next):
        self.value = value
        self.next = next


def build(count):
    chain = None
    for n in range(count):
        chain = [n, chain]
    return chain


def link(count):
    node = None
    for n in range(count):
        node = Node(n, node)
    return node


def wrap(count):
    error = ValueError("the first")
    for _ in range(count):
        error = ValueError(error)
    return error


def last(node):
    while node.next is not None:
        node = node.next
    return node


short = build(40)
nodes = link(100)
end = last(nodes)
end.value = "changed"
sorted([3, 1, 2], key=lambda n: -n)
end.value = ["changed", "again"]
end.value.append(str(len(short)))
errors = wrap(30)
for n in range(5):
    rows = [[n, m] for m in range(20)]
    nested = [[[n]]]
