"""Assignments that run code of libraries: descriptors, properties, `__setattr__`."""

import types
import unittest.mock
from email.message import EmailMessage
from enum import Enum
from functools import cached_property

import django.conf
from django.core.files.base import ContentFile
from django.http import HttpResponse, QueryDict
from werkzeug.datastructures import ContentRange
from werkzeug.wrappers import Response

django.conf.settings.configure()


class Kind(Enum):
    TEA = 1


class Reply(Response):
    notes = []


class Service(unittest.mock.Mock):
    pass


class Shop:
    @cached_property
    def stock(self):
        return []


def main():
    reply = Reply("text")
    reply.status_code = 404
    status = reply.status
    reply.mimetype = "text/plain"
    reply.data = "other"
    length = reply.content_length
    reply.content_encoding = "gzip"
    del reply.content_encoding
    answer = HttpResponse("x")
    answer.content = "longer"
    answer["X-One"] = "1"
    answer.charset = "latin-1"
    seen = []
    span = ContentRange("bytes", 0, 5, 9, on_update=seen.append)
    span.units = "lines"
    count = len(seen)
    span.unset()
    service = Service()
    service.price = 3
    service.child.price = unittest.mock.Mock()
    service.kind = Kind.TEA
    size = len(service.method_calls)
    query = QueryDict("a=1", mutable=True)
    query._mutable = False
    query.encoding = "ascii"
    message = EmailMessage()
    message["To"] = "ann"
    message.policy = message.policy.clone(max_line_length=20)
    file = ContentFile(b"abc", name="n")
    file.name = "other"
    space = types.SimpleNamespace(a=1)
    space.b = [2]
    shop = Shop()
    shop.stock.append(1)
    shop.stock = [3]
    deep = [[[[[Kind.TEA, (Kind.TEA, "a"), space]]]]]
    return status, length, count, size


main()
