"""`python -m connie` is the command `connie`."""

import os
import sys

from connie._binary import binary

if __name__ == "__main__":
    try:
        path = binary()
        os.execv(path, [path, *sys.argv[1:]])
    except OSError as error:
        sys.exit("connie: %s" % error)
