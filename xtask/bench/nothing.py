"""Does nothing: what starting costs."""


def main():
    pass
