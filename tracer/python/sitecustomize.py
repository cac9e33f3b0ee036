"""Starts the tracer before the program: Python imports a module of this name at start-up.

The folder of this file is first on PYTHONPATH. All visible traces of it are removed here. Then the sitecustomize that
would have been imported without connie is imported.
"""


def _connie(start, plugin, is_launcher):
    import os
    import sys

    here = os.path.dirname(__file__)
    while here in sys.path:
        sys.path.remove(here)
    sys.path_importer_cache.pop(here, None)
    launcher = os.environ.get("CONNIE_LAUNCHER")
    if launcher and is_launcher(launcher):
        # It starts the program, which finds connie in the environment. Older Pythons cannot be recorded anyway.
        return
    os.environ.pop("CONNIE_LAUNCHER", None)
    config = os.environ.pop("CONNIE_CONFIG", None)
    path = os.environ.pop("CONNIE_PYTHONPATH", None)
    child = os.environ.pop("CONNIE_CHILD", None)
    names = os.environ.pop("CONNIE_NAMES", None)
    if path is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = path
    if names is not None and "" not in os.environ:
        # Setting our variable has sorted the others, so their order is restored.
        before = dict(os.environ)
        os.environ.clear()
        for name in names.split("="):
            if name in before or name == "PYTHONPATH":
                os.environ[name] = before.pop(name, "")
        # Variables that Python itself has added, such as LC_CTYPE.
        os.environ.update(before)
    if config is None:
        return

    class Refused(Exception):
        pass

    def refuse(why):
        if child:
            # A process that the program started runs without being recorded.
            raise Refused(why)
        with open(config + ".refused", "w") as file:
            file.write(why)
        os._exit(2)

    try:
        start(config, here, refuse, plugin)
    except Refused as error:
        # pytest was told to load the plugin.
        plugin(here, None)
        try:
            with open("%s.refused-%d" % (config, os.getpid()), "w") as file:
                file.write(str(error))
        except OSError:
            pass


def _is_launcher(path):
    """Whether this process is the command of `connie run COMMAND` that starts Python, such as poetry."""
    import os
    import sys

    words = getattr(sys, "orig_argv", None)
    if words is None:
        return True
    script = next((word for word in words[1:] if not word.startswith("-")), "")
    return os.path.realpath(script) == path


def _start(config, here, refuse, plugin):
    import os
    import sys

    if sys.version_info[0] < 3:
        # Python 2 cannot parse the rest.
        refuse("Python %d.%d is not supported: connie records CPython 3.10 to 3.15" % sys.version_info[:2])
    path = os.path.join(here, "connie_start.py")
    space = {}
    try:
        with open(path, encoding="utf-8") as file:
            exec(compile(file.read(), path, "exec"), space)
        tracer, segments = space["connie_start"](config, here)
    except BaseException as error:
        why = str(error) or type(error).__name__
    else:
        if segments and segments[2] != "0":
            import _signal

            _signal.signal(int(segments[2]), tracer.toggle)
        elif segments:
            plugin(here, tracer, *segments[:2], chosen=config + ".chosen")
        return
    refuse(why)


def _plugin(here, tracer, prefix="", keep="", chosen=None):
    """Adds the pytest plugin as a module that pytest can import. It has no other effect."""
    import os
    import sys

    path = os.path.join(here, "connie_pytest.py")
    module = type(sys)("connie_pytest")
    module.__file__ = path
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), module.__dict__)
    module._tracer, module._prefix, module._keep, module._chosen = tracer, prefix, keep, chosen
    sys.modules["connie_pytest"] = module


def _next():
    """Imports the next sitecustomize on the path, as if this one did not exist."""
    import sys

    own = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # noqa: F401
    except ImportError as error:
        # Python 2 has no `name` in the error.
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
        # The import system requires the module that it has just imported.
        sys.modules["sitecustomize"] = own


_connie(_start, _plugin, _is_launcher)
_next()
del _connie, _is_launcher, _next, _start, _plugin
