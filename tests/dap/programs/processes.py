import os

import shop


def work(n):
    doubled = n * shop.FACTOR
    return doubled  # in a child


pid = os.fork()
if pid == 0:
    shop.FACTOR = 3
    work(14)
    shop.price(7)
    os._exit(0)
os.waitpid(pid, 0)
done = True
print("parent", done, shop.FACTOR)
