class Board:
    def __init__(self, width, height):
        row = [0] * width
        self.rows = [row] * height  # faulty

    def put(self, x, y, value):
        self.rows[y][x] = value

    def get(self, x, y):
        return self.rows[y][x]


board = Board(3, 2)
board.put(1, 0, 7)
assert board.get(1, 0) == 7
assert board.get(1, 1) == 0
