import threading


def work(name):
    total = 0
    for n in range(3):
        total += n
        if n == 2:
            done.append(name)
    return total


done = []
workers = [threading.Thread(target=work, args=(name,), name=f"worker-{name}") for name in "ab"]
for worker in workers:
    worker.start()
    worker.join()
print(done)
