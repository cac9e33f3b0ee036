"""Runs a command and writes the CPU time of all its processes: processor.py OUT CORES COMMAND ... (0 cores: all)"""

import os
import resource
import subprocess
import sys

out, cores, *command = sys.argv[1:]
if int(cores):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(cores)])
done = subprocess.run(command)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(out, "w") as file:
    file.write(str(used.ru_utime + used.ru_stime))
sys.exit(done.returncode)
