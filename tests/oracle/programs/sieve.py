"""Lists changed in loops, by index, slice and swap."""


def sieve(n):
    flags = [True] * n
    flags[0] = flags[1] = False
    for i in range(2, int(n**0.5) + 1):
        if flags[i]:
            for j in range(i * i, n, i):
                flags[j] = False
    return [i for i, f in enumerate(flags) if f]


def bubble(xs):
    for end in range(len(xs) - 1, 0, -1):
        swapped = False
        for i in range(end):
            if xs[i] > xs[i + 1]:
                xs[i], xs[i + 1] = xs[i + 1], xs[i]
                swapped = True
        if not swapped:
            break
    return xs


def life(grid):
    h, w = len(grid), len(grid[0])
    new = [[0] * w for _ in range(h)]
    for y in range(h):
        for x in range(w):
            n = sum(
                grid[(y + dy) % h][(x + dx) % w]
                for dy in (-1, 0, 1)
                for dx in (-1, 0, 1)
                if dy or dx
            )
            new[y][x] = 1 if n == 3 or (n == 2 and grid[y][x]) else 0
    return new


def knapsack(weights, values, capacity):
    best = [[0] * (capacity + 1) for _ in range(len(weights) + 1)]
    for i, (w, v) in enumerate(zip(weights, values), 1):
        for c in range(capacity + 1):
            best[i][c] = best[i - 1][c]
            if w <= c:
                best[i][c] = max(best[i][c], best[i - 1][c - w] + v)
    return best[-1][-1]


def floats(n):
    xs = [0.0] * n
    for k in range(3):
        for i in range(n):
            xs[i] = xs[i] * 0.5 + i
            xs[-1] += 1.0
    return xs


sieve(60)
bubble([5, 2, 9, 1, 5])
grid = [[0, 1, 0, 0], [0, 0, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]
for _ in range(2):
    grid = life(grid)
knapsack([1, 3, 4], [15, 20, 30], 6)
floats(5)
