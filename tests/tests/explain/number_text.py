"""A number becomes a text with an exponent, and digits are grouped afterwards."""

from decimal import Decimal


def grouped(value, size):
    found = ""
    while len(value) > size:
        found = "," + value[-size:] + found
        value = value[:-size]
    return value + found


def rounded(number, digits):
    unit = Decimal(1).scaleb(-digits)
    return number.quantize(unit)


def symbols(locale):
    return {"en": (".", ","), "de": (",", ".")}[locale]


def shown(number, digits, locale):
    number = rounded(number, digits)
    point, _ = symbols(locale)
    whole, _, rest = str(number).partition(".")  # faulty
    whole = grouped(whole, 3)
    if rest:
        whole = whole + point + rest
    return whole


def main():
    text = shown(Decimal("0.0000001"), 7, "en")
    assert text == "0.0000001", text


main()
