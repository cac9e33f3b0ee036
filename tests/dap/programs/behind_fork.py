import functools
import os


def quiet(n):
    total = n
    total += 1
    return total


def work(change):
    quiet(1)
    change()
    return quiet(2)


xs = [3, 1, 2]
child = os.fork()
if child == 0:
    work(functools.partial(xs.sort))
    print(xs)
    os._exit(0)
for n in range(300):
    quiet(n)
os.waitpid(child, 0)
