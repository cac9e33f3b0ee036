"""Measures travel: travel.py CONNIE RECORDING SCRIPT. Prints rows of a table."""

import json
import random
import subprocess
import sys
import time

connie, recording, script = sys.argv[1:4]
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
            return message.get("body") or {}
        waiting.append(message)


def stopped():
    while not any(message.get("event") == "stopped" for message in waiting):
        waiting.append(receive())
    waiting.clear()


def timed(*calls, stops=True):
    start = time.perf_counter()
    for command, arguments in calls:
        request(command, arguments)
    if stops:
        stopped()
    return (time.perf_counter() - start) * 1e3


def word(text):
    request("evaluate", {"expression": text, "context": "repl"})
    if text in (":start", ":end"):
        stopped()


def line(text):
    with open(script) as file:
        return next(n for n, found in enumerate(file, 1) if text in found)


def break_at(text, **more):
    request("setBreakpoints", {"source": {"path": script}, "breakpoints": [{"line": line(text), **more}]})


def row(what, values):
    values = sorted(values)
    middle, last = values[len(values) // 2], values[min(len(values) - 1, int(len(values) * 0.99))]
    print(f"| {what} | {middle:.1f} | {last:.1f} |", flush=True)


main = {"threadId": 1}
request("initialize", {"adapterID": "connie"})
opened = timed(("attach", {"recording": recording}), ("configurationDone", None))
row("open", [opened])
random.seed(1)
steps = int(sys.argv[4])
times = {name: [] for name in ("seek", "next", "stepBack", "stepIn", "stack")}
for _ in range(200):
    times["seek"].append(timed(("connie/seek", {"step": random.randrange(20, steps)})))
    for command in ("next", "stepBack", "stepIn"):
        times[command].append(timed((command, main)))
    times["stack"].append(timed(("stackTrace", main), stops=False))
row("to a random step", times["seek"])
for command in ("next", "stepBack", "stepIn"):
    row(command, times[command])
row("stackTrace", times["stack"])
break_at("r = work(")
word(":start")
timed(("continue", main))
row("next over a call of 800,000 steps", [timed(("next", main)) for _ in range(1)])
row("stepBack over it", [timed(("stepBack", main))])
break_at("rare = 1")
word(":start")
row("continue to one hit, 10 million steps away", [timed(("continue", main))])
word(":start")
break_at("total += i % 7", condition="total == -1")
ms = timed(("continue", main))
row("a condition that never holds, 3.6 million hits", [ms])
request("setBreakpoints", {"source": {"path": script}, "breakpoints": []})
word(":end")
frame = request("stackTrace", main)["stackFrames"][0]["id"]
found = request("dataBreakpointInfo", {"name": "node.count", "frameId": frame})
request("setDataBreakpoints", {"breakpoints": [{"dataId": found["dataId"]}]})
row("reverse to the last write of an attribute", [timed(("reverseContinue", main))])
request("setDataBreakpoints", {"breakpoints": []})
break_at("return 0")
word(":start")
timed(("continue", main))
values = []
for _ in range(20):
    start = time.perf_counter()
    stack = request("stackTrace", {**main, "levels": 20})
    scopes = request("scopes", {"frameId": stack["stackFrames"][0]["id"]})["scopes"]
    request("variables", {"variablesReference": scopes[0]["variablesReference"]})
    values.append((time.perf_counter() - start) * 1e3)
row(f"stack, scopes and variables, {stack['totalFrames']} frames deep", values)
request("disconnect")
