class Node:
    def __init__(self, parts):
        self.parts = parts
        self.last = parts[-1]


def outer(box):
    node = Node([{"a": [1, {"deep": [box]}]}, (2, 3)])
    return inner({"node": node, "other": Node([box])})


def inner(node):
    return node


outer(["outer"])
