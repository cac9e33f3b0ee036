import contextlib
import sys


def scan(items, wanted):
    for item in items:  #@ for
        if item == wanted:  #@ is
            break  #@ break
        if item < 0:
            continue
        print(item)
    else:  #@ forelse
        print("none")  #@ none
    return 1


def empty(items):
    for item in items:  #@ each
        print(item)  #@ body
    while len(items) > 3:  #@ while
        items.pop()  #@ pop


def skips(items):
    for item in items:
        if item % 2 == 0:  #@ even
            continue  #@ continue
        print("odd")  #@ odd


def handled(n):
    try:  #@ try
        if n > 3:
            raise KeyError(n)  #@ raise
    except ValueError:  #@ value
        print("v")  #@ v
    except KeyError:  #@ key
        print("k")
    except LookupError:  #@ lookup
        print("l")  #@ l
    else:  #@ tryelse
        print("e")  #@ e
    finally:
        n = 0
    return n


def quiet():
    try:  #@ quiet
        x = 1
        y = 2
    except OSError:  #@ oserror
        x = 3  #@ os


def passes(n):
    value = fails(n)  #@ fails
    print(value)  #@ value2


def fails(n):
    raise RuntimeError("no " + str(n))  #@ runtime


def checks(n):
    assert n > 5, n  #@ assert
    print(n)  #@ asserted


def enters():
    with open("/nothing/here") as file:  #@ with
        print(file)  #@ file


def case(n, flag):
    match n:  #@ match
        case 1:  #@ case1
            return "one"  #@ one
        case [a, b]:  #@ case2
            return "pair"
        case x if flag:  #@ case3
            return "flag"  #@ flag
        case _:  #@ case4
            return "other"


def early(kind):
    match kind:
        case "a":  #@ a
            x = 1
        case "b":  #@ b
            x = 2  #@ two
    return x


def numbers():
    yield 1  #@ yield
    print("later")  #@ later


def unwound(n):
    with contextlib.suppress(ValueError):
        if n:
            return 3  #@ inwith
    print("after")  #@ afterwith


scan([3, -1, 7], 7)
empty([])
skips([2, 4])
handled(5)
quiet()
for run in (lambda: passes(1), lambda: checks(2), enters):
    try:
        run()
    except Exception:
        pass
case(5, None)
early("a")
generator = numbers()
next(generator)
unwound(1)
sys.exit("bye")  #@ exit
print("end")  #@ end
#? {none}: never ran ~ main.py:{break} in scan, step ~ left the loop (`break`) ~ because main.py:{is} in scan ~ `item == wanted` was True ~ item = 7 ~ wanted = 7
#? {forelse}: `else` on line {forelse} ~ never ran ~ main.py:{break} in scan
#? {body}: never ran ~ main.py:{each} in empty ~ `for` had nothing to iterate over: `items` gave no item ~ items = []
#? {pop}: never ran ~ `len(items) > 3` was False ~ items = []
#? {odd}: never ran ~ main.py:{continue} in skips ~ began the next round ~ because main.py:{even} ~ `item % 2 == 0` was True ~ item = 4
#? {v}: never ran ~ main.py:{raise} in handled ~ raised KeyError: 5, which `except ValueError` does not catch; `except` on line {key} handled it
#? {value}: `except` on line {value} ~ never ran ~ KeyError: 5
#? {l}: never ran ~ raised KeyError: 5, which `except KeyError` on line {key} handled before
#? {e}: never ran ~ main.py:{raise} in handled ~ KeyError: 5
#? {os}: never ran ~ main.py:{quiet} in quiet ~ nothing was raised in the body of `try`
#? {value2}: never ran ~ main.py:{fails} in passes ~ was left by RuntimeError: no 1, raised at main.py:{runtime} in fails
#? {asserted}: never ran ~ main.py:{assert} in checks ~ AssertionError ~ because ~ `n > 5` was False ~ n = 2
#? {file}: never ran ~ main.py:{with} in enters ~ FileNotFoundError
#? {one}: never ran ~ `case 1` did not match ~ n = 5
#? {flag}: never ran ~ the guard `flag` of `case x` was false ~ flag = None ~ n = 5
#? {two}: never ran ~ `case "a"` took it before ~ kind = 'a'
#? {later}: never ran ~ main.py:{yield} in numbers ~ was closed there, and never resumed
#? {afterwith}: never ran ~ main.py:{inwith} in unwound ~ returned 3
#? {end}: never ran ~ main.py:{exit} in <module> ~ SystemExit: bye
