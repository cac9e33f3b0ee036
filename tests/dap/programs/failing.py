def divide(a, b):
    return a / b


def careful(pairs):
    results = []
    for a, b in pairs:
        try:
            results.append(divide(a, b))
        except ZeroDivisionError as error:
            results.append(str(error))
    return results


print(careful([(4, 2), (1, 0), (9, 3)]))
divide(1, 0)
