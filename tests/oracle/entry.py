"""Runs a package's own entry point as `python -m` would: python entry.py MODULE [ARGUMENTS...]"""

import runpy
import sys
import time

time.time = float  # Times differ between runs and are not compared.
sys.argv = sys.argv[1:]
try:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
except SystemExit:
    pass
