"""Attributes of modules, set from here and by functions of the modules."""

import settings
import settings as other


def use(conf):
    conf.LEVEL = 7
    conf.NAMES.append("c")
    conf.TABLE["k"] = conf.LEVEL
    return conf.level()


def grow():
    settings.LEVEL += 1
    settings.extra = [settings.LEVEL]
    settings.extra.append(0)
    n = settings.raise_level(2)
    return n


settings.LEVEL = 3
settings.NAMES.append("b")
settings.TABLE["x"] = {"y": 1}
settings.TABLE["x"]["y"] = 2
use(settings)
grow()
other.Options.verbose = True
other.Options.seen.append(1)
setattr(settings, "later", 5)
setattr(settings, "LEVEL", 20)
del settings.later
other.NAMES = ("t", 1)
o = settings.Options()
o.seen.append(2)
o.verbose = "own"
del o.verbose
vars(settings)["LEVEL"] = 30
settings.__dict__.update(more=[1])
done = 1
