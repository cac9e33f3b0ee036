import asyncio


async def double(n):
    await asyncio.sleep(0)
    return n * 2


async def both(a, b):
    total = await double(a) + await double(b)
    return total


print(asyncio.run(both(1, 2)))
