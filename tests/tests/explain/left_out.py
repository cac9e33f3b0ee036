"""A turn of a loop ends too early."""


def without_multiples(numbers, of):
    kept = []
    for number in numbers:
        if number % of == 3:  # faulty
            continue
        kept.append(number)
    return kept


result = without_multiples([1, 2, 3, 5, 6], 4)
assert result == [1, 2, 3, 5, 6], result
