class Node:
    def __init__(self, *children):
        self.parent = None
        self.children = []
        for child in children:
            self.append(child)

    def append(self, child):
        if child.parent is not None:
            child.parent.children.remove(child)
        child.parent = self
        self.children.append(child)

    def extend(self, nodes):
        if isinstance(nodes, Node):
            nodes = nodes.children  # faulty
        for node in nodes:
            self.append(node)

    def count(self):
        return 1 + sum(child.count() for child in self.children)


left = Node(Node(), Node(), Node(), Node())
right = Node()
right.extend(left)
assert left.count() == 1
