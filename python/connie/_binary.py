"""Finds the command `connie`."""

import os
import shutil
import sysconfig


def binary() -> str:
    """Returns the path of the command: `$CONNIE_BIN`, or that of this environment, the user, or the PATH.

    Raises FileNotFoundError if there is none.
    """
    named = os.environ.get("CONNIE_BIN")
    if named:
        return named
    schemes = [sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user")]
    for scheme in schemes:
        path = os.path.join(sysconfig.get_path("scripts", scheme), "connie")
        if os.access(path, os.X_OK):
            return path
    found = shutil.which("connie")
    if found is None:
        raise FileNotFoundError("the command connie was not found: install the package connie again")
    return found
