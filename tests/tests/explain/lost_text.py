def blocks(text):
    return [block for block in text.split("\n\n") if block]


def note(block):
    start = block.find("!!! ")
    block = block[start + 4:]  # faulty
    return f"<div>{block.strip()}</div>"


def paragraph(block):
    return f"<p>{block.strip()}</p>"


def convert(text):
    parts = []
    for block in blocks(text):
        if "!!! " in block:
            parts.append(note(block))
        else:
            parts.append(paragraph(block))
    return "\n".join(parts)


html = convert("first\n\nsecond\n!!! mind\n\nthird")
assert html == "<p>first</p>\n<p>second</p>\n<div>mind</div>\n<p>third</p>"
