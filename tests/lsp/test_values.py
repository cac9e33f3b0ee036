"""Values beside the code, in the profiles of three editors."""

import asyncio
import json
import re
import urllib.parse
import urllib.request

import pytest
from helpers import change, command, find, hints, hover, is_utf8, lenses, open_file, raw_hints, span, until
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from conftest import record


def expected(text):
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if "#: " in line:
            found[number] = line.split("#: ")[1].split(" | ")
    return found


def by_line(found):
    lines = {}
    for line, label in found:
        lines.setdefault(line, []).append(label)
    return lines


@pytest.mark.asyncio
async def test_hints_are_what_was(client, project):
    record(project, "values.py")
    uri = open_file(client, project / "values.py")
    text = (project / "values.py").read_text()
    assert by_line(await hints(client, uri)) == expected(text)


@pytest.mark.asyncio
async def test_hints_stand_at_ends_of_lines_and_behind_parameters(client, project):
    record(project, "values.py")
    uri = open_file(client, project / "values.py")
    lines = (project / "values.py").read_text().split("\n")
    utf8 = is_utf8(client)
    for hint in await raw_hints(client, uri):
        line = lines[hint.position.line]
        if hint.label.startswith(("=", " ← ")):
            encoded = line.encode() if utf8 else line
            before = encoded[: hint.position.character]
            before = before.decode() if utf8 else before
            # After a default too: "name='s' ← 'x'".
            ends = ('name="s"', "count=1") if "←" in hint.label else ("self", "stock", "what")
            assert before.endswith(ends), before
        else:
            width = len(line.encode()) if utf8 else len(line.encode("utf-16-le")) // 2
            assert hint.position.character == width


@pytest.mark.asyncio
async def test_hints_tell_more_when_resolved(client, project):
    record(project, "values.py")
    uri = open_file(client, project / "values.py")
    [hint] = [hint for hint in await raw_hints(client, uri) if hint.label.startswith("text")]
    resolved = await client.inlay_hint_resolve_async(hint)
    assert "'" + "x" * 90 + "'" in resolved.tooltip.value
    [part] = resolved.label
    [sold] = [hint for hint in await raw_hints(client, uri) if hint.label == "sold = 2"]
    assert "`0` → `1` → `2`" in (await client.inlay_hint_resolve_async(sold)).tooltip.value
    raised = [hint for hint in await raw_hints(client, uri) if hint.label.startswith("⚡")]
    resolved_raise = await client.inlay_hint_resolve_async(raised[0])
    assert "raised at step" in resolved_raise.tooltip.value
    assert part.command.command == "connie.goToStep"


@pytest.mark.asyncio
async def test_edits_take_hints_along_or_away(client, project):
    record(project, "values.py")
    uri = open_file(client, project / "values.py")
    before = by_line(await hints(client, uri))
    change(client, uri, 2, "# new\n", span((0, 0), (0, 0)))
    moved = by_line(await hints(client, uri))
    assert moved == {line + 1: labels for line, labels in before.items()}
    change(client, uri, 3, "2", span((26, 7), (26, 8)))
    edited = by_line(await hints(client, uri))
    assert edited == {line: labels for line, labels in moved.items() if line != 27}
    change(client, uri, 4, "", span((26, 7), (26, 8)))
    change(client, uri, 5, "0", span((26, 7), (26, 7)))
    assert by_line(await hints(client, uri)) == moved
    change(client, uri, 6, "x")
    assert await hints(client, uri) == []


@pytest.mark.asyncio
async def test_hover_tells_value_writer_and_history(client, project):
    record(project, "values.py")
    uri = open_file(client, project / "values.py")
    text = (project / "values.py").read_text()

    async def over(needle, skip=0):
        return await hover(client, uri, *find(text, needle, skip))

    sold = await over("sold +=")
    assert "sold = 2" in sold and f"written at [line 28]({uri}#L28)" in sold
    assert "3 writes, 3 distinct" in sold and "`0` → `1` → `2`" in sold and "▁▅█" in sold
    assert await over("self.stock[what] -=") == "this line ran 2 times, but not in the call that is shown"
    await command(client, "connie.call", uri, 12, "next")
    await command(client, "connie.call", uri, 12, "previous")
    stock = await over("self.stock[what] -=")
    assert "self = <Shop" in stock and "`Shop`" in stock
    assert "self.stock[what] = 0" in await over("self.stock[what] -=", 16)
    # What changed within the value stands before its binding.
    within = await over("self.stock[what] -=", 5)
    assert f"changed at [line 15]({uri}#L15)" in within and "`'tea': 2 → 1`" in within
    assert f"written at [line 9]({uri}#L9)" in within and "2 versions" in within
    name = await over("sell(self")
    assert name.startswith("`sell`: 3 calls · 1 raised") and "returned `0` (int), `1` (int)" in name
    assert await over("unused(n)") == "`unused` was not called in this recording"
    assert await over("x = n") is None
    assert await over("pass") == "this line ran 1 time"
    assert re.fullmatch(
        r"this line ran 2 times; the functions that it called took [\d.]+ [nµm]?s", await over("+ n  #:")
    )
    assert "`int`" in await over("sold +=")
    assert "what = 'tea'" in await over("what, count")
    assert "n = 1" in await over('sell("tea") + n', 14)


@pytest.mark.asyncio
async def test_lenses_choose_calls_and_iterations(client, project):
    record(project, "values.py")
    uri = open_file(client, project / "values.py")
    titles, columns = {}, {}
    for lens in await lenses(client, uri):
        titles.setdefault(lens.range.start.line + 1, []).append(lens.command.title)
        columns.setdefault(lens.range.start.line + 1, []).append(lens.range.start.character)
    # Neovim sorts by column, and its sort is not stable.
    assert all(sorted(set(line)) == line for line in columns.values()), columns
    assert titles[12][0].startswith("3 calls · 1 raised · ")
    assert titles[12][1:] == ["first", "‹", "›", "last", "raising"]
    assert titles[27] == ["iteration 2 of 2", "first", "‹", "›", "last"]
    assert 20 not in titles
    assert await command(client, "connie.call", uri, 12, "first") == {"call": 1, "calls": 3}
    labels = by_line(await hints(client, uri))
    assert labels[12][1:] == ["='tea'", " ← 1", "call 1 of 3"]
    assert labels[13] == ["→ False", "call 1 of 3", "×3"]
    assert labels[15] == ["self.stock[what] = 1", "call 1 of 3", "×2"]
    assert labels[16] == ["left = 1", "call 1 of 3", "×2"]
    assert labels[17] == ["→ 1", "call 1 of 3", "×2"]
    # Lines that do not depend on the choice have no mark.
    assert not any("call" in label for line in labels if not 12 <= line <= 17 for label in labels[line])
    await command(client, "connie.call", uri, 12, "next")
    assert by_line(await hints(client, uri))[16] == ["left = 0", "call 2 of 3", "×2"]
    await command(client, "connie.call", uri, 12, "raising")
    labels = by_line(await hints(client, uri))
    assert labels[12][2] == " ← 5" and labels[14] == ["⚡ ValueError: jam", "call 3 of 3"]
    await command(client, "connie.call", uri, 12, "follow")
    await command(client, "connie.iteration", uri, 27, "first")
    labels = by_line(await hints(client, uri))
    assert labels[27] == ["n = 0", "iteration 1 of 2", "×3"] and labels[28] == ["sold = 1", "iteration 1 of 2", "×2"]
    assert [line for line, of in labels.items() if "iteration 1 of 2" in of] == [27, 28]
    await command(client, "connie.iteration", uri, 27, "next")
    assert by_line(await hints(client, uri))[28] == ["sold = 2", "iteration 2 of 2", "×2"]
    await command(client, "connie.iteration", uri, 27, "follow")
    assert not any("iteration" in label for _, label in await hints(client, uri))


@pytest.mark.asyncio
async def test_going_to_a_step_moves_the_hints(client, project):
    record(project, "values.py")
    uri = open_file(client, project / "values.py")
    [hint] = [hint for hint in await raw_hints(client, uri) if hint.label == "sold = 0"]
    resolved = await client.inlay_hint_resolve_async(hint)
    await command(client, "connie.goToStep", *resolved.label[0].command.arguments)
    labels = by_line(await hints(client, uri))
    assert labels[25] == ["shop = <Shop stock={'tea': 2, 'jam': 1} name='s'>"]
    assert 26 not in labels and labels[27] == ["×3"]
    await command(client, "connie.goToStep", uri, None)
    assert by_line(await hints(client, uri))[28][0] == "sold = 2"


@pytest.mark.asyncio
async def test_highlights_are_the_write_that_reached_the_read(client, project):
    record(project, "values.py")
    uri = open_file(client, project / "values.py")
    line, character = find((project / "values.py").read_text(), "return left", 7)
    params = types.DocumentHighlightParams(
        text_document=types.TextDocumentIdentifier(uri=uri), position=types.Position(line, character)
    )
    await command(client, "connie.call", uri, 12, "first")
    found = await client.text_document_document_highlight_async(params)
    kinds = [(h.range.start.line + 1, h.range.start.character, h.kind) for h in found]
    assert kinds == [(17, 15, types.DocumentHighlightKind.Read), (16, 8, types.DocumentHighlightKind.Write)]


@pytest.mark.asyncio
async def test_inline_values_and_actions(client, project):
    record(project, "values.py")
    uri = open_file(client, project / "values.py")
    line, character = find((project / "values.py").read_text(), "sold +=")
    params = types.InlineValueParams(
        text_document=types.TextDocumentIdentifier(uri=uri),
        range=span((0, 0), (60, 0)),
        context=types.InlineValueContext(frame_id=1, stopped_location=span((line, 0), (line, 0))),
    )
    found = await client.text_document_inline_value_async(params)
    assert "sold = 2" in [value.text for value in found]
    assert not any(value.text.startswith(("count", "a =")) for value in found)
    params = types.CodeActionParams(
        text_document=types.TextDocumentIdentifier(uri=uri),
        range=span((line, character), (line, character)),
        context=types.CodeActionContext(diagnostics=[]),
    )
    titles = [action.title for action in await client.text_document_code_action_async(params)]
    assert any("which wrote sold" in title for title in titles)
    # There is no debugger here, and these clients did not say that they can copy.
    assert not any("stop when" in title or "copy" in title for title in titles)


@pytest.mark.asyncio
async def test_a_line_that_never_ran_says_why(client, project):
    record(project, "values.py")
    uri = open_file(client, project / "values.py")
    line, character = find((project / "values.py").read_text(), "x = n")

    async def titles(line):
        params = types.CodeActionParams(
            text_document=types.TextDocumentIdentifier(uri=uri),
            range=span((line, character), (line, character)),
            context=types.CodeActionContext(diagnostics=[]),
        )
        actions = await client.text_document_code_action_async(params) or []
        return [action for action in actions if "not run" in action.title]

    [action] = await titles(line)
    assert action.title == f"connie: why did line {line + 1} not run?"
    answer = await command(client, action.command, *action.arguments)
    assert "never ran" in answer and "unused" in answer, answer
    await until(lambda: answer in [message.message for message in client.messages])
    # Lines that ran, and lines without code, have no such action.
    assert await titles(line - 4) == [] and await titles(line - 2) == []


@pytest.mark.asyncio
async def test_viewer_opens_where_the_code_is(client, project):
    record(project, "values.py")
    path = project / "values.py"
    uri = open_file(client, path)
    line, character = find(path.read_text(), "sold +=")
    params = types.CodeActionParams(
        text_document=types.TextDocumentIdentifier(uri=uri),
        range=span((line, character), (line, character)),
        context=types.CodeActionContext(diagnostics=[]),
    )
    actions = await client.text_document_code_action_async(params)
    [action] = [action for action in actions if "in the viewer" in action.title]
    window = client.capabilities.window
    if not (window and window.show_document and window.show_document.support):
        # The server would open this machine's own browser.
        return
    address = await command(client, action.command, *action.arguments)
    page, _, fragment = address.partition("#")
    given = urllib.parse.parse_qs(fragment)
    assert given["step"] == [str(action.arguments[1])]
    # The client opens the page if it can.
    [shown] = await until(lambda: client.shown_documents)
    assert (shown.uri, shown.external) == (address, True)

    def visit():
        with urllib.request.urlopen(page) as shell:
            assert b"/assets/run.js" in shell.read()
        token = {"Authorization": f"Bearer {given['token'][0]}"}
        about = urllib.request.Request(page.replace("/run/", "/api/run/"), headers=token)
        with urllib.request.urlopen(about) as answer:
            return json.load(answer)["program"]

    assert (await asyncio.to_thread(visit)).endswith("values.py")


@pytest.mark.asyncio
async def test_hover_tells_of_writes_behind_a_callers_back(client, project):
    record(project, "behind.py")
    path = project / "behind.py"
    uri = open_file(client, path)
    line, character = find(path.read_text(), "print(xs[0])", 10)
    assert re.search(
        r"written some time in steps \d+ to \d+, in a call of \[line 17\]\(.*\)",
        await hover(client, uri, line, character),
    )


@pytest.mark.asyncio
async def test_lines_are_faded_as_asked(client, project):
    record(project, "failing.py")
    uri = open_file(client, project / "failing.py")

    async def fades(how, wanted, uri=uri):
        settings = {"connie": {"fade": how, "exceptions": "off"}}
        client.set_configuration(settings)
        pulls = client.capabilities.workspace.configuration
        client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams(settings=None if pulls else settings)
        )
        await until(lambda: {d.range.start.line + 1: d.message for d in client.diagnostics.get(uri, [])} == wanted)

    never = "this line did not run in this recording"
    await fades("neverRan", {18: never})
    await fades("notInCall", {5: "not in the call that is shown (it ran 1 time)", 18: never})
    await command(client, "connie.call", uri, 1, "previous")
    await fades("notInCall", {4: "not in the call that is shown (it ran 2 times)", 18: never})
    await fades("off", {})
    # A statement of several lines may run without its first line.
    record(project, "heads.py")
    heads = open_file(client, project / "heads.py")
    await fades("neverRan", {6: never}, heads)
    await fades("notInCall", {6: never}, heads)


@pytest.mark.asyncio
async def test_a_test_tells_what_it_failed_with(client, project):
    program = project / "test_it.py"
    program.write_text(
        "def halve(n):\n    if n % 2:\n        raise ValueError(n)\n    return n // 2\n\n\n"
        "def test_odd():\n    assert halve(4) == 2\n    halve(3)\n\n\n"
        "def test_caught():\n    try:\n        halve(3)\n    except ValueError:\n        pass\n\n\n"
        "if __name__ == '__main__':\n    import unittest\n"
        "    case = unittest.FunctionTestCase\n"
        "    suite = unittest.TestSuite([case(test_odd), case(test_caught)])\n"
        "    unittest.TextTestRunner().run(suite)\n"
    )
    record(project, "test_it.py")
    uri = open_file(client, program)
    failures = [lens for lens in await lenses(client, uri) if lens.command.title.startswith("✗")]
    assert [(lens.range.start.line + 1, lens.command.title) for lens in failures] == [(7, "✗ ValueError: 3")]
    await command(client, failures[0].command.command, *failures[0].command.arguments)
    assert by_line(await hints(client, uri))[1] == ["=3"]


@pytest.mark.asyncio
async def test_settings_are_asked_for_and_pushed(client, project):
    record(project, "values.py")
    uri = open_file(client, project / "values.py")
    assert any("×" in label for _, label in await hints(client, uri))
    hidden = {"hints": {"hitCounts": False, "parameters": False, "exceptions": False}}
    pulls = client.capabilities.workspace.configuration
    if pulls:
        client.set_configuration({"connie": hidden})
    pushed = None if pulls else {"connie": hidden}
    client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=pushed))

    async def only_values():
        return all(" = " in label or label.startswith("→") for _, label in await hints(client, uri))

    await until(only_values)
    bad = {"connie": {"hints": {"length": "long"}}}
    client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=bad))
    await until(lambda: client.messages)
    assert "cannot be read" in client.messages[0].message
    assert await only_values()


@pytest.mark.asyncio
async def test_calls_are_those_that_ran(client, project):
    record(project, "failing.py")
    uri = open_file(client, project / "failing.py")
    text = (project / "failing.py").read_text()
    where = {"text_document": types.TextDocumentIdentifier(uri=uri)}
    check = types.Position(*find(text, "check(value)"))
    params = types.ReferenceParams(position=check, context=types.ReferenceContext(False), **where)
    found = await client.text_document_references_async(params)
    assert sorted(one.range.start.line + 1 for one in found) == [10, 14]
    prepare = types.CallHierarchyPrepareParams(position=check, **where)
    [item] = await client.text_document_prepare_call_hierarchy_async(prepare)
    assert item.name == "check"
    incoming = await client.call_hierarchy_incoming_calls_async(types.CallHierarchyIncomingCallsParams(item))
    assert all(re.search(r" · [\d.]+ [nµm]?s$", call.from_.detail) for call in incoming)
    assert [
        (call.from_.name, call.from_.detail.split(" · ")[0], [r.start.line + 1 for r in call.from_ranges])
        for call in incoming
    ] == [
        ("<module>", "1 call", [14]),
        ("all_of", "2 calls", [10]),
    ]
    outgoing = types.CallHierarchyOutgoingCallsParams(incoming[1].from_)
    [callee] = await client.call_hierarchy_outgoing_calls_async(outgoing)
    assert callee.to.name == "check"


@pytest.mark.asyncio
async def test_hints_are_on_one_line(client, project):
    program = project / "texts.py"
    program.write_text(
        "def check(\n    text,\n    check_author=True,\n    limit: int = 3, *,\n    more: int,\n):\n"
        "    raise ValueError(text)\n\n\ntry:\n    check('first\\n  second\\r\\nthird', more=1)\nexcept ValueError as e:\n    pass\n"
    )
    record(project, "texts.py")
    uri = open_file(client, program)
    lines = program.read_text().split("\n")
    shown = {}
    for hint in await raw_hints(client, uri):
        assert "\n" not in hint.label and "\r" not in hint.label
        line = hint.position.line
        shown[line + 1] = lines[line][: hint.position.character] + hint.label + lines[line][hint.position.character :]
    assert shown[3].strip() == "check_author=True ← True,"
    assert shown[4].strip() == "limit: int = 3 ← 3, *,"
    assert shown[5].strip() == "more: int = 1,"
    assert shown[7].endswith("⚡ ValueError: first second third")


@pytest.mark.asyncio
async def test_what_a_line_came_to_is_told_when_resolved(client, project):
    program = project / "came.py"
    program.write_text("def double(n):\n    if n > 1:\n        return n * 2\n\n\ndouble(6)\n")
    record(project, "came.py")
    uri = open_file(client, program)
    found = {hint.label: hint for hint in await raw_hints(client, uri)}
    assert list(found) == ["=6", "→ True", "→ 12", "double() → 12"]
    for label, told in {
        "→ True": "n > 1 = True",
        "→ 12": "returned at step",
        "double() → 12": "returned at step",
    }.items():
        resolved = await client.inlay_hint_resolve_async(found[label])
        assert told in resolved.tooltip.value and resolved.label[0].command.command == "connie.goToStep"


@pytest.mark.asyncio
async def test_loops_that_are_not_reached_say_so(client, project):
    program = project / "loops.py"
    program.write_text(
        "def f(n):\n    for i in range(n):\n        for j in [1, 2]:\n            x = i\n    while n: n -= 1\n\n\n"
        "f(3)\nfor never in []:\n    pass\nfor k in range(2):\n    f(k)\n"
    )
    record(project, "loops.py")
    uri = open_file(client, program)

    async def titles():
        found = {}
        for lens in await lenses(client, uri):
            found.setdefault(lens.range.start.line + 1, lens.command.title)
        return {line: title for line, title in found.items() if line != 1}

    one_line = "iterations on one line cannot be told apart"
    assert await titles() == {2: "iteration 1 of 1", 3: "iteration 2 of 2", 5: one_line, 11: "iteration 2 of 2"}
    # The first call is about to run its first line.
    found = await hints(client, uri)
    assert (8, "×2") not in found
    await command(client, "connie.goToStep", uri, 5)
    expected = {2: "not reached yet · 3 iterations", 3: "not reached yet · 6 iterations", 5: one_line}
    assert await titles() == {**expected, 11: "not reached yet · 2 iterations"}
    with pytest.raises(JsonRpcException, match="cannot be told apart"):
        await command(client, "connie.iteration", uri, 5, "first")
    # Without a debugger there is no position to go back to.
    with pytest.raises(JsonRpcException, match="nothing to go back to"):
        await command(client, "connie.goBack", uri)


@pytest.mark.asyncio
async def test_a_hover_shows_what_a_context_variable_holds(client, project):
    text = 'from contextvars import ContextVar\n\nuser = ContextVar("user")\nuser.set("bob")\nprint(user)\n'
    (project / "context.py").write_text(text)
    record(project, "context.py")
    uri = open_file(client, project / "context.py")
    assert "'bob'" in await hover(client, uri, *find(text, "print(user)", 7))
