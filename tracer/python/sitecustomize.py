"""Starts the tracer before the program: python imports a module of this name at start-up.

The folder of this file comes first on PYTHONPATH. Everything that shows is undone here, then the
sitecustomize that would have been imported without us is.
"""


def _connie(start, plugin):
    import os
    import sys

    here = os.path.dirname(__file__)
    while here in sys.path:
        sys.path.remove(here)
    sys.path_importer_cache.pop(here, None)
    config = os.environ.pop("CONNIE_CONFIG", None)
    path = os.environ.pop("CONNIE_PYTHONPATH", None)
    child = os.environ.pop("CONNIE_CHILD", None)
    if path is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = path
    if config is None:
        return

    class Refused(Exception):
        pass

    def refuse(why):
        if child:
            # A process that the program started does its work unwatched.
            raise Refused(why)
        with open(config + ".refused", "w") as file:
            file.write(why)
        os._exit(2)

    try:
        start(config, here, refuse, plugin)
    except Refused as error:
        # pytest is told to load it.
        plugin(here, None)
        try:
            with open("%s.refused-%d" % (config, os.getpid()), "w") as file:
                file.write(str(error))
        except OSError:
            pass


def _start(config, here, refuse, plugin):
    import os
    import sys

    version = ".".join(map(str, sys.version_info[:3]))
    if sys.implementation.name != "cpython":
        refuse("%s %s is not supported: connie records CPython 3.10 to 3.15" % (sys.implementation.name, version))
    if not (3, 10) <= sys.version_info[:2] <= (3, 15):
        refuse("Python %s is not supported: connie records CPython 3.10 to 3.15" % version)
    if not getattr(sys, "_is_gil_enabled", lambda: True)() or "t" in sys.abiflags:
        refuse("the free-threaded build of Python %s is not supported" % version)
    try:
        # The parts of importlib that are there from the start: the program sees no new module.
        external = sys.modules["_frozen_importlib_external"]
        spec = sys.modules["_frozen_importlib"].ModuleSpec
        name = "connie_tracer"
        library = os.path.join(here, "connie_tracer.so")
        loader = external.ExtensionFileLoader(name, library)
        tracer = loader.create_module(spec(name, loader, origin=library))
        loader.exec_module(tracer)
        sys.modules.pop(name, None)

        class Plain:
            pass

        stdlib = [os.path.dirname(os.__file__), os.path.dirname(os.path.realpath(os.__file__))]
        tests = tracer.start(config, here, Plain, stdlib, sys.stdout, sys.stderr)
        if tests:
            plugin(here, tracer, *tests.split())
    except BaseException as error:
        why = "the tracer could not start: %s" % error
    else:
        return
    refuse(why)


def _plugin(here, tracer, prefix="", keep=""):
    """Puts the plugin of pytest where its import finds it; it takes no part in anything else."""
    import os
    import sys

    path = os.path.join(here, "connie_pytest.py")
    module = type(sys)("connie_pytest")
    module.__file__ = path
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), module.__dict__)
    module._tracer, module._prefix, module._keep = tracer, prefix, keep
    sys.modules["connie_pytest"] = module


def _next():
    """Imports the sitecustomize that is next on the path, as if we had not been there."""
    import sys

    own = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # noqa: F401
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
        # The import system wants to find what it has just imported.
        sys.modules["sitecustomize"] = own


_connie(_start, _plugin)
_next()
del _connie, _next, _start, _plugin
