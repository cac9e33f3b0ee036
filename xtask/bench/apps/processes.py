"""A pool of two processes factors numbers."""

import multiprocessing


def factors(n):
    found, divisor = [], 2
    while divisor * divisor <= n:
        while n % divisor == 0:
            found.append(divisor)
            n //= divisor
        divisor += 1
    return found + [n] if n > 1 else found


def main():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert len(pool.map(factors, range(1_000_000, 1_000_600), chunksize=100)) == 600
