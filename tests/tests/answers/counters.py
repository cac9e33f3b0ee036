# Each call of the enclosing function has its own variable, which the inner functions write.
def counter():
    count = 0  #@ zero

    def more(by):
        nonlocal count
        if by == 1:
            1 / 0
        count += by  #@ more
        return count

    return more


one = counter()
two = counter()
one(10)
one(20)
two(30)
one(1)
#? why count: more counter.<locals>.more
#? history count: more counter.<locals>.more, more counter.<locals>.more, zero counter
