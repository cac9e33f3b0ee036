# Threads that take turns to change attributes of classes, functions and a module.
import threading

COUNT = 5
ROUNDS = 6
# Locks are used because the waiters of a semaphore are among its attributes, and their order is up to the system.
done = threading.Lock()
turns = [threading.Lock() for _ in range(COUNT)]
for lock in turns + [done]:
    lock.acquire()


class Score:
    total = 0
    names = []
    by_thread = {}

    @classmethod
    def add(cls, n):
        cls.total += n
        return cls.total


class Best(Score):
    top = None


def note(n):
    note.calls += 1
    note.seen[n] = note.calls
    return note.calls


note.calls, note.seen = 0, {}
owns = {}


def play(n, turn):
    own = owns.setdefault(n, type("Own%d" % n, (Score,), {"mine": [n]}))
    score = Best()
    score.names.append(n)
    Score.by_thread[n] = turn
    Best.top = (n, turn)
    own.mine.append(Score.add(n))
    note(n)
    before = Score.total
    Score.total = before + 1
    score = None
    return own.mine


# Shows no values that others change while it waits, or is about to wait.
def player(n):
    for turn in range(ROUNDS):
        turns[n].acquire()
        play(n, turn)
        (turns[(n + 1) % COUNT] if (n, turn) != (COUNT - 1, ROUNDS - 1) else done).release()


def run(n):
    player(n)


for n in range(COUNT):
    threading.Thread(target=run, args=(n,), name="player-%d" % n).start()
turns[0].release(), done.acquire()
