RATES = {"eur": 1.0, "usd": 0.9, "gbp": None}  # faulty


def rate(currency):
    return RATES[currency]


def convert(amount, currency):
    factor = rate(currency)
    return amount * factor


def total(entries):
    result = 0
    for amount, currency in entries:
        result += convert(amount, currency)
    return result


print(total([(n, "usd" if n % 2 else "eur") for n in range(40)] + [(3, "gbp")]))
