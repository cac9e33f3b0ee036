import sys


def greet(owner, admins):
    if owner.startswith("vip"):  #@ vip
        return "hello"  #@ hello
    elif owner in admins:  #@ admin
        level = 3  #@ level
    elif len(owner) > 2:  #@ long
        level = 1  #@ one
    else:  #@ else
        level = 0  #@ zero
    if level and owner == "ann" or level > 7 and owner:  #@ both
        level = 9  #@ nine
    if not (level > 0):  #@ not
        level = 2  #@ two
    if level: pass  #@ oneline
    else: level = 5  #@ inelse
    return level


def nested(a, b):
    if a:  #@ outer
        if b > 1:  #@ inner
            return 1  #@ deep
    return 0


def returns(n):
    if n > 3:  #@ early
        return n * 2  #@ returned
    print(n)  #@ after
    return None


def chosen(a):
    if a == 1:  #@ first
        x = 1
    elif a == 2:  #@ second
        x = 2  #@ two2
    elif (  #@ third
        a == 3
        and a
    ):
        x = 3  #@ three
    else:
        x = 4
    return x


def big(n):
    return n > 10


def calls(n):
    if big(n):  #@ isbig
        print("big")  #@ bigger


def walrus(text):
    if (n := len(text)) > 10:  #@ walrus
        print(n)  #@ wide


def constant():
    if False:
        print("never")  #@ never
    return 1


def ternary(n):
    return (
        "small"
        if n < 3
        else "large"
    )


names = ["cid", "dan"]
for name in names:
    greet(name, [])
nested(0, 0)
nested(0, 5)
nested(1, 1)
returns(4)
returns(5)
chosen(1)
calls(4)
walrus("abc")
constant()
#? {hello}: never ran ~ main.py:{vip} in greet, step ~ `owner.startswith("vip")` was False (the last of 2 times) ~ owner = 'dan', passed at main.py
#? {level}: never ran ~ main.py:{admin} in greet ~ `owner in admins` was False ~ owner = 'dan' ~ admins = []
#? {zero}: never ran ~ main.py:{long} in greet ~ `len(owner) > 2` was True, so line {one} ran instead ~ owner = 'dan'
#? {else}: `else` on line {else} of main.py, in greet never ran ~ `len(owner) > 2` was True, so line {one} ran instead
#? {nine}: never ran ~ `level and owner == "ann" or level > 7 and owner` was falsy: `level` was truthy, `owner == "ann"` was False, `level > 7` was False, `owner` was not evaluated ~ level = 1
#? {two}: never ran ~ `not (level > 0)` was False ~ level = 1
#? {inelse}: never ran ~ main.py:{oneline} in greet ~ `level` was truthy
#? {deep}: never ran ~ main.py:{inner} in nested, step ~ `b > 1` was False ~ b = 1 ~ main.py:{outer}: `a` did not hold 2 of 3 times
#? {after}: never ran ~ main.py:{returned} in returns, step ~ returned 10 ~ because main.py:{early} in returns ~ `n > 3` was True ~ n = 5
#? {two2}: never ran ~ main.py:{first} in chosen ~ `a == 1` was True ~ a = 1
#? {three}: never ran ~ main.py:{first} in chosen ~ `a == 1` was True
#? {bigger}: never ran ~ `big(n)` was False ~ n = 4
#? {wide}: never ran ~ `(n := len(text)) > 10` was False ~ n = 3 ~ text = 'abc'
#? {never}: never ran
#? {vip}: line {vip} of main.py, in greet ran 2 times, first at step
#? {early}: ran 2 times
