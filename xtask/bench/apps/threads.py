"""Eight threads count the words of one text into one table, under a lock."""

import threading

TEXT = ("the quick brown fox jumps over the lazy dog " * 40).split()


def count(table, lock, rounds):
    for _ in range(rounds):
        for word in TEXT:
            with lock:
                table[word] = table.get(word, 0) + 1


def main():
    table, lock = {}, threading.Lock()
    threads = [threading.Thread(target=count, args=(table, lock, 12)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(table.values()) == 8 * 12 * len(TEXT)
