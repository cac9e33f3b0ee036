"""Parses a large XML file with handlers of the program's own, and a large JSON file."""

import io
import json
import xml.sax

ROWS = 6000


class Handler(xml.sax.ContentHandler):
    def __init__(self):
        super().__init__()
        self.depth = 0
        self.text = []
        self.rows = []

    def startElement(self, name, attrs):
        self.depth += 1
        if name == "row":
            self.rows.append({"id": attrs["id"]})
        self.text = []

    def characters(self, content):
        self.text.append(content)

    def endElement(self, name):
        self.depth -= 1
        if name == "name":
            self.rows[-1]["name"] = "".join(self.text)


def main():
    rows = "".join(f"<row id='{i}'><name>name {i}</name><note>{'x' * 400}</note></row>" for i in range(ROWS))
    handler = Handler()
    xml.sax.parse(io.StringIO(f"<table>{rows}</table>"), handler)
    document = json.dumps([{"id": i, "tags": ["a", "b", str(i)], "more": list(range(60))} for i in range(ROWS)])
    loaded = json.loads(document)
    assert len(handler.rows) == len(loaded) == ROWS
