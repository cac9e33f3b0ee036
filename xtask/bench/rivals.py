"""Runs main() of a workload under a recorder from PyPI and writes the CPU time: rivals.py OUT RECORDER WORKLOAD FOLDER"""

import contextlib
import importlib
import json
import os
import sys
import tempfile
import time

out, recorder, name, folder = sys.argv[1:5]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
scratch = tempfile.mkdtemp(dir=folder)
main = importlib.import_module(name).main


@contextlib.contextmanager
def recording():
    if recorder == "none":
        yield
    elif recorder == "viztracer":
        from viztracer import VizTracer

        with VizTracer(
            output_file=os.path.join(scratch, "trace.json"), log_func_args=True, log_func_retval=True, verbose=0
        ):
            yield
    elif recorder == "PySnooper":
        import pysnooper

        with open(os.path.join(scratch, "trace.txt"), "w") as file:
            global main
            main = pysnooper.snoop(file.write, depth=1000)(main)
            yield
    elif recorder == "kolo":
        import kolo

        os.chdir(scratch)
        with kolo.enabled():
            yield
    elif recorder == "codetracer-python-recorder":
        import codetracer_python_recorder

        codetracer_python_recorder.start(scratch)
        yield
        codetracer_python_recorder.stop()


cpu = time.process_time()
with recording():
    main()
cpu = time.process_time() - cpu
size = sum(os.path.getsize(os.path.join(at, file)) for at, _, files in os.walk(scratch) for file in files)
with open(out, "w") as file:
    json.dump({"cpu": cpu, "size": size}, file)
