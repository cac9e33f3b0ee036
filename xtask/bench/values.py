"""Measures the language server: `values.py CONNIE PYTHON FOLDER` makes a long file there, records it, and requests its
values as an editor would. Prints rows of a table in milliseconds.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import time

FUNCTION = """\
def f{n}(n, scale=2):
    total = 0
    items = []
    for i in range(n):
        value = i * scale
        if value % 3 == 0:
            items.append(value)
        else:
            total += value
    total += len(items)
    mean = total / (n or 1)
    name = f"f{n}-{{n}}"
    state = {{"name": name, "mean": mean}}
    state["total"] = total
    last = items[-1] if items else None
    result = (total, last)
    return result

"""


def program():
    """A program of 5,000 lines that runs about ten million steps."""
    functions = "".join(FUNCTION.format(n=n) for n in range(277))
    return functions + """
functions = [value for name, value in list(globals().items()) if name.startswith("f") and callable(value)]
for turn in range(7):
    for function in functions:
        answer = function(1200)
"""


class Server:
    def __init__(self, connie, path):
        self.process = subprocess.Popen([connie, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.sent = 0
        self.uri = path.as_uri()
        self.text = path.read_text()
        self.lines = self.text.count("\n")
        self.ask("initialize", capabilities={}, rootUri=path.parent.as_uri())
        self.send({"method": "initialized", "params": {}})
        document = {"uri": self.uri, "languageId": "python", "version": 1, "text": self.text}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def ask(self, method, **params):
        """Sends a request. Returns the answer and the time that it took, in milliseconds."""
        self.sent += 1
        start = time.perf_counter()
        self.send({"id": self.sent, "method": method, "params": params})
        while True:
            length = 0
            while (header := self.process.stdout.readline().strip()) != b"":
                length = int(header.split(b":")[1])
            body = self.process.stdout.read(length)
            took = (time.perf_counter() - start) * 1000
            message = json.loads(body)
            if message.get("id") == self.sent and "method" not in message:
                return message["result"], took

    def about(self, method, **params):
        return self.ask(method, textDocument={"uri": self.uri}, **params)

    def hints(self, start, end):
        place = {"start": {"line": start, "character": 0}, "end": {"line": end, "character": 0}}
        return self.about("textDocument/inlayHint", range=place)[1]

    def peak(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status")
        line = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM")), None)
        return int(line.split()[1]) / 1024 if line else float("nan")

    def end(self):
        self.process.kill()
        self.process.wait()


def measure(server):
    """Yields what was measured, and milliseconds."""
    last, position = server.lines, {"line": 5, "character": 4}
    yield "hints of 60 lines, first request", server.hints(2000, 2060)
    yield "hints of the other lines, first request", server.hints(0, last)
    yield "hints of the whole file again", server.hints(0, last)
    yield "hints of 60 lines again", server.hints(100, 160)
    yield "code lenses", server.about("textDocument/codeLens")[1]
    change = {"range": {"start": {"line": 3, "character": 0}, "end": {"line": 3, "character": 0}}, "text": "# x\n"}
    document = {"uri": server.uri, "version": 2}
    server.send({"method": "textDocument/didChange", "params": {"textDocument": document, "contentChanges": [change]}})
    yield "hints of the whole file after an edit", server.hints(0, last)
    yield "hover", server.about("textDocument/hover", position=position)[1]
    server.ask("workspace/executeCommand", command="connie.goToStep", arguments=[server.uri, 3_000_000])
    yield "hints of 60 lines at another step", server.hints(2000, 2060)
    place = {"line": 0, "character": 5}
    yield "references, first request", server.about("textDocument/references", position=place, context={})[1]


def main():
    connie, python, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    path = folder / "long_file.py"
    path.write_text(program())
    subprocess.run([connie, "run", "--quiet", "--python", python, str(path)], check=True, cwd=folder)
    rows, peaks = {}, []
    for _ in range(5):
        server = Server(connie, path)
        for what, took in measure(server):
            rows.setdefault(what, []).append(took)
        peaks.append(server.peak())
        server.end()
    for what, all_of in rows.items():
        print(f"| {what} | {statistics.median(all_of):.1f} | {max(all_of):.1f} |")
    print(f"| memory at most, MiB | {statistics.median(peaks):.0f} | {max(peaks):.0f} |")


main()
