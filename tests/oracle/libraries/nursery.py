"""trio, and anyio over asyncio: connie has no special code for them."""

import anyio
import trio


class Shop:
    def __init__(self):
        self.sold = []
        self.open = True


async def customer(shop, name, count):
    for n in range(count):
        if not shop.open:
            return n
        shop.sold.append((name, n))
        await trio.lowlevel.checkpoint()
    return count


async def closing(shop, limit):
    while len(shop.sold) < limit:
        await trio.sleep(0)
    shop.open = False


async def visit():
    shop = Shop()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(closing, shop, 3)
        nursery.start_soon(customer, shop, "ann", 9)
    size = len(shop.sold) >= 3
    try:
        with trio.fail_after(0):
            await trio.sleep(1)
    except trio.TooSlowError:
        slow = True
    return size, slow


async def produce(send, items):
    async with send:
        for item in items:
            await send.send(item)


async def pipe():
    send, receive = anyio.create_memory_object_stream(1)
    got = []
    async with anyio.create_task_group() as group:
        group.start_soon(produce, send, [1, 2, 3])
        async with receive:
            async for item in receive:
                got.append(item)
    lock = anyio.Lock()
    async with lock:
        with anyio.move_on_after(0) as scope:
            await anyio.sleep(1)
    cancelled = scope.cancelled_caught
    return got, cancelled


def main():
    # trio schedules tasks in random order.
    trio._core._run._r.seed(0)
    first = trio.run(visit)
    second = anyio.run(pipe)
    third = anyio.run(pipe, backend="trio")
    return first, second, third


main()
