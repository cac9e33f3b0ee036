"""An attribute stored on a line whose calls have already shown the object. Found in a real program."""


class Square:
    def __init__(self, board, pos):
        self.board = board
        self.pos = pos


class Board:
    def __init__(self):
        self.squares = [Square(self, pos) for pos in range(6)]
        for square in self.squares:
            square.x = 1
        self.reset()

    def reset(self):
        self.y = 1


Board()
