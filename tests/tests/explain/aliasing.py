def normalised(scores):
    result = scores  # faulty
    top = max(scores.values())
    for name in scores:
        result[name] = scores[name] / top
    return result


def winner(scores):
    return max(scores, key=scores.get)


scores = {"ann": 4, "bob": 8}
shown = normalised(scores)
assert winner(shown) == "bob"
assert scores["ann"] == 4
