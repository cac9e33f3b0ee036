import functools
import os


def quiet(n):
    total = n
    total += 1
    return total


def work(change):
    change()
    os.write(to_parent, b"changed")
    os.read(from_parent, 1)
    return quiet(2)


xs = [3, 1, 2]
from_child, to_parent = os.pipe()
from_parent, to_child = os.pipe()
child = os.fork()
if child == 0 and quiet(0):
    work(functools.partial(xs.sort))
    print(xs)
    os._exit(0)
os.read(from_child, 7)
for n in range(300):
    quiet(n)
os.write(to_child, b".")
os.waitpid(child, 0)
