"""Runs the main() of a workload and writes the CPU and wall time that it took: harness.py OUT NAME [FOLDER]"""
import importlib
import json
import os
import sys
import time

out, name = sys.argv[1:3]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
if name in ("richards", "deltablue"):
    import types

    sys.modules["pyperf"] = types.ModuleType("pyperf")
    sys.path.insert(0, os.path.join(sys.argv[3], "bm_" + name))
    module = importlib.import_module("run_benchmark")
    main = (lambda: module.Richards().run(1)) if name == "richards" else (lambda: module.delta_blue(400))
else:
    sys.path += sys.argv[3:]
    main = importlib.import_module(name).main
wall, cpu = time.perf_counter(), time.process_time()
main()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
with open(out, "w") as file:
    json.dump({"wall": wall, "cpu": cpu, "peak": peak}, file)
