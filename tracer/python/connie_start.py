"""Loads the tracer into this process and starts it.

The text of this file is executed by sitecustomize at the start of a program, by the package `connie` when it is asked
to record, and by the code that `connie attach` puts into a running program.
"""


def connie_load(here):
    """Returns the tracer's module, which is not added to the program's modules."""
    import os
    import sys

    # These parts of importlib are always loaded, so that the program sees no new module.
    external = sys.modules["_frozen_importlib_external"]
    spec = sys.modules["_frozen_importlib"].ModuleSpec
    name = "connie_tracer"
    library = os.path.join(here, "connie_tracer.so")
    loader = external.ExtensionFileLoader(name, library)
    tracer = loader.create_module(spec(name, loader, origin=library))
    loader.exec_module(tracer)
    sys.modules.pop(name, None)
    return tracer


def connie_start(config, here):
    """Starts the tracer in the folder `here`, as configured by the file `config`. Returns the tracer and, for segments,
    the prefix of their ids, which of them are kept, and the signal that begins them (or nothing). Raises RuntimeError
    with a message if the tracer cannot be started.
    """
    import os
    import sys

    version = ".".join(map(str, sys.version_info[:3]))
    if sys.implementation.name != "cpython":
        raise RuntimeError(
            "%s %s is not supported: connie records CPython 3.10 to 3.15" % (sys.implementation.name, version)
        )
    if not (3, 10) <= sys.version_info[:2] <= (3, 15):
        raise RuntimeError("Python %s is not supported: connie records CPython 3.10 to 3.15" % version)
    if not getattr(sys, "_is_gil_enabled", lambda: True)() or "t" in sys.abiflags:
        raise RuntimeError("the free-threaded build of Python %s is not supported" % version)
    try:
        tracer = connie_load(here)

        class Plain:
            pass

        stdlib = [os.path.dirname(os.__file__), os.path.dirname(os.path.realpath(os.__file__))]
        segments = tracer.start(config, here, Plain, stdlib).split()
    except BaseException as error:
        raise RuntimeError("the tracer could not start: %s" % error) from None
    return tracer, segments
