def main():
    n = 10_000
    flags = [True] * n
    for _ in range(8):
        for i in range(2, 100):
            for j in range(i * i, n, i * 7):
                flags[j] = not flags[j]
    return sum(flags)
