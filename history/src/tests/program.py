import asyncio
import sys
import threading


class Shop:
    def __init__(self, name):
        self.name = name
        self.items = []
        self.prices = {'tea': 2, 'jam': 5}
        self.kinds = {1}

    def sell(self, item, count=1):
        if item not in self.prices:
            raise KeyError(item)
        self.items.append(item)
        self.prices[item] += count
        self.kinds.add(count)
        return count * self.prices[item]


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def counted(words):
    for word in words:
        yield word, len(word)


def work(n):
    total = 0
    for i in range(n):
        total += i
    return total


async def step(n):
    await asyncio.sleep(0)
    return n * 2


async def tasks():
    first = asyncio.create_task(step(1), name='first')
    second = asyncio.create_task(step(2), name='second')
    return await first + await second


shop = Shop('corner')
sold = 0
for n in range(3):
    sold += shop.sell('tea', n)
try:
    shop.sell('salt')
except KeyError as error:
    print('sorry:', error)
lengths = dict(counted(['a', 'bc']))
print('fib', fib(6), file=sys.stderr)
helper = threading.Thread(target=work, args=(50,), name='helper')
helper.start()
helper.join()
print('tasks', asyncio.run(tasks()))
shop.items[0] = 'coffee'
del shop.prices['jam']
shop.items.insert(1, 'milk')
shop.kinds.discard(1)
big = work(9000)
shop.sell('tea', 5)
print('end', big)
