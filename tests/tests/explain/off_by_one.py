def windows(values, size):
    found = []
    for start in range(len(values) - size):  # faulty
        found.append(values[start:start + size])
    return found


def best(values, size):
    sums = [sum(window) for window in windows(values, size)]
    return max(sums)


def report(values):
    top = best(values, 2)
    return f"best: {top}"


assert report([1, 5, 2, 8]) == "best: 10"
