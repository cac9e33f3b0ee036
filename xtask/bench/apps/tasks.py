"""Two hundred asyncio tasks hand numbers through a queue."""

import asyncio


async def produce(queue, count):
    for n in range(count):
        await queue.put(n)
        await asyncio.sleep(0)


async def consume(queue, sums):
    total = 0
    while True:
        n = await queue.get()
        total += n
        sums.append(total)
        queue.task_done()


async def run():
    queue, sums = asyncio.Queue(10), []
    consumers = [asyncio.create_task(consume(queue, sums)) for _ in range(100)]
    await asyncio.gather(*(produce(queue, 100) for _ in range(100)))
    await queue.join()
    for task in consumers:
        task.cancel()
    return len(sums)


def main():
    assert asyncio.run(run()) == 10_000
