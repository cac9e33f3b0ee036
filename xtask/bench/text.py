"""Builds a long string piece by piece, and splits it again."""


def build(count):
    text = ""
    for i in range(count):
        text += chr(97 + i % 26)
        if i % 60 == 59:
            text += "\n"
    return text


def main():
    total = 0
    for _ in range(4):
        text = build(6000)
        for line in text.split("\n"):
            total += len(line.strip())
    return total
