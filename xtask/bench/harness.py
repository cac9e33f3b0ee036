"""Runs the main() of a workload and writes what it took: harness.py OUT NAME TIMES [FOLDER]

OUT gets a JSON object: CPU and wall time of TIMES calls in seconds, the most memory in KiB."""

import importlib
import json
import os
import sys
import time

out, name, times = sys.argv[1:4]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
if name in ("richards", "deltablue"):
    import types

    sys.modules["pyperf"] = types.ModuleType("pyperf")
    sys.path.insert(0, os.path.join(sys.argv[4], "bm_" + name))
    module = importlib.import_module("run_benchmark")
    main = (lambda: module.Richards().run(1)) if name == "richards" else (lambda: module.delta_blue(400))
else:
    sys.path += sys.argv[4:]
    main = importlib.import_module(name).main
wall, cpu = time.perf_counter(), time.process_time()
for _ in range(int(times)):
    main()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
with open(out, "w") as file:
    json.dump({"wall": wall, "cpu": cpu, "peak": peak}, file)
