import asyncio
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from inner import shop


def arguments():
    items = [1]
    alias = items
    n = shop.fill(items, 2, 3)
    m = shop.fill(items, *items, key=n)
    both = (items, n, m, shop.swap(items, alias))
    return both


def callbacks():
    seen = {"calls": []}
    items = []

    def call(target):
        seen["calls"].append(len(target))
        target.append("inside")
        local = list(target)
        return local

    results = shop.each(items, call)
    return results, items, seen


def operators():
    box = shop.Box(1, 2)
    box = box + 5
    same = box == 1
    other = box == box
    size = box.size
    with box as entered:
        entered.items.append("body")
        raise KeyError("dropped")
    return box, same, other, size


def generators():
    items = []
    got = []
    for n in shop.count(items, 3):
        got.append((n, len(items)))
    walk = shop.count(items, 2)
    first = next(walk)
    second = walk.send("sent")
    walk.close()
    total = list(shop.delegate(items))
    return items, got, first, second, total


def mine(items):
    yield len(items)
    shop.fill(items, "from mine")
    yield len(items)


def exceptions():
    items = []
    try:
        shop.fail(items, 2)
    except ValueError as error:
        kept = error.args
    done = shop.catch(items)
    return items, kept, done


def closures():
    step = shop.counter()
    one, seen = step(1)
    two, again = step(2)
    return one, two, seen, again


def nested():
    holder = {"inner": {"old": []}, "other": []}
    inner = holder["inner"]
    new = shop.replace(holder)
    new["mine"] = inner
    back = shop.each(holder["other"], lambda target: shop.fill(target, "deep"))
    return holder, inner, back


def stock():
    before = dict(shop.STOCK)
    after = shop.sell("apple")
    names = shop.log
    shop.sell("apple")
    return before, after, names


def chained():
    holder = {"list": []}
    shop.each(holder["list"], list).append(shop.fill(holder["list"], 1))
    size = shop.fill(holder["list"], 2) + shop.fill(holder["list"], 3)
    return holder, size, [shop.fill(x, 1) for x in ([], [1])]


async def tasks():
    items = []
    one = asyncio.ensure_future(shop.slowly(items, asyncio.sleep))
    two = await shop.slowly(items, asyncio.sleep)
    await one
    return items, two


def main():
    results = [arguments(), callbacks(), operators(), generators(), exceptions(), closures(), nested()]
    items = [0]
    for n in mine(items):
        shop.fill(items, n)
    results.append(stock())
    results.append(chained())
    results.append(asyncio.run(tasks()))
    return results, items


main()
