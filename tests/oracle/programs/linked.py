"""Linked structures: trees, graphs, queues, rings; objects that die and are made again elsewhere."""


class Node:
    def __init__(self, value, parent=None):
        self.value = value
        self.parent = parent
        self.children = []
        if parent is not None:
            parent.children.append(self)

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()

    def depth(self):
        n, node = 0, self
        while node.parent is not None:
            node = node.parent
            n += 1
        return n


class Link:
    __slots__ = ("value", "next")

    def __init__(self, value, next=None):
        self.value, self.next = value, next


def build():
    root = Node("root")
    for i in range(3):
        child = Node(i, root)
        for j in range(2):
            Node((i, j), child)
    values = [node.value for node in root.walk()]
    depths = {str(node.value): node.depth() for node in root.walk()}
    moved = root.children.pop()
    moved.parent = None
    root.children[0].children.append(moved)
    moved.value = "moved"
    return root, values, depths


def chain(n):
    head = None
    for i in range(n):
        head = Link(i, head)
    previous = None
    while head:
        head.next, previous, head = previous, head, head.next
    total = 0
    node = previous
    while node:
        total += node.value
        node = node.next
    return previous, total


def ring():
    a, b, c = Link("a"), Link("b"), Link("c")
    a.next, b.next, c.next = b, c, a
    b.value = [a, c]
    return a


def churn():
    kept = []
    for i in range(30):
        temp = [i]
        other = {"i": i}
        pair = (i, [i])
        node = Link(i)
        if i % 10 == 0:
            kept.append(temp)
            kept.append(node)
        temp = None
        other["i"] += 1
        del pair
    return kept


def graph():
    edges = {}
    for a, b in [(1, 2), (2, 3), (1, 3), (3, 4)]:
        edges.setdefault(a, set()).add(b)
        edges.setdefault(b, set()).add(a)
    seen, queue = set(), [1]
    order = []
    while queue:
        n = queue.pop(0)
        if n in seen:
            continue
        seen.add(n)
        order.append(n)
        queue.extend(sorted(edges[n] - seen))
    return order


build()
chain(6)
ring()
churn()
graph()
