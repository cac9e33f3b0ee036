# Several calls of one function on a line that give equal values.


def give(n):
    if n == 1:
        return 5  #@ one
    if n == 2:
        return 5  #@ two
    return 5  #@ more


class Store:
    def get(self, n):
        return give(n)


def both(a, b, c=0):
    1 / 0


def first(a, b):
    return a


def run():
    kept = {1: 5}
    store = Store()
    x = first(give(1), give(2))
    y = first(give(2), give(1)) + 0
    t, u = give(2), give(1)
    z = [give(3), give(1)][1]
    e = give(1) and give(2)
    v = kept.get(1) + store.get(2) - 5
    both(give(1), give(3), c=give(2))


run()
#? origin a: one give ~ has it: 5
#? origin b: more give ~ has it: 5
#? origin c: two give ~ has it: 5
#? origin x @1: one give ~ has it: 5
#? origin t @1: two give ~ has it: 5
#? origin u @1: one give ~ has it: 5
#? origin e @1: ~ computed it
