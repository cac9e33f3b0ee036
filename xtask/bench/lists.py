def matmul(a, b):
    n, m, p = len(a), len(b), len(b[0])
    out = [[0] * p for _ in range(n)]
    for i in range(n):
        for j in range(p):
            acc = 0
            for k in range(m):
                acc += a[i][k] * b[k][j]
            out[i][j] = acc
    return out


def main():
    n = 40
    a = [[i * j % 7 for j in range(n)] for i in range(n)]
    b = [[(i + j) % 5 for j in range(n)] for i in range(n)]
    for _ in range(3):
        c = matmul(a, b)
    return c[3][4]
