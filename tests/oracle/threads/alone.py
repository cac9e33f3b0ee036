# Threads that share nothing and run in any order: the steps of each are the same every time.
import asyncio
import concurrent.futures
import sys
import threading


class Shop:
    def __init__(self, name):
        self.name = name
        self.stock = {"tea": 3, "cake": [1, 2]}
        self.sold = []

    def sell(self, what, n):
        if n > 4:
            raise ValueError(what)
        self.sold.append((what, n))
        self.stock[what] = n
        return len(self.sold)


def numbers(limit):
    total = 0
    for n in range(limit):
        total += n
        yield total


def keeper(name):
    shop = Shop(name)
    alias = shop.sold
    failed = []
    for n in numbers(5):
        try:
            shop.sell("tea" if n % 2 else "cake", n)
        except ValueError as error:
            failed.append(str(error))
        alias[-1:] = [alias[-1], n]
    return shop.stock, failed, sorted(str(one) for one in alias)


async def child(n, log):
    for k in range(n):
        log.append((n, k))
        await asyncio.sleep(0)
    return n


async def family(log):
    return await asyncio.gather(*(child(n, log) for n in range(4)))


def loop(name):
    log = []
    found = asyncio.run(family(log))
    return name, found, log[-1]


def main():
    sys.setswitchinterval(1e-5)
    for n in range(6):
        threading.Thread(target=keeper if n % 2 else loop, args=("shop-%d" % n,), name="own-%d" % n).start()
    submit = concurrent.futures.ThreadPoolExecutor(1, "pool").submit
    return [sorted(submit(keeper, name).result()[0]) for name in ("a", "b", "c")]


main()
