"""The contents of a suspended frame's variable are changed, at depth, by unrecorded code that no other frame sees."""

import threading
from contextlib import ExitStack


def nested(leaf, depth):
    return leaf if depth == 0 else {"in": [nested(leaf, depth - 1)]}


def keeper(leaf, depth):
    kept = nested(leaf, depth)
    del leaf
    told = 0
    while True:
        word = yield told
        told += word
        told += len(kept)


def ask(waiting, word):
    return waiting.send(word)


def change(depth):
    leaf = [depth]
    waiting = keeper(leaf, depth)
    next(waiting)
    seen = ask(waiting, 1)
    stack = ExitStack()
    for i in range(3):
        stack.callback(leaf.append, i)
    del leaf
    stack.close()
    seen += ask(waiting, 2)
    stack.callback(len, "")
    return seen + ask(waiting, 3)


for depth in (3, 1, 5, 7, 2):
    threading.Thread(target=change, args=(depth,), name=f"keeps {depth}").start()
