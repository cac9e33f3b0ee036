"""The code action that annotates a function."""

import pytest
from helpers import change, command, find, is_utf8, open_file, span
from lsprotocol import types

from conftest import record

PROGRAM = """\
import decimal

é = 1; naïve = "😀"


class Cart:
    def __init__(self, prices):
        self.prices = prices

    def total(self, rate=1, *rest, unit: str = "€"):
        return decimal.Decimal(sum(self.prices) * rate)


def unused(n):
    return n


def typed(n: int) -> int:
    return n


Cart([1, 2]).total(); typed(1)
"""

EXPECTED = """\
from __future__ import annotations

import decimal

é = 1; naïve = "😀"


class Cart:
    def __init__(self, prices):
        self.prices = prices

    # Edited since.
    def total(self, rate: int = 1, *rest, unit: str = "€") -> decimal.Decimal:
        return decimal.Decimal(sum(self.prices) * rate)
"""


async def actions(client, uri, line):
    params = types.CodeActionParams(
        text_document=types.TextDocumentIdentifier(uri=uri),
        range=span((line, 4), (line, 4)),
        context=types.CodeActionContext(diagnostics=[]),
    )
    found = await client.text_document_code_action_async(params) or []
    return [action for action in found if "annotate" in action.title]


def offset(client, text, position):
    lines = text.splitlines(keepends=True)
    before = "".join(lines[: position.line])
    line = lines[position.line] if position.line < len(lines) else ""
    encoding = "utf-8" if is_utf8(client) else "utf-16-le"
    width = 1 if encoding == "utf-8" else 2
    return len(before) + len(line.encode(encoding)[: position.character * width].decode(encoding))


def apply(client, text, edits):
    spans = [(offset(client, text, edit.range.start), offset(client, text, edit.range.end), edit) for edit in edits]
    for start, end, edit in sorted(spans, key=lambda one: one[0], reverse=True):
        text = text[:start] + edit.new_text + text[end:]
    return text


@pytest.mark.asyncio
async def test_a_function_is_annotated_in_the_buffer(client, project):
    (project / "cart.py").write_text(PROGRAM)
    assert record(project, "cart.py").returncode == 0
    applied = []

    @client.feature("workspace/applyEdit")
    def apply_edit(params: types.ApplyWorkspaceEditParams):
        applied.append(params)
        return types.ApplyWorkspaceEditResult(applied=True)

    uri = open_file(client, project / "cart.py")
    # Neither saved nor recorded.
    text = PROGRAM.replace("    def total", "    # Edited since.\n    def total")
    change(client, uri, 2, text)

    async def at(needle):
        return await actions(client, uri, find(text, needle)[0])

    [action] = await at("def total")
    assert action.title == "connie: annotate total from its recorded calls"
    await command(client, action.command, *action.arguments)
    [params] = applied
    if client.capabilities.workspace.workspace_edit.document_changes:
        [edit] = params.edit.document_changes
        assert (edit.text_document.uri, edit.text_document.version) == (uri, 2)
        edits = edit.edits
    else:
        [(name, edits)] = params.edit.changes.items()
        assert name == uri
    annotated = apply(client, text, edits)
    assert annotated.startswith(EXPECTED), annotated
    # Functions that were not called, or have all annotations, and lines without `def` have no such action.
    for needle in ("def unused", "def typed", "return n", "class Cart"):
        assert await at(needle) == [], needle


@pytest.mark.asyncio
async def test_what_is_not_annotated_says_why(client, project):
    (project / "cart.py").write_text(PROGRAM)
    record(project, "cart.py")
    uri = open_file(client, project / "cart.py")
    line = find(PROGRAM, "def unused")[0] + 1
    with pytest.raises(Exception, match="no call of this function was recorded"):
        await command(client, "connie.annotate", uri, line)
    with pytest.raises(Exception, match="a uri and a line"):
        await command(client, "connie.annotate", uri)
    edited = PROGRAM.replace("    def total(self,", "    def total(this,")
    change(client, uri, 2, edited)
    assert await actions(client, uri, find(edited, "def total")[0]) == []
