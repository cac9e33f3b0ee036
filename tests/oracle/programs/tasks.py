# asyncio in one thread: tasks that take turns on shared objects, cancellation, async generators and contexts.
import asyncio
import contextlib


class Account:
    def __init__(self, name, balance):
        self.name = name
        self.balance = balance
        self.log = []


class Busy(Exception):
    pass


@contextlib.asynccontextmanager
async def opened(account):
    account.log.append("open")
    await asyncio.sleep(0)
    try:
        yield account.log
    finally:
        account.log.append("closed")


class Transaction:
    def __init__(self, accounts):
        self.accounts = accounts
        self.state = "new"

    async def __aenter__(self):
        self.state = "begun"
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, kind, error, traceback):
        await asyncio.sleep(0)
        self.state = "done" if kind is None else kind.__name__
        return kind is Busy


async def ticks(count, seen):
    for n in range(count):
        seen.append(n)
        await asyncio.sleep(0)
        yield n * n


async def move(source, target, amount):
    async with Transaction([source, target]) as transaction:
        before = source.balance
        if before < amount:
            raise Busy(amount)
        await asyncio.sleep(0)
        source.balance = before - amount
        target.balance += amount
        state = transaction.state
    return transaction.state, state if before >= amount else None


async def collect(account, seen):
    total = 0
    async with opened(account) as log:
        async for square in ticks(4, seen):
            total += square
            log.append(total)
    return [x async for x in ticks(3, seen) if x != 1]


async def wait_for(future, log):
    try:
        value = await future
        log.append(value)
    except asyncio.CancelledError:
        log.append("cancelled")
        raise
    return value


async def failing(log):
    await asyncio.sleep(0)
    try:
        raise ValueError("first")
    except ValueError as error:
        log.append(str(error))
        await asyncio.sleep(0)
        raise KeyError("second") from error


async def main():
    a, b = Account("a", 10), Account("b", 0)
    shared = []
    moved = await asyncio.gather(move(a, b, 3), move(b, a, 1), move(a, b, 100), return_exceptions=True)
    kinds = [type(one).__name__ for one in moved]
    lists = await asyncio.gather(collect(a, shared), collect(b, shared))
    futures = [asyncio.get_running_loop().create_future() for _ in range(3)]
    waits = [asyncio.ensure_future(wait_for(future, shared)) for future in futures]
    await asyncio.sleep(0)
    waits[1].cancel()
    await asyncio.sleep(0)
    futures[0].set_result(len(shared))
    futures[2].set_exception(Busy("never"))
    ended = await asyncio.gather(*waits, return_exceptions=True)
    names = [one if type(one) is int else type(one).__name__ for one in ended]
    try:
        await failing(shared)
    except KeyError as error:
        cause = str(error.__cause__)
    unfinished = ticks(5, shared)
    first = await unfinished.__anext__()
    await unfinished.aclose()
    await asyncio.wait_for(move(b, a, 1), None)
    return a.balance, b.balance, kinds, lists, names, cause, first


print(asyncio.run(main()))
