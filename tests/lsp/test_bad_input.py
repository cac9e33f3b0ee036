"""With any bad input, the server keeps running and shows no wrong values."""

import json
import random
import sqlite3
import subprocess

import pytest
from helpers import change, hints, open_file, span

from conftest import CONNIE, copy_programs, record


@pytest.mark.asyncio
async def test_nothing_recorded(client, project):
    uri = open_file(client, project / "values.py")
    assert await hints(client, uri) == []
    record(project, "steps.py")
    assert await hints(client, uri) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["empty", "garbage", "newer", "damaged"])
async def test_recordings_that_cannot_be_read(client, project, kind):
    folder = project / ".connie"
    record(project, "values.py")
    [newest] = folder.glob("*.connie")
    if kind == "newer":
        with sqlite3.connect(newest) as connection:
            connection.execute("PRAGMA user_version = 99")
    elif kind == "damaged":
        with sqlite3.connect(newest) as connection:
            connection.execute("UPDATE chunk_data SET data = zeroblob(100)")
    else:
        newest.write_bytes(b"" if kind == "empty" else b"x" * 4000)
    uri = open_file(client, project / "values.py")
    for _ in range(3):
        assert [label for _, label in await hints(client, uri) if "×" not in label] == []
    said = [message.message for message in client.messages]
    assert len(said) == 1, said


@pytest.mark.asyncio
async def test_no_edit_leaves_a_hint_on_a_changed_line(client, project):
    record(project, "values.py")
    text = (project / "values.py").read_text()
    uri = open_file(client, project / "values.py")
    original = set(text.split("\n"))
    choose = random.Random(7)
    for version in range(2, 60):
        lines = text.split("\n")
        line = choose.randrange(len(lines))
        start, end = sorted(choose.randrange(len(lines[line]) + 1) for _ in range(2))
        new = choose.choice(["", "x", "\n", "é = 1\n", "😀", "    "])
        if not lines[line].isascii():
            continue
        change(client, uri, version, new, span((line, start), (line, end)))
        lines[line] = lines[line][:start] + new + lines[line][end:]
        text = "\n".join(lines)
        lines = text.split("\n")
        for at, label in await hints(client, uri):
            assert lines[at - 1] in original, (label, lines[at - 1])


def talk(messages, cwd):
    data = b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in messages)
    run = subprocess.run([CONNIE, "lsp"], input=data, capture_output=True, cwd=cwd, timeout=20, check=False)
    answers = []
    out = run.stdout
    while out:
        head, _, out = out.partition(b"\r\n\r\n")
        length = int(head.split(b":")[1])
        answers.append(json.loads(out[:length]))
        out = out[length:]
    return run.returncode, {answer.get("id"): answer for answer in answers if "method" not in answer}


def message(**fields):
    return json.dumps({"jsonrpc": "2.0", **fields}).encode()


def test_malformed_requests(tmp_path):
    copy_programs(tmp_path)
    uri = (tmp_path / "values.py").as_uri()
    code, answers = talk(
        [
            message(id=1, method="textDocument/hover", params={}),
            message(id=2, method="initialize", params={"capabilities": {}, "rootUri": None}),
            b"{nonsense",
            message(id=3, method="textDocument/inlayHint"),
            message(id=4, method="textDocument/inlayHint", params={"textDocument": {"uri": 7}}),
            message(id=5, method="textDocument/hover", params={"textDocument": {"uri": uri}, "position": None}),
            message(id=6, method="no/such"),
            message(id=7, method="workspace/executeCommand", params={"command": "connie.call", "arguments": [1]}),
            message(method="textDocument/didChange", params=None),
            message(method="textDocument/didOpen", params={"textDocument": {"uri": "untitled:1", "text": "x"}}),
            message(id=8, method="textDocument/inlayHint", params={"textDocument": {"uri": "untitled:1"}}),
            message(id=9, method="inlayHint/resolve", params={"label": "x"}),
            message(id="ten", method="shutdown"),
            message(id=11, method="textDocument/hover", params={}),
            message(method="exit"),
        ],
        tmp_path,
    )
    errors = {key: answer["error"]["code"] for key, answer in answers.items() if "error" in answer}
    assert errors == {1: -32002, None: -32700, 3: -32602, 4: -32602, 6: -32601, 7: -32602, 11: -32600}
    assert answers[5]["result"] is None and answers[8]["result"] == [] and answers[9]["result"] == {"label": "x"}
    assert answers["ten"]["result"] is None
    assert code == 0


def test_a_client_that_vanishes(tmp_path):
    code, answers = talk([message(id=1, method="initialize", params={})], tmp_path)
    assert code == 1 and "capabilities" in answers[1]["result"]
