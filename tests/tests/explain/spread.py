class Field:
    def __init__(self, name, stored):
        self.name = name
        self.stored = stored

    def load(self, data, strict=True):
        if self.stored not in data:
            if strict:
                raise KeyError(self.stored)
            return None
        return data[self.stored]


def strictness(field, optional):
    options = {}
    if optional:
        options["strict"] = field.stored not in optional  # faulty
    return options


def load(fields, data, optional=()):
    found = {}
    for field in fields:
        options = strictness(field, optional)
        found[field.name] = field.load(data, **options)
    return found


fields = [Field("id", "ID"), Field("name", "NAME")]
assert load(fields, {"ID": 1}, optional=["name"]) == {"id": 1, "name": None}
