"""Expressions over several lines: values that are stored after execution returns to the first line."""

import asyncio


class Keeper:
    def __init__(self, numbers):
        self.squares = [n * n
                        for n in numbers
                        if n]
        self.pairs = {
            n: str(n)
            for n in numbers
        }
        self.last = self.squares[
            -1
        ]

    def more(self, numbers):
        self.squares += [
            n
            for n in numbers
        ]
        self.squares.extend(
            n
            for n in numbers
        )
        return {
            tuple(
                self.squares[:n]
            )
            for n in numbers
        }


def grows(xs):
    held = xs
    xs[
        0
    ] = [
        x
        for x in range(2)
    ]
    (xs
     .append(
         [y
          for y in xs]))
    return held


async def numbers():
    for n in range(3):
        await asyncio.sleep(0)
        yield n


class Slow:
    kept: "Keeper"

    async def gather(self, keeper):
        self.kept = keeper
        keeper.squares = [
            n
            async for n in numbers()
            if n
        ]
        self.all = [n
                    async for n in numbers()]
        async with asyncio.Lock() as lock, \
                asyncio.Semaphore(2) as both:
            keeper.last = (lock,
                           both)
        return self.all


keeper = Keeper([0, 1, 2, 3])
print(keeper.more([4, 5]))
print(grows([1, 2]))
print(asyncio.run(Slow().gather(keeper)))


def total(keeper):
    first: int = [
        k
        for k in keeper.pairs
    ][0]
    return (keeper.squares
            + [
                first
                for first in (first, 2)
            ])


print(total(keeper))
