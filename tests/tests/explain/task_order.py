import asyncio

state = {"total": 0}


async def read():
    return state["total"]


async def deposit(amount):
    before = await read()
    await asyncio.sleep(0)
    state["total"] = before + amount  # faulty


async def main():
    await asyncio.gather(deposit(10), deposit(5))
    assert state["total"] == 15


asyncio.run(main())
