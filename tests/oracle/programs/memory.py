"""Writes to memory: by functions that take a buffer, through views, by methods of arrays."""

import array
import ctypes
import io
import os
import socket
import struct
import tempfile


def writes():
    ba = bytearray(b"hello")
    struct.pack_into("b", ba, 0, 65)
    x = 1
    packer = struct.Struct("bb")
    packer.pack_into(ba, 1, 66, 67)
    x = 2
    ends = list(map(os.fdopen, os.pipe(), ("rb", "wb"), (0, 0)))
    ends[1].write(b"xyz")
    os.readv(ends[0].fileno(), [ba])
    x = 3
    sockets = socket.socketpair()
    sockets[1].send(b"qqq")
    sockets[0].recv_into(ba)
    x = 4
    io.BytesIO(b"zz").readinto(ba)
    x = 5
    sockets[1].send(b"rr")
    sockets[0].recvfrom_into(ba, 2)
    x = 6
    f = tempfile.TemporaryFile()
    f.write(b"12345")
    f.seek(0)
    f.readinto(ba)
    x = 7
    f.seek(0)
    raw = f.raw if hasattr(f, "raw") else f
    raw.readinto(ba)
    x = 8
    [thing.close() for thing in (*sockets, *ends, f)]
    return ba


def views():
    ba = bytearray(b"hello")
    mv = memoryview(ba)
    mv[0] = 72
    x = 5
    mv[1:3] = b"EL"
    x = 6
    ar = array.array("i", [1, 2, 3])
    av = memoryview(ar)
    av[1] = 50
    x = 7
    struct.pack_into("b", mv, 4, 33)
    x = 8
    io.BytesIO(b"zzzz").readinto(mv)
    x = 9
    c = (ctypes.c_int * 3).from_buffer(ar)
    c[0] = 1000
    x = 10
    sub = mv[2:][::2]
    sub[0] = 66
    x = 12
    class P(ctypes.Structure):
        _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_int)]
    p = P.from_buffer(ar)
    p.y = 4321
    x = 13
    cast = mv.cast("B")
    cast[1] = 67
    x = 14
    ar2 = ar
    ar2[2] = 17
    x = 15
    return x


def arrays():
    ar = array.array("i", [3, 1])
    ar.append(4)
    ar.extend([1, 2])
    x = 1
    ar.byteswap()
    x = 2
    ar.frombytes(b"\0\0\0\1")
    ar[1:2] = array.array("i", [7, 7])
    x = 3
    ar *= 2
    x = 4
    del ar[0]
    ar.fromlist([1])
    x = 5
    ar.reverse()
    ba = bytearray(b"abc")
    ba[1:2] = b"ZZ"
    ba += b"x"
    x = 6
    ba.extend(b"yy")
    ba.pop()
    ba.insert(0, 65)
    del ba[1]
    ba.remove(65)
    x = 7
    ba *= 2
    ba.clear()
    x = 8
    return x


writes()
views()
arrays()
