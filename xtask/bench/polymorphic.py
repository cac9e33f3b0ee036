"""One call and one attribute of many classes: the call site sees eight types in turn."""


class Shape:
    def __init__(self, size):
        self.size = size

    def area(self):
        return self.size * self.size


def subclass(number):
    class Part(Shape):
        def area(self):
            self.seen = number
            return self.size * number

    Part.__name__ = f"Part{number}"
    return Part


def main():
    shapes = [subclass(n)(n + 1) for n in range(8)]
    total = 0
    for _ in range(4000):
        for shape in shapes:
            total += shape.area()
            shape.size = total % 10
    return total
