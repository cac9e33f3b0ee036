class Settings:
    def __init__(self):
        self.limit = 10

    def load(self, pairs):
        for name, value in pairs:
            try:
                setattr(self, name, int(value))
            except ValueError:  # faulty
                pass


def allowed(settings, count):
    return count <= settings.limit


settings = Settings()
settings.load([("size", "3"), ("limit", "20 ")])
assert allowed(settings, 15)
settings.load([("size", "4"), ("limit", "5O")])
assert allowed(settings, 40)
