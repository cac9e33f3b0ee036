class Cache:
    def __init__(self, seconds):
        self.seconds = seconds
        self.now = 0
        self.values = {}
        self.ends = {}

    def __contains__(self, key):
        return key in self.values and self.now < self.ends[key]

    def __setitem__(self, key, value):
        end = self.now + self.seconds(value)
        if end <= self.now:
            return  # faulty
        self.values[key] = value
        self.ends[key] = end


cache = Cache(lambda value: value)
cache["a"] = 3
cache["b"] = 5
cache["a"] = 0
assert "a" not in cache
