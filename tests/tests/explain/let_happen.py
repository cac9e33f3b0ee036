class Found:
    def __init__(self, message):
        self.message = message
        self.path = []


def check(schema, value):
    for key, wanted in schema.items():
        if key == "type" and type(value).__name__ != wanted:
            yield Found(f"{value} is no {wanted}")
        if key in ("items", "$ref"):
            for each in value if key == "items" else [value]:
                for found in check(wanted, each):
                    if key != "items":  # faulty
                        found.path.insert(0, key)
                    yield found


(found,) = check({"$ref": {"items": {"type": "int"}}}, [1, "two"])
assert found.message == "two is no int"
assert found.path == ["items"]
