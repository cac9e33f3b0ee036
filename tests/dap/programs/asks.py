import os
import sys

name = input("name? ")
found = [os.environ.get("FROM_ENV"), os.environ.get("GONE")]
options = [sys.flags.optimize, sys.flags.dev_mode]
print("hello", name)
