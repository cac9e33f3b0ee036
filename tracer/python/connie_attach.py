"""Code that `connie attach` makes a running program execute, followed by a call of this function."""


def _connie(config, here, done, prefix):
    """Begins to record, or stops if `prefix` is empty. The file `done` is made when this was tried."""
    import os

    try:
        path = os.path.join(here, "connie_start.py")
        space = {}
        with open(path, encoding="utf-8") as file:
            exec(compile(file.read(), path, "exec"), space)
        if prefix:
            tracer, _ = space["connie_start"](config, here)
            tracer.begin(prefix, "", 1)
        else:
            space["connie_load"](here).stop()
    except BaseException as error:
        with open(config + ".refused", "w") as file:
            file.write(str(error))
    with open(done, "w"):
        pass
