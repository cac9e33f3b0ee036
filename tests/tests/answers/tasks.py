# Results of other tasks and threads.
import asyncio
from concurrent.futures import ThreadPoolExecutor


class Job:
    def __init__(self, n):
        self.n = n


async def make(n):
    await asyncio.sleep(0)
    job = Job(n)  #@ job
    return job


def work():
    return Job(0)  #@ work


async def main():
    task = asyncio.create_task(make(3))
    a1 = await task
    a2, _ = await asyncio.gather(make(1), make(2))
    a3 = await asyncio.wait_for(make(9), 5)
    for done in asyncio.as_completed([make(4)]):
        a4 = await done
    a5 = task.result()
    a6 = await asyncio.get_running_loop().run_in_executor(None, work)
    with ThreadPoolExecutor(1) as pool:
        a7 = pool.submit(work).result()
    kept = [a1]
    a8 = await asyncio.sleep(0, kept.pop())  #@ popped
    match [a1, {"k": a2}]:
        case [b1, {"k": b2}]:
            pass
    a9 = await asyncio.sleep(0, Job(5))  #@ sleep
    1 / 0


asyncio.run(main())
#? origin a1: job make ~ got it from Job(n)
#? origin a2: job make ~ got it from Job(n)
#? origin a3: job make ~ got it from Job(n)
#? origin a4: job make ~ got it from Job(n)
#? origin a5: job make ~ got it from Job(n)
#? origin a6: work work ~ got it from Job(0)
#? origin a7: work work ~ got it from Job(0)
#? origin b1: job make ~ got it from Job(n)
#? origin b2: job make ~ got it from Job(n)
#? origin a9: sleep main ~ got it from await asyncio.sleep(0, Job(5))
