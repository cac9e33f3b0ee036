import os
import sys

import helper

found = [os.environ.get("FROM_ENV"), os.environ.get("FROM_FILE"), os.environ.get("GONE")]
where = os.getcwd()
arguments = sys.argv[1:]
long = "x" * 50
many = list(range(30))
doubled = helper.double(21)
print("ran", doubled)
