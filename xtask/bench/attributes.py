class Body:
    def __init__(self, x, v):
        self.x = x
        self.v = v

    def step(self, dt):
        self.x += self.v * dt
        if self.x > 100.0:
            self.v = -self.v
        return self.x


def main():
    bodies = [Body(i, i * 0.5) for i in range(20)]
    total = 0.0
    for _ in range(3000):
        for body in bodies:
            total += body.step(0.01)
    return total
