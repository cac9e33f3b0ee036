def unused():  #@ unused
    return 1  #@ inunused


def cleanup(path):  #@ cleanup
    return path  #@ incleanup


def work(done):
    if done:  #@ done
        cleanup("x")  #@ site
    return 0


class Cart:
    def __init__(self):
        self.items = []

    def total(self):  #@ total
        return sum(self.items)  #@ intotal

    def never(self):  #@ never
        return 1


class Order:  #@ order
    def __init__(self):  #@ init
        self.lines = 1  #@ ininit


def outer():
    def inner():  #@ inner
        return 2  #@ ininner
    return inner()


def numbers():  #@ numbers
    yield 1  #@ innumbers


def replaced():  #@ replaced
    return 1  #@ inreplaced


def other():
    return 2


def chain():
    work2()  #@ work2


def work2():
    step()  #@ step


def step():
    return 3  #@ instep


work(False)
cart = Cart()
if cart.items:  #@ items
    print(cart.total())  #@ callstotal
made = numbers()  #@ made
keep = replaced
replaced = other  #@ assigned
replaced()  #@ callsreplaced
#
x = 3  # nothing
#? {inunused}: never ran ~ main.py:{unused} ~ no recorded code names `unused`; code that is not recorded may
#? unused: was never called ~ no recorded code names `unused`
#? cleanup: cleanup on line {cleanup} of main.py was never called ~ main.py:{site}: `cleanup("x")` calls it, and did not run ~ because main.py:{done} in work ~ `done` was False ~ done = False, passed at main.py
#? {incleanup}: never ran ~ main.py:{site} ~ because main.py:{done} in work
#? Cart.total: was never called ~ main.py:{callstotal}: `cart.total()` calls it ~ because main.py:{items} in <module> ~ `cart.items` was falsy ~ cart.items = []
#? {total}: ran once, at step ~ `Cart.total` was never called ~ main.py:{callstotal}
#? Order.__init__: was never called ~ no recorded code names `Order`
#? {ininner}: never ran ~ main.py:{inner} ~ `def inner` did not run ~ because ~ no recorded code names `outer`
#? {innumbers}: never ran ~ main.py:{made} in <module> ~ made a generator or coroutine, which was never started
#? step: was never called ~ main.py:{step}: `step()` calls it ~ because main.py:{work2}: `work2()` calls it ~ because ~ no recorded code names `chain`
#? work: work was called once, at step
#? {inreplaced}: never ran ~ main.py:{callsreplaced} in <module> ~ `replaced` was <function other>
