"""Measures questions: questions.py CONNIE RECORDING SCRIPT STEPS LEFT RIGHT [COUNT]. Prints rows of a table. LEFT and
RIGHT are recordings to compare."""

import json
import os
import random
import resource
import subprocess
import sys
import time

connie, recording, script, steps, left, right = sys.argv[1:7]
steps = int(steps)
count = int(sys.argv[7]) if len(sys.argv) > 7 else 200
process = subprocess.Popen([connie, "dap"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
sequence = 0
waiting = []


def receive():
    length = 0
    while (line := process.stdout.readline()) != b"\r\n":
        length = int(line.split(b":")[1])
    return json.loads(process.stdout.read(length))


def request(command, arguments=None):
    global sequence
    sequence += 1
    message = {"seq": sequence, "type": "request", "command": command, "arguments": arguments or {}}
    body = json.dumps(message).encode()
    process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    process.stdin.flush()
    while True:
        message = receive()
        if message["type"] == "response":
            return message
        waiting.append(message)


def stopped():
    while not any(message.get("event") == "stopped" for message in waiting):
        waiting.append(receive())
    waiting.clear()


def line(text):
    with open(script) as file:
        return next(n for n, found in enumerate(file, 1) if text in found)


def at(share, values):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def row(what, times):
    """A row of pairs: wall and CPU milliseconds."""
    walls, cpus = [wall for wall, _ in times], [cpu for _, cpu in times]
    numbers = [at(0.5, walls), at(0.99, walls), max(walls), at(0.99, cpus)]
    print(f"| {what} | {len(times)} | {' | '.join(f'{number:.1f}' for number in numbers)} |", flush=True)


def cpu():
    """CPU milliseconds of the adapter: wall time depends on what else the machine does."""
    tasks = f"/proc/{process.pid}/task"
    times = []
    for task in os.listdir(tasks):
        with open(f"{tasks}/{task}/schedstat") as file:
            times.append(int(file.read().split()[0]))
    # Threads that have ended are in the process's time alone, which is counted in coarse ticks.
    with open(f"/proc/{process.pid}/stat") as file:
        user, system = file.read().rsplit(")", 1)[1].split()[11:13]
    return sum(times) / 1e6, (int(user) + int(system)) * 1e3 / os.sysconf("SC_CLK_TCK")


# The expressions that are asked about in a frame of a function.
ASKED = {
    "Account.move": ["self.balance", "self.log", "amount", "reason", "self.owner"],
    "Bank.transfer": ["giver.balance", "taker.log", "amount", "reason", "self.refused", "self.largest", "source"],
    "counter.<locals>.add": ["count", "n"],
    "counter": ["count"],
    "words": ["start", "at", "letter", "text"],
    "tally": ["found", "word", "found['the']"],
    "smooth": ["level", "value", "factor"],
    "round_of": ["moved", "source", "target", "amount", "done", "bank.largest", "found"],
    "main": ["total", "moved", "level", "bank.refused", "bank.largest", "names", "k"],
}
# Lines that never run, run rarely, or run in some calls only.
NOT = [
    "return False",
    "self.log = self.log[-4:]",
    "self.refused += 1",
    "self.largest = (amount",
    "return None",
    "late = n",
    "never = k",
    "start = at + 1",
    "moved += done",
]

main = {"threadId": 1}
request("initialize", {"adapterID": "connie"})
request("attach", {"recording": recording})
request("configurationDone")
stopped()
random.seed(1)
slowest = {}
times = {name: [] for name in ("why", "whynot", "origin", "history")}


def ask(word, what, step):
    start, before = time.perf_counter(), cpu()
    answer = request("evaluate", {"expression": f":{word} {what}", "context": "repl", "frameId": frame["id"]})
    took = (time.perf_counter() - start) * 1e3
    times[word].append((took, max(now - then for now, then in zip(cpu(), before))))
    failed = not answer["success"]
    slowest.setdefault(word, []).append((took, what, frame["name"], step, failed))


def frame_of(step, names):
    """A frame of one of these functions at a step, or None."""
    request("connie/seek", {"step": step})
    stopped()
    frames = request("stackTrace", {**main, "levels": 3})["body"]["stackFrames"]
    known = [frame for frame in frames if frame["name"] in names]
    return random.choice(known) if known else None


def makes_sketches():
    """Whether the thread that makes them still runs."""
    tasks = f"/proc/{process.pid}/task"
    return any(open(f"{tasks}/{task}/comm").read() == "sketches\n" for task in os.listdir(tasks))


# The first question comes while the sketches are made, the others afterwards.
step = int(steps * 0.7)
while not (frame := frame_of(step, ["main", "round_of"])):
    step += 1
ask("why", "bank.largest", step)
row("`why`, the first question", times["why"])
times["why"].clear()
while makes_sketches():
    time.sleep(0.05)
while len(times["why"]) < count:
    # A few moments in the long loop at the end are enough.
    step = random.randrange(20, steps)
    if step > steps * 0.82 and random.random() < 0.8:
        continue
    frame = frame_of(step, ASKED)
    if not frame:
        continue
    for word in ("why", "origin", "history"):
        ask(word, random.choice(ASKED[frame["name"]]), step)
    ask("whynot", line(random.choice(NOT)), step)
for word, values in times.items():
    row(f"`{word}`", values)
request("disconnect")
if os.environ.get("SLOWEST"):
    for word, all in slowest.items():
        for took, what, function, step, failed in sorted(all, reverse=True)[:12]:
            print(f"{word} {what} in {function} at {step}: {took:.1f} ms{' failed' * failed}", file=sys.stderr)
        print(word, "failed:", sum(one[4] for one in all), file=sys.stderr)


def command(*arguments):
    """Wall and CPU seconds of a command, and the number of lines that it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    output = subprocess.run([connie, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, output.count(b"\n")


process.wait()
last = str(steps - 1000)
for what, arguments in {
    "`connie why total`": ["why", "total", recording, "--step", last],
    "`connie whynot`": ["whynot", f"{os.path.basename(script)}:{line('never = k')}", recording],
    "`connie origin total`": ["origin", "total", recording, "--step", last],
}.items():
    commands = [command(*arguments) for _ in range(5)]
    row(f"{what}", [(wall * 1e3, cpu * 1e3) for wall, cpu, _ in commands])
explained = [command("explain", recording, "--step", str(random.randrange(20, steps))) for _ in range(20)]
row("`connie explain`, at random steps", [(wall * 1e3, cpu * 1e3) for wall, cpu, _ in explained])
wall, cpu_time, _ = command("compare", left, right)
row("`connie compare`, two runs of a million steps", [(wall * 1e3, cpu_time * 1e3)])

print("\n| search | finds | seconds | CPU seconds | a second |\n|---|--:|--:|--:|--:|")


def search(what, *arguments, of=None, unit):
    wall, cpu, lines = command(*arguments)
    done = of or lines
    print(f"| {what} | {lines} | {wall:.2f} | {cpu:.2f} | {done / wall / 1e6:.1f} million {unit} |", flush=True)


name = os.path.basename(script)
loop = f"{name}:{line('total += i % 7')}"
search("`trace` of a line, `{i} {total}`", "trace", loop, "{i} {total}", recording, "--format", "csv", unit="hits")
search("`trace` with `--where`, no hit", "trace", loop, "{i}", recording, "--where", "i == -1", of=1_002_000, unit="hits")
search("`search --where`", "search", "--where", "moved == 77", recording, "--most", "100000", of=steps, unit="steps")
for _ in "12":
    search("`search --value kiwi`", "search", "--value", "kiwi", recording, of=steps, unit="steps")
search("`search --value` of an int", "search", "--value", "999999", recording, of=steps, unit="steps")
search("`search --value`, nowhere", "search", "--value", "nowhere", recording, of=steps, unit="steps")
