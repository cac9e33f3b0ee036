"""The truth: runs a program under sys.settrace and writes every step with every local.

    python oracle.py OUT ROOT SCRIPT [ARGS...]

It ends the program after ORACLE_STEPS steps, where the environment says so.

One JSON object a line, as `connie replay --format jsonl --locals all` prints (docs/replay-format.md).
Slow and simple on purpose, and independent of connie: values are rendered here, at the moment they
are seen, by the rules of the format, without calling code of the program.
"""

import _thread
import builtins
import collections
import contextvars
import ctypes
import dis
import functools
import gc
import json
import math
import os
import re
import sqlite3
import sys
import threading
import types

LIMIT = int(os.environ.get("ORACLE_STEPS", 10**9))
# Number of frames below the running one that are rendered too.
CALLERS = int(os.environ.get("ORACLE_CALLERS", 0))
# Whether variables and values are rendered.
VALUES = os.environ.get("ORACLE_VALUES", "1") != "0"
MAX_STRING, MAX_ITEMS, MAX_DEPTH = 4096, 1000, 5
# Whether secrets are redacted, by the few names that the oracle's own programs use. tests/secrets.rs has the others.
SECRETS = os.environ.get("ORACLE_SECRETS", "1") != "0"
SECRET = {
    ("password",), ("passwd",), ("secret",), ("api", "key"), ("access", "token"), ("auth", "token"),
    ("private", "key"), ("authorization",),
}

generic_dict = ctypes.pythonapi.PyObject_GenericGetDict
generic_dict.restype = ctypes.py_object
generic_dict.argtypes = [ctypes.py_object, ctypes.c_void_p]
# 3.15
frozendict = getattr(builtins, "frozendict", None)
class_dict = type.__dict__["__dict__"].__get__
class_mro = type.__dict__["__mro__"].__get__
class_name = type.__dict__["__qualname__"].__get__
class_flags = type.__dict__["__flags__"].__get__
HEAP = 1 << 9
# Internal attributes of classes.
HIDDEN = {"_abc_impl", "_value2member_map_"}
BUILTIN = set(map(id, [
    list, dict, set, frozenset, tuple, str, bytes, bytearray, int, float, complex, collections.deque,
    collections.OrderedDict, collections.defaultdict,
    *(x for x in vars(builtins).values() if type(x) is type and issubclass(x, BaseException)),
]))


def is_hidden(name, value):
    """Whether a value is redacted because of its name."""
    return SECRETS and is_secret(name) and value is not None and type(value) is not bool and not callable_like(value)


def is_secret(name):
    words = [w.lower() for w in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+", name)]
    for pattern in SECRET:
        n = len(pattern)
        if any(tuple(words[i : i + n]) == pattern for i in range(len(words))):
            return True
        if n > 1 and "".join(pattern) in words:
            return True
    return False


def mro(t):
    return class_mro(t) or ()


def find(t, name):
    for c in mro(t):
        d = class_dict(c)
        if name in d:
            return d[name]
    return None


def module_of(t):
    try:
        m = type.__dict__["__module__"].__get__(t)
    except AttributeError:
        return ""
    return m if type(m) is str else ""


def short(t):
    return class_name(t).rsplit(".", 1)[-1]


def own_dict(v):
    for c in mro(type(v)):
        descriptor = class_dict(c).get("__dict__")
        if type(descriptor) is types.GetSetDescriptorType or c is types.SimpleNamespace:
            try:
                return descriptor.__get__(v)
            except AttributeError:
                return {}
    # A class implemented in C may give its instances a dict without access to it, such as the dict of futures.
    if is_python_class(type(v)) and type.__dict__["__dictoffset__"].__get__(type(v)) != 0:
        return generic_dict(v, None)
    return {}


def slots(v):
    for c in reversed(mro(type(v))):
        declared = class_dict(c).get("__slots__", ())
        if type(declared) is str:
            declared = (declared,)
        if type(declared) not in (tuple, list, dict):
            declared = sorted(k for k, d in class_dict(c).items() if type(d) is types.MemberDescriptorType)
        if not class_flags(c) & HEAP:
            continue
        for name in declared:
            if name.startswith("__") and not name.endswith("__"):
                name = "_" + class_name(c).rsplit(".", 1)[-1].lstrip("_") + name
            descriptor = class_dict(c).get(name)
            if type(descriptor) is types.MemberDescriptorType:
                try:
                    yield name, descriptor.__get__(v)
                except AttributeError:
                    pass


def attributes(v):
    yield from slots(v)
    yield from dict.items(own_dict(v))


def attribute(v, name):
    for n, value in attributes(v):
        if n == name:
            return value
    return None


def is_python_class(t):
    """Whether a class was made by a class statement: a heap type that defines no methods in C."""
    if not class_flags(t) & HEAP:
        return False
    c_made = (types.MethodDescriptorType, types.WrapperDescriptorType)
    return not any(type(d) in c_made and d.__objclass__ is t for d in class_dict(t).values())


LIBRARY = {
    "datetime": {"datetime", "date", "time", "timedelta", "timezone"},
    "zoneinfo": {"ZoneInfo"},
    "decimal": {"Decimal"},
    "fractions": {"Fraction"},
    "uuid": {"UUID"},
    "re": {"Pattern", "Match"},
    "builtins": {"range", "slice", "bytearray"},
    "array": {"array"},
    "numpy": {"ndarray", "dtype"},
}
# Wrappers, which are shown with the object that they wrap.
WRAPPERS = {
    functools.partial: "partial",
    types.MappingProxyType: "mappingproxy",
    type({}.keys()): "dict_view",
    type({}.values()): "dict_view",
    type({}.items()): "dict_view",
    memoryview: "memory_view",
    sqlite3.Row: "row",
    contextvars.ContextVar: "context_variable",
    contextvars.Token: "token",
}
# For exactly these classes, by module and name, the renderer's method.
TENSORS = {
    ("torch", "Tensor"): "torch",
    ("torch.nn.parameter", "Parameter"): "torch",
    ("jaxlib._jax", "ArrayImpl"): "jax",
    ("jaxlib.xla_extension", "ArrayImpl"): "jax",
}
MAX_ARRAY = 20


def referent(v):
    """The mapping that a proxy or a view refers to."""
    return next(x for x in gc.get_referents(v) if x is not type(v))


def shortest(x, nearest):
    """The shortest decimal for a float of a type. `nearest` converts a float to that type."""
    if type(x) is not float or x != x or x in (0.0, math.inf, -math.inf):
        return x
    return next(n for n in (float("%.*e" % (d, x)) for d in range(18)) if nearest(n) == x)


class Renderer:
    def __init__(self):
        self.path = []

    def items(self, values, length, opening, closing):
        out = []
        for v in values:
            if len(out) >= MAX_ITEMS:
                break
            out.append(self(v))
        if len(out) < length:
            out.append("…")
        return opening + ", ".join(out) + closing

    def pairs(self, pairs, length, opening, closing, joiner=": ", separator=", ", raw=False):
        out = []
        for k, v in pairs:
            if len(out) >= MAX_ITEMS:
                break
            hidden = type(k) is str and is_hidden(k, v)
            text = "<redacted %s>" % class_name(type(v)) if hidden else self(v)
            out.append((k if raw else self(k)) + joiner + text)
        if len(out) < length:
            out.append("…")
        return opening + separator.join(out) + closing

    def __call__(self, v):
        t = type(v)
        if v is None or v is Ellipsis or v is NotImplemented or t in (bool, int, float, complex):
            return repr(v)
        if t is str:
            return repr(v[:MAX_STRING]) + ("…" if len(v) > MAX_STRING else "")
        if t is bytes:
            return repr(v[:MAX_STRING]) + ("…" if len(v) > MAX_STRING else "")
        if issubclass(t, type):
            return "<class %s>" % class_name(v)
        if t is types.FunctionType:
            return "<function %s>" % v.__qualname__
        if t is types.MethodType:
            f = v.__func__
            return "<method %s>" % (f.__qualname__ if type(f) is types.FunctionType else class_name(type(f)))
        if t is types.BuiltinFunctionType:
            owner = v.__self__
            if owner is None or type(owner) is types.ModuleType:
                return "<function %s>" % v.__name__
            return "<method %s.%s>" % (class_name(owner if issubclass(type(owner), type) else type(owner)), v.__name__)
        if t in (types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType):
            return "<function %s.%s>" % (class_name(v.__objclass__), v.__name__)
        if issubclass(t, types.ModuleType):
            return "<module %s>" % dict.get(types.ModuleType.__dict__["__dict__"].__get__(v), "__name__", "?")
        if any(p is v for p in self.path):
            return "..."
        return self.object(v, t)

    def object(self, v, t):
        template = self.template(v, t)
        if template is not None:
            return template
        kind = self.kind(t)
        if kind is None:
            return "<%s>" % class_name(t)
        if len(self.path) >= MAX_DEPTH:
            return "…"
        self.path.append(v)
        try:
            return kind(v, t)
        finally:
            self.path.pop()

    def inside(self, v, f):
        self.path.append(v)
        try:
            return f()
        finally:
            self.path.pop()

    def template(self, v, t):
        tensor = TENSORS.get((module_of(t), class_name(t)))
        if tensor:
            return self.inside(v, lambda: getattr(self, tensor)(v, t))
        for c in mro(t):
            name, module = class_name(c), module_of(c)
            if c in WRAPPERS:
                return self.inside(v, lambda: getattr(self, WRAPPERS[c])(v, t))
            if module == "enum" and name == "Enum":
                d = own_dict(v)
                return self.inside(v, lambda: "<%s.%s: %s>" % (short(t), d.get("_name_") or "", self(d.get("_value_"))))
            if module == "numpy" and name == "generic" and not issubclass(t, (str, bytes)):
                return self.scalar(v, t)
            if name in LIBRARY.get(module, ()) or (module in ("pathlib", "pathlib._local") and name == "PurePath"):
                return self.library(v, t, c)
        for base, convert in ((int, int.__int__), (float, float.__float__), (str, str.__str__), (bytes, bytes.__getitem__)):
            if t is not base and issubclass(t, base):
                if base is bytes:
                    return repr(bytes.__getitem__(v, slice(None)))
                if base is str:
                    plain = str.__getitem__(v, slice(None))
                    plain = str.__str__(plain) if type(plain) is str else "".join(list(str.__iter__(v)))
                    return repr(plain[:MAX_STRING]) + ("…" if len(plain) > MAX_STRING else "")
                return repr(convert(v))
        return None

    def library(self, v, t, c):
        name = class_name(c)
        if name == "array":
            if len(self.path) >= MAX_DEPTH:
                return "…"
            shown = v.tolist()
            if v.typecode == "u":
                return "array('u')" if not shown else "array('u', %r)" % "".join(shown[:MAX_ITEMS])
            if not shown:
                return "array(%r)" % v.typecode
            return self.inside(v, lambda: self.items(shown, len(shown), "array(%r, [" % v.typecode, "])"))
        if name == "ndarray":
            return self.inside(v, lambda: self.ndarray(v, t))
        if name == "dtype":
            return "dtype(%r)" % (v.name if v.isnative and v.kind in "biufc" else v.str if v.kind != "O" else "O")
        if name == "bytearray":
            return self.inside(v, lambda: "bytearray(%s)" % self(bytes(v)))
        if name == "range":
            return repr(v)
        if name == "slice":
            return self.inside(v, lambda: "slice(%s, %s, %s)" % (self(v.start), self(v.stop), self(v.step)))
        return c.__repr__(v)

    def ndarray(self, v, t):
        shape = "(%s%s)" % (", ".join(map(str, v.shape)), "," if v.ndim == 1 else "")
        items = ""
        if v.size and short(t) != "MaskedArray":
            shown = [self.plain(x) if hasattr(type(x), "dtype") else x for x in v.flat[:MAX_ARRAY]]
            items = " " + self.items(shown, v.size, "[", "]")
        if v.dtype.kind == "V" and v.dtype.name != "bfloat16" or not v.dtype.isnative:
            items = ""
        dtype = v.dtype.name.rstrip("0123456789") if v.dtype.kind in "USV" and v.dtype.name != "bfloat16" else v.dtype.name
        return "<%s shape=%s dtype=%s%s>" % (short(t), shape, dtype, items)

    def plain(self, x):
        """The Python value of an item or scalar of numpy. A float is given by its shortest decimal."""
        if x.dtype.kind == "f" or x.dtype.name == "bfloat16":
            return shortest(float(x), lambda n: float(x.dtype.type(n)))
        if x.dtype.kind == "c":
            return complex(self.plain(x.real), self.plain(x.imag))
        if x.dtype.kind == "M":
            text = str(x)
            return text.rstrip("0").rstrip(".") if "." in text else text
        if x.dtype.kind == "m":
            return "NaT" if str(x) == "NaT" else int(x.astype("int64"))
        return x.item()

    def scalar(self, v, t):
        kind = v.dtype.kind
        if kind == "b":
            return "np.%s_" % bool(v)
        if kind in "OV":
            return "<%s>" % class_name(t)
        if kind == "m" and str(v) != "NaT":
            return "np.timedelta64(%d,'%s')" % (v.astype("int64"), v.dtype.str[4:-1] or "generic")
        value = str(v) if kind == "M" else self.plain(v)
        return self.inside(v, lambda: "np.%s(%s)" % (class_name(t), self(value)))

    def named(self, pairs, separator):
        """The values with their names."""
        shown = []
        for key, value in pairs:
            hidden = is_hidden(key, value)
            shown.append("%s%s=%s" % (separator, key, "<redacted %s>" % class_name(type(value)) if hidden else self(value)))
        return "".join(shown)

    def partial(self, v, t):
        name = "functools.partial" if t is functools.partial else short(t)
        arguments = "".join(", " + self(x) for x in v.args)
        return "%s(%s%s%s)" % (name, self(v.func), arguments, self.named(v.keywords.items(), ", "))

    def context_variable(self, v, t):
        try:
            default = " default=" + self(contextvars.Context().run(v.get))
        except LookupError:
            default = ""
        return "<ContextVar name='%s'%s>" % (v.name, default)

    def token(self, v, t):
        old = "" if v.old_value is contextvars.Token.MISSING else " old=" + self(v.old_value)
        return "<Token var=%s%s>" % (self(v.var), old)

    def mappingproxy(self, v, t):
        return "mappingproxy(%s)" % self(referent(v))

    def dict_view(self, v, t):
        return "<%s of %s>" % (short(t), self(referent(v)))

    def memory_view(self, v, t):
        try:
            return "<memoryview nbytes=%d of %s>" % (v.nbytes, self(v.obj))
        except ValueError:
            return "<memoryview>"

    def row(self, v, t):
        return "<%s%s>" % (short(t), self.named([(key, v[n]) for n, key in enumerate(v.keys())], " "))

    def torch(self, v, t):
        more = "" if str(v.device) == "cpu" else " device=%s" % v.device
        shown = []
        layout = str(v.layout)[6:]
        more += "" if layout == "strided" else " layout=" + layout
        more += " requires_grad=True" if v.requires_grad else ""
        if v.device.type == "cpu" and layout == "strided" and not v.is_conj():
            first = v.detach().reshape(-1)[:MAX_ARRAY]
            shown = [shortest(x.item(), lambda n: v.new_tensor(n).item()) for x in first]
        items = " " + self.items(shown, v.numel(), "[", "]") if shown else ""
        shape = "(%s%s)" % (", ".join(map(str, v.shape)), "," if v.dim() == 1 else "")
        return "<%s shape=%s dtype=%s%s%s>" % (class_name(t), shape, str(v.dtype)[6:], more, items)

    def jax(self, v, t):
        x = __import__("numpy").asarray(v)
        return self.ndarray(x, t).replace("<ArrayImpl", "<Array")

    def kind(self, t):
        for c in mro(t):
            name, module = class_name(c), module_of(c)
            if module == "collections" and name in ("deque", "defaultdict", "OrderedDict", "Counter"):
                return getattr(self, name.lower())
        if issubclass(t, BaseException):
            return self.exception
        if issubclass(t, list):
            return lambda v, t: self.items(list.__iter__(v), list.__len__(v), "[", "]")
        if issubclass(t, dict):
            return lambda v, t: self.pairs(dict.items(v), dict.__len__(v), "{", "}")
        if frozendict and issubclass(t, frozendict):
            return self.frozendict
        if issubclass(t, tuple):
            fields = find(t, "_fields")
            if class_flags(t) & HEAP and type(fields) is tuple:
                return lambda v, t: self.pairs(
                    zip(fields, tuple.__iter__(v)), tuple.__len__(v), short(t) + "(", ")", "=", raw=True
                )
            return lambda v, t: self.items(tuple.__iter__(v), tuple.__len__(v), "(", ",)" if tuple.__len__(v) == 1 else ")")
        if issubclass(t, set):
            if t is set:
                return lambda v, t: self.items(set.__iter__(v), set.__len__(v), "{", "}") if set.__len__(v) else "set()"
            return lambda v, t: self.items(set.__iter__(v), set.__len__(v), short(t) + "({", "})") if set.__len__(v) else short(t) + "()"
        if issubclass(t, frozenset):
            return lambda v, t: (
                self.items(frozenset.__iter__(v), frozenset.__len__(v), short(t) + "({", "})") if frozenset.__len__(v) else short(t) + "()"
            )
        if is_python_class(t) or issubclass(t, types.SimpleNamespace):
            return self.instance
        return None

    def instance(self, v, t):
        pairs = list(attributes(v))
        if not pairs:
            return "<%s>" % class_name(t)
        return self.pairs(pairs, len(pairs), "<%s " % class_name(t), ">", "=", " ", raw=True)

    def exception(self, v, t):
        args = BaseException.args.__get__(v)
        return self.items(args, len(args), short(t) + "(", ")")

    def deque(self, v, t):
        tail = "], maxlen=%d)" % v.maxlen if v.maxlen is not None else "])"
        return self.items(collections.deque.__iter__(v), collections.deque.__len__(v), short(t) + "([", tail)

    def defaultdict(self, v, t):
        factory = collections.defaultdict.default_factory.__get__(v)
        return self.pairs(dict.items(v), dict.__len__(v), "%s(%s, {" % (short(t), self(factory)), "})")

    def frozendict(self, v, t):
        size = frozendict.__len__(v)
        return self.pairs(frozendict.items(v), size, "%s({" % short(t), "})") if size else short(t) + "()"

    def ordereddict(self, v, t):
        pairs = [(k, dict.__getitem__(v, k)) for k in collections.OrderedDict.__iter__(v)]
        if not pairs:
            return short(t) + "()"
        if sys.version_info >= (3, 12):
            return self.pairs(pairs, len(pairs), short(t) + "({", "})")
        out = ["(%s, %s)" % (self(k), self(x)) for k, x in pairs[:MAX_ITEMS]]
        return "%s([%s])" % (short(t), ", ".join(out + (["…"] if len(pairs) > MAX_ITEMS else [])))

    def counter(self, v, t):
        pairs = list(dict.items(v))
        if not pairs:
            return short(t) + "()"
        if all(type(n) in (int, bool, float) for _, n in pairs):
            pairs.sort(key=lambda pair: -pair[1] if pair[1] == pair[1] else math.inf)
        return self.pairs(pairs, len(pairs), short(t) + "({", "})")


def callable_like(v):
    t = type(v)
    return issubclass(t, type) or t in (
        types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.ModuleType, types.MethodDescriptorType,
        types.WrapperDescriptorType, types.ClassMethodDescriptorType,
    )


def render(v):
    if not VALUES:
        return ""
    return Renderer()(v)


ITERATES = ("FOR_ITER", "SEND", "YIELD_FROM", "END_FOR", "END_SEND")


def is_resumed(frame):
    code, at = frame.f_code, frame.f_lasti
    if not code.co_flags & (0x20 | 0x80 | 0x200):
        return False
    if sys.version_info < (3, 11):
        return at >= 0
    op = dis.opname[code.co_code[at]]
    # In 3.11, a frame that was thrown into while it waits is after its RESUME.
    waits = sys.version_info < (3, 12) and op == "JUMP_BACKWARD_NO_INTERRUPT"
    return waits or op in ("YIELD_VALUE", "SEND") or op == "RESUME" and code.co_code[at + 1] & 3 != 0


def is_dunder(name):
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


def proxied(f):
    """The items of `f.items()`, which crashes 3.13.0 if a comprehension hides a variable."""
    for name in f:
        try:
            yield name, f[name]
        except KeyError:
            pass


class Oracle:
    def __init__(self, out, root):
        self.out, self.root = out, root.rstrip("/") + "/"
        self.step = 0
        # Names of the modules whose code ran, and the attributes of each that were ever shown.
        self.modules, self.seen = set(), set()
        self.rows = []
        self.files = {}
        # Lines of the frames that wait, by the frames' ids.
        self.waiting = {}
        # The depth of each thread, and its last event.
        self.own = threading.local()
        self.own.depth, self.own.last = 0, None

    def wanted(self, filename):
        known = self.files.get(filename)
        if known is None:
            path = os.path.join(self.cwd, filename)
            known = path.startswith(self.root) and "/site-packages/" not in path and not filename.startswith("<")
            known = self.files[filename] = path if known else ""
        return known

    def end(self):
        self.out.writelines(self.rows)
        self.out.flush()

    def starter(self, start):
        # Threads that are started without `threading` are traced too.
        def watched(function, args=(), kwargs={}):  # noqa: B006
            def run(*args, **kwargs):
                sys.settrace(self.trace)
                return function(*args, **kwargs)

            return start(run, args, kwargs)

        return watched

    def pairs(self, frame):
        if not VALUES:
            return {}
        f = frame.f_locals
        if isinstance(f, dict):
            pairs = list(dict.items(f))
        elif type(f).__name__ == "FrameLocalsProxy":
            # In a module, f_locals has only the variables of comprehensions.
            module = frame.f_code.co_name == "<module>"
            pairs = [*(frame.f_globals.items() if module else ()), *proxied(f)]
        else:
            return
        for name, v in pairs:
            if type(name) is str and not is_dunder(name):
                yield name, v

    def locals(self, frame):
        out = {}
        for name, v in self.pairs(frame):
            if issubclass(type(v), types.ModuleType):
                continue
            if is_hidden(name, v):
                out[name] = "<redacted %s>" % class_name(type(v))
            else:
                out[name] = render(v)
        return out

    def attributes(self, frame):
        """The attributes of the classes of variables, and of classes, functions and modules among the variables."""
        found = {}
        for variable, v in self.pairs(frame):
            for name, x in self.members(v):
                hidden = is_hidden(name, x)
                found[variable + "." + name] = "<redacted %s>" % class_name(type(x)) if hidden else render(x)
        gone = sorted(self.seen - set(found)) if frame.f_code.co_name == "<module>" else []
        self.seen |= set(found)
        return found, gone

    def is_own(self, c):
        module = class_dict(c).get("__module__")
        return bool(class_flags(c) & HEAP) and type(module) is str and module in self.modules

    def class_data(self, c, meta=()):
        """The results of attribute look-up without calling anything, up to the first class that is not recorded."""
        seen = set()
        for base in mro(c):
            # Compared by address, as a metaclass may define a hash.
            if id(base) in BUILTIN:
                # Attributes of a builtin class come before those of later classes.
                seen.update(class_dict(base))
                continue
            if not self.is_own(base):
                break
            for name, x in class_dict(base).items():
                if type(name) is not str or is_dunder(name) or name in seen or name in HIDDEN:
                    continue
                seen.add(name)
                if find(type(x), "__get__") is None and find(type(x), "__set__") is None:
                    if not any(name in class_dict(m) for m in meta):
                        yield name, x

    def own_data(self, t, own):
        # A data descriptor has precedence over them.
        for name, x in own.items():
            found = find(t, name)
            if type(name) is str and not is_dunder(name):
                if found is None or find(type(found), "__set__") is None or type(found) is types.MemberDescriptorType:
                    yield name, x

    def members(self, v):
        t = type(v)
        if issubclass(t, types.ModuleType):
            if t is types.ModuleType and v.__dict__.get("__name__") in self.modules:
                yield from ((name, x) for name, x in v.__dict__.items() if type(name) is str and not is_dunder(name))
        elif t is types.FunctionType:
            if self.wanted(v.__code__.co_filename):
                yield from ((name, x) for name, x in v.__dict__.items() if type(name) is str and not is_dunder(name))
        elif issubclass(t, type):
            if is_python_class(v) and find(t, "__getattribute__") is type.__dict__["__getattribute__"]:
                yield from self.class_data(v, [m for m in mro(t) if m is not type and m is not object])
        elif t is functools.partial:
            # Reading its `__dict__` would create one.
            yield from self.own_data(t, v.__reduce__()[2][3] or {})
        elif t is type(functools.lru_cache(len)):
            yield from self.own_data(t, own_dict(v))
        elif is_python_class(t):
            if type(find(t, "__getattribute__")) is types.WrapperDescriptorType:
                own = dict(attributes(v))
                yield from ((name, x) for name, x in self.class_data(t) if name not in own)
                # An object that is shown by its contents does not show its own attributes.
                if self.is_own(t) and not render(v).startswith(("<%s " % class_name(t), "<%s>" % class_name(t))):
                    yield from self.own_data(t, own)

    def write(self, frame, event, path, **more):
        self.step += 1
        code = frame.f_code
        row = {
            "step": self.step, "event": event, "file": path,
            "line": code.co_firstlineno if event == "call" else frame.f_lineno,
            "function": getattr(code, "co_qualname", code.co_name), "depth": self.own.depth, "locals": self.locals(frame),
            "thread": self.name(),
        }
        self.modules.add(frame.f_globals.get("__name__"))
        row["attributes"], row["gone"] = self.attributes(frame)
        if CALLERS:
            row["callers"] = self.callers(frame.f_back)
        row.update(more)
        # Written at the end in one piece, as lines of threads would mix.
        self.rows.append(json.dumps(row) + "\n")

    def callers(self, frame):
        found = []
        while frame is not None and len(found) < CALLERS:
            # When `throw` goes through to the generator that a frame waits for, no resume of the frame is reported.
            if self.wanted(frame.f_code.co_filename) and id(frame) not in self.waiting:
                found.append({"function": frame.f_code.co_name, "locals": self.locals(frame)})
            frame = frame.f_back
        return found

    def name(self):
        # threading.current_thread() would create a thread object if there is none.
        thread = threading._active.get(threading.get_ident())
        return thread._name if thread is not None else "?"

    def trace(self, frame, event, arg):
        if self.step >= LIMIT:
            self.end()
            os._exit(0)
        path = self.wanted(frame.f_code.co_filename)
        if not path:
            return None
        if not hasattr(self.own, "depth"):
            self.own.depth, self.own.last = 0, None
        self.event(frame, event, arg, path)
        return self.trace

    def event(self, frame, event, arg, path):
        if event != "call" and id(frame) in self.waiting:
            # 3.11 does not report that a frame resumes if `throw` ended what it was waiting for.
            self.own.depth += 1
            self.write(frame, "resume", path, line=self.waiting.pop(id(frame)), untold=True)
        if event == "call":
            self.own.depth += 1
            self.waiting.pop(id(frame), None)
            self.write(frame, "resume" if is_resumed(frame) else "call", path)
        elif event == "line":
            self.write(frame, "line", path)
        elif event == "exception":
            if arg[0] is StopIteration and dis.opname[frame.f_code.co_code[frame.f_lasti]] in ITERATES:
                return  # The end of a loop, not an exception that code raised here.
            self.write(frame, "raise", path, value=render(arg[1]))
        elif event == "return":
            code, at = frame.f_code.co_code, frame.f_lasti
            op = dis.opname[code[at]]
            # 3.13 has moved to the next instruction when it yields. 3.10 steps back, so that YIELD_FROM runs again.
            before = dis.opname[code[at - 2]] if at >= 2 else ""
            after = dis.opname[code[at + 2]] if at + 2 < len(code) else ""
            if self.own.last == (id(frame), "exception") and arg is None:
                pass  # The exception leaves the frame.
            elif op in ("YIELD_VALUE", "SEND") or op == "RESUME" and before == "YIELD_VALUE" or after == "YIELD_FROM":
                self.write(frame, "yield", path, value=render(arg))
                self.waiting[id(frame)] = frame.f_lineno
            elif op in ("RETURN_VALUE", "RETURN_CONST", "RETURN_GENERATOR"):
                self.write(frame, "return", path, value=render(arg))
            self.own.depth -= 1
        self.own.last = (id(frame), event)


def main():
    out, root, script = sys.argv[1], sys.argv[2], sys.argv[3]
    sys.argv = sys.argv[3:]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    module = types.ModuleType("__main__")
    module.__file__ = os.path.abspath(script)
    module.__builtins__ = __builtins__
    sys.modules["__main__"] = module
    with open(script, "rb") as file:
        source = file.read()
    code = compile(source, os.path.abspath(script), "exec", dont_inherit=True)
    with open(out, "w", encoding="utf-8", errors="surrogatepass") as file:
        oracle = Oracle(file, root)
        oracle.cwd = os.getcwd()
        sys.settrace(oracle.trace)
        threading.settrace(oracle.trace)
        _thread.start_new_thread = oracle.starter(_thread.start_new_thread)
        try:
            exec(code, module.__dict__)
        except BaseException as error:
            sys.settrace(None)
            if not isinstance(error, SystemExit):
                print("oracle: the program ended with", type(error).__name__, file=sys.stderr)
                sys.exit(1)
            raise
        finally:
            sys.settrace(None)
            # The program ends with its last thread.
            for thread in threading.enumerate():
                if thread is not threading.current_thread() and not thread.daemon:
                    thread.join()
            oracle.end()


if __name__ == "__main__":
    main()
