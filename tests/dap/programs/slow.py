import os
import time

print("pid", os.getpid(), flush=True)

for n in range(1000):
    value = n * n
    time.sleep(0.02)
