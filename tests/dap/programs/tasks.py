import asyncio


async def fetch(name, turns):
    for turn in range(turns):
        await asyncio.sleep(0)
        seen = f"{name}{turn}"  # a breakpoint
    return seen


async def client(name, turns):
    before = name.upper()
    got = await fetch(name, turns)
    after = before + got
    return after


async def main():
    tasks = [asyncio.create_task(client(name, 3), name=f"client-{name}") for name in "ab"]
    results = await asyncio.gather(*tasks)
    return results


print(asyncio.run(main()))
