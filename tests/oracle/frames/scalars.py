"""numpy's scalars, and arrays of every type."""

import numpy as np


class Reading(np.float64):
    pass


def scalars():
    whole = [np.int8(-5), np.uint8(200), np.int16(-300), np.uint16(60000), np.int32(-7), np.uint32(7), np.int64(-(2**62))]
    largest = np.uint64(2**64 - 1)
    c = np.longlong(3), np.intc(4)
    truth = np.bool_(True), np.False_
    floats = [np.float16(0.1), np.float32(0.1), np.float64(0.1), np.float32(1e20), np.float16(65504), np.float32(1e-45)]
    odd = [np.float32("nan"), np.float64("inf"), np.float32(-0.0), np.float16(6e-8)]
    both = np.complex64(1 + 0.1j), np.complex128(-2j)
    derived = Reading(2.5)
    total = np.arange(5).sum()
    mean = np.arange(5, dtype=np.float32).mean()
    total += 1
    mean *= 3
    best = max(np.array([1, 5, 3]))
    return largest, total, mean, best


def times():
    day = np.datetime64("2024-02-29")
    units = [np.datetime64("1969-12-31T23:59:59", unit) for unit in ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns")]
    counted = np.datetime64("2024-01-01", "7D")
    early = np.datetime64("-0044-03-15")
    later = day + np.timedelta64(36, "h")
    took = later - day
    none = np.datetime64("NaT"), np.timedelta64("NaT")
    plain = np.timedelta64(3)
    first = np.datetime64("0000-01-01"), np.datetime64("1969-12"), np.datetime64("1970-01-15", "2W")
    last = np.datetime64("1969-12-31T23:59:59.999999999"), np.timedelta64(4, "25us")
    days = np.arange("2024-02-27", "2024-03-02", dtype="datetime64[D]")
    days[1] = "1999-01-01"
    steps = np.diff(days)
    steps[0] = "NaT"
    return units, later, took


def types():
    of = [np.dtype(t) for t in ("bool", "int8", "u4", "f2", "f8", "c8", "O", "U3", "S2", "M8[ns]", "m8", ">i4", [("x", int)])]
    texts = np.array(["ab", "é\0x", ""])
    texts[0] = "z"
    raw = np.array([b"ab", b"c\0d", b""])
    halves = np.array([0.1, 2.5, 65504], dtype=np.float16)
    halves /= 3
    floats = np.linspace(0, 1, 7, dtype=np.float32)
    floats[2] = np.pi
    waves = np.exp(1j * np.arange(3))
    waves[0] *= 2
    small = waves.astype(np.complex64)
    foreign = np.array([1, 2], dtype=">i4")
    pairs = np.array([(1, 2.0)], dtype=[("x", int), ("y", float)])
    pairs["x"] = 4
    one = pairs[0]
    objects = np.array([1, "a", None, [1]], dtype=object)
    objects[3].append(2)
    flags = floats > 0.5
    flags[0] = True
    return of, texts, small


scalars()
times()
types()
