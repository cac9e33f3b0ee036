"""Proxies of objects, which would run code if they were read in the usual way."""

import types
import weakref
from unittest import mock

import django.conf
from django.utils.functional import SimpleLazyObject, cached_property, lazy
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.local import Local, LocalProxy, LocalStack

EVALUATED = []


class Cart:
    def __init__(self, owner):
        self.owner = owner
        self.items = []

    @cached_property
    def total(self):
        EVALUATED.append(self.owner)
        return sum(price for _, price in self.items)

    def add(self, name, price):
        self.items.append((name, price))
        return len(self.items)


def made():
    EVALUATED.append("made")
    return Cart("lazy")


def local_proxies():
    local, stack = Local(), LocalStack()
    cart = LocalProxy(local, "cart")
    top = stack()
    try:
        cart.add("tea", 3)
    except RuntimeError as error:
        unbound = type(error).__name__
    local.cart = Cart("ann")
    count = cart.add("tea", 3)
    cart.owner = "bob"
    stack.push(Cart("carl"))
    top.add("jam", 5)
    names = [cart.owner, top.owner]
    stack.pop()
    return unbound, count, names


def lazy_objects():
    cart = SimpleLazyObject(made)
    before = list(EVALUATED)
    count = cart.add("tea", 3)
    after = list(EVALUATED)
    text = lazy(lambda: EVALUATED.append("text") or "words", str)()
    same = text == "words"
    total = cart.total
    django.conf.settings.configure(DEBUG=True)
    debug = django.conf.settings.DEBUG
    return before, after, count, same, total, debug


def mocks():
    service = mock.Mock(name="service", spec=Cart)
    service.add.return_value = 7
    got = service.add("tea", price=3)
    calls = service.add.call_count
    magic = mock.MagicMock()
    magic.__len__.return_value = 3
    size = len(magic)
    magic.deep.er.still(1)[2].more = size
    with mock.patch.object(Cart, "add", autospec=True) as add:
        cart = Cart("dora")
        cart.add("jam", 5)
        called = add.call_args
    done = cart.add("jam", 5)
    return got, calls, size, done


def weak():
    cart = Cart("eve")
    proxy = weakref.proxy(cart)
    proxy.add("tea", 3)
    reference = weakref.ref(cart, lambda _: EVALUATED.append("gone"))
    owner = proxy.owner
    del cart
    gone = reference() is None
    try:
        proxy.owner
    except ReferenceError as error:
        kind = type(error)
    return owner, gone


def containers():
    form = MultiDict([("a", "1"), ("a", "2")])
    form.add("b", "3")
    every = form.getlist("a")
    headers = Headers([("X", "1")])
    headers["Y"] = "2"
    view = types.MappingProxyType({"k": every})
    every.append("4")
    first = view["k"][0]
    return first, len(headers)


def main():
    results = [local_proxies(), lazy_objects(), mocks(), weak(), containers()]
    return len(results)


main()
