def run():
    v = 'keep'
    seen = v
    squares = [
        v * v
        for v in (1, 2, 3)
    ]
    v = 'changed'
    return v, seen, squares


run()
