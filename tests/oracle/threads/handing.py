# Threads that take turns: each one's view of shared objects is always the same, whoever runs when. Variables of
# functions whose frames resume while others have a turn refer to no shared objects.
import _thread
import sys
import threading
import time

COUNT = 4
ROUNDS = 12


class Board:
    def __init__(self):
        self.cells = {}
        self.order = []
        self.last = None

    def write(self, who, n):
        self.cells[who] = n
        self.order.append((who, n))
        del self.order[:-6]
        self.last = who


class Oops(Exception):
    pass


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def squares():
    # Continues in any thread that asks it.
    n = 0
    while True:
        asked = yield n * n
        n += asked or 1


def make_turn():
    board = Board()
    alias = board.order
    source = squares()
    next(source)

    def turn(me, n):
        board.write(me, source.send(n % 3))
        size = len(alias)
        try:
            if n % 5 == me:
                raise Oops(me, n)
        except Oops as error:
            board.cells[error.args] = size
        if n % 4 == 3:
            board.cells.clear()
        return sum(board.cells.values()), fibonacci(n % 4)

    def result():
        return sorted(board.cells, key=str), board.last, list(alias)

    return turn, result


def player(me, turn, locks, end):
    own = []
    for n in range(ROUNDS):
        locks[me].acquire()
        own.append(turn(me, n))
        locks[(me + 1) % COUNT].release()
    size = len(own)
    end.release()
    return size, own[-1]


class Counter:
    def __init__(self, lock):
        self.lock = lock
        self.n = 0

    def run(self, times):
        # In a thread that `threading` does not know.
        for _ in range(times):
            self.n += fibonacci(3)
        self.lock.release()


def taken():
    lock = _thread.allocate_lock()
    lock.acquire()
    return lock


def main():
    sys.setswitchinterval(1e-5)
    turn, result = make_turn()
    locks = [taken() for _ in range(COUNT)]
    ends = [taken() for _ in range(COUNT)]
    for me in range(COUNT):
        threading.Thread(target=player, args=(me, turn, locks, ends[me]), name="player-%d" % me).start()
    locks[0].release()
    for end in ends:
        end.acquire()
    counted = taken()
    _thread.start_new_thread(Counter(counted).run, (7,))
    counted.acquire()
    # Nobody can wait for the end of such a thread, so it gets some time.
    time.sleep(0.3)
    return result()


main()
