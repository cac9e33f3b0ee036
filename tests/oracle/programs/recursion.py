"""Recursion in several shapes."""

def fact(n):
    return 1 if n <= 1 else n * fact(n - 1)


def hanoi(n, a, b, c, moves):
    if n:
        hanoi(n - 1, a, c, b, moves)
        c.append(a.pop())
        moves.append((len(a), len(b), len(c)))
        hanoi(n - 1, b, a, c, moves)


def queens(n, row=0, cols=()):
    if row == n:
        return [cols]
    found = []
    for col in range(n):
        if all(col != c and abs(col - c) != row - r for r, c in enumerate(cols)):
            found += queens(n, row + 1, cols + (col,))
    return found


def permute(items, k=0, out=None):
    if out is None:
        out = []
    if k == len(items):
        out.append(tuple(items))
    for i in range(k, len(items)):
        items[k], items[i] = items[i], items[k]
        permute(items, k + 1, out)
        items[k], items[i] = items[i], items[k]
    return out


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


fact(20)
fact(30)
moves = []
hanoi(4, [4, 3, 2, 1], [], [], moves)
queens(5)
permute([1, 2, 3])
even(7)
