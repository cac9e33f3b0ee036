"""Hints follow debuggers, new recordings, and recordings that grow."""

import asyncio
import time

import pytest
from dap import Debugger
from helpers import command, find, hints, hover, lenses, open_file, span, until
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from conftest import PYTHON, CONNIE, record


def values(found, line):
    return [label for at, label in found if at == line and "×" not in label]


@pytest.mark.asyncio
async def test_values_stay_where_a_program_failed_before_its_first_line(client, project):
    record(project, "steps.py")
    uri = open_file(client, project / "steps.py")
    assert values(await hints(client, uri), 8) == ["total = 12"]
    (project / "broken.py").write_text("def f(:\n")
    record(project, "broken.py")
    # The server checks 30 times a second.
    for _ in range(10):
        await asyncio.sleep(0.05)
        assert values(await hints(client, uri), 8) == ["total = 12"]


@pytest.mark.asyncio
async def test_hints_follow_a_debugger_in_another_process(client, project):
    record(project, "steps.py")
    uri = open_file(client, project / "steps.py")
    assert values(await hints(client, uri), 8) == ["total = 12"]
    debugger = await Debugger.launch(project / "steps.py", 3)

    async def shown(line, label):
        return label in values(await hints(client, uri), line)

    await until(lambda: shown(2, "result = 0"))
    assert values(await hints(client, uri), 8) == []
    if client.profile == "neovim":
        # The server tells Neovim and VS Code when to request hints again.
        assert "inlayHint" in client.refreshed
    await debugger.move("continue")
    await until(lambda: shown(2, "result = 2"))
    # The line that is about to run has no value yet. The value of its last run is not shown for it.
    assert values(await hints(client, uri), 8) == []
    await debugger.move("stepBack")
    start = time.monotonic()
    await until(lambda: shown(1, "=1"))
    assert values(await hints(client, uri), 2) == []
    # Not asserted, as it depends on the machine.
    print(f"followed after {time.monotonic() - start:.3f} s")
    await command(client, "connie.goToStep", uri, 12)
    stopped = await debugger.event("stopped")
    assert stopped["reason"] == "goto"
    line, character = find((project / "steps.py").read_text(), "total")
    params = types.CodeActionParams(
        text_document=types.TextDocumentIdentifier(uri=uri),
        range=span((line, character), (line, character)),
        context=types.CodeActionContext(diagnostics=[]),
    )
    [watch] = [a for a in await client.text_document_code_action_async(params) if "stop when total changes" in a.title]
    await command(client, watch.command, *watch.arguments)
    while "the view stops at writes to total" not in (await debugger.event("output"))["output"]:
        pass
    # Continue past the breakpoint in the call.
    reasons = [(await debugger.move("continue"))["reason"] for _ in range(2)]
    assert "data breakpoint" in reasons
    await debugger.end()
    await until(lambda: shown(8, "total = 12"))


@pytest.mark.asyncio
async def test_a_choice_moves_the_debugger_and_is_undone(client, project):
    record(project, "steps.py")
    path = project / "steps.py"
    uri = open_file(client, path)
    debugger = await Debugger.launch(path, 9)

    async def shown(line, label):
        return label in values(await hints(client, uri), line)

    async def titles(line):
        return [lens.command.title for lens in await lenses(client, uri) if lens.range.start.line + 1 == line]

    async def chosen(name, *arguments):
        answer = await command(client, name, uri, *arguments)
        assert (await debugger.event("stopped"))["reason"] == "goto"
        return answer

    await until(lambda: shown(8, "total = 12"))
    # An invalid choice has no effect.
    assert (await titles(7))[0] == "iteration 4 of 4"
    await command(client, "connie.iteration", uri, 7, "follow")
    await hover(client, uri, *find(path.read_text(), "total"))
    assert await debugger.line() == 9
    assert await chosen("connie.call", 1, "first") == {"call": 1, "calls": 4}
    assert await debugger.line() == 2
    await until(lambda: shown(1, "=0"))
    # The debugger is at this position, so that no line is marked.
    assert not any("call" in label for _, label in await hints(client, uri))
    assert "showing 1" in (await titles(1))[0] and (await titles(1))[-1] == "back to where I was"
    assert (await titles(7))[0] == "iteration 1 of 4"
    assert await chosen("connie.call", 1, "next") == {"call": 2, "calls": 4}
    await until(lambda: shown(1, "=1"))
    assert await chosen("connie.iteration", 7, "last") == {"iteration": 4, "iterations": 4}
    await until(lambda: shown(7, "n = 3"))
    assert await debugger.line() == 8 and not await shown(8, "total = 6")
    assert (await titles(7))[-1] == "back to where I was" and "back to where I was" not in await titles(1)
    for line, at in ((1, "=1"), (1, "=0"), (8, "total = 12")):
        await chosen("connie.goBack")
        await until(lambda line=line, at=at: shown(line, at))
    assert await debugger.line() == 9
    with pytest.raises(JsonRpcException, match="nothing to go back to"):
        await command(client, "connie.goBack", uri)
    await debugger.end()


@pytest.mark.asyncio
async def test_a_killed_debugger_holds_nothing(client, project):
    record(project, "steps.py")
    uri = open_file(client, project / "steps.py")
    debugger = await Debugger.launch(project / "steps.py", 3)

    async def shown(line, label):
        return label in values(await hints(client, uri), line)

    await until(lambda: shown(2, "result = 0"))
    debugger.process.kill()
    await debugger.process.wait()
    assert (project / ".connie" / "position.json").exists()
    await until(lambda: shown(8, "total = 12"))


@pytest.mark.asyncio
async def test_the_newest_recording_is_shown_or_the_selected_one(client, project):
    record(project, "steps.py")
    uri = open_file(client, project / "steps.py")
    assert values(await hints(client, uri), 8) == ["total = 12"]
    text = (project / "steps.py").read_text()
    (project / "steps.py").write_text(text.replace("total = 0", "total = 1"))
    record(project, "steps.py")

    async def shown(label):
        return values(await hints(client, uri), 8) == [label]

    await until(lambda: shown("total = 13"))
    newest, oldest = await command(client, "connie.recordings", uri)
    assert newest["shown"] and newest["steps"] > 20 and not oldest["shown"]
    await command(client, "connie.selectRecording", uri, oldest["id"])
    await until(lambda: shown("total = 12"))
    await command(client, "connie.selectRecording", uri, None)
    await until(lambda: shown("total = 13"))


@pytest.mark.asyncio
async def test_the_test_at_a_line_has_the_name_that_pytest_gives_it(client, project):
    path = project / "test_shop.py"
    path.write_text("class TestShop:\n    def test_total(self):\n        pass\n")
    # Whether the file is open or recorded does not matter.
    assert await command(client, "connie.testAt", path.as_uri(), 3) == f"{path}::TestShop::test_total"
    uri = open_file(client, path)
    assert await command(client, "connie.testAt", uri, 1) == f"{path}::TestShop"
    with pytest.raises(JsonRpcException, match="a uri and a line"):
        await command(client, "connie.testAt", uri)


@pytest.mark.asyncio
async def test_the_first_recording_of_a_project_is_noticed(client, project):
    uri = open_file(client, project / "steps.py")
    assert await hints(client, uri) == []
    assert client.refreshed == []
    record(project, "steps.py")
    if client.profile == "neovim":
        await until(lambda: "inlayHint" in client.refreshed)

    # Folders are checked regularly, not at each request.
    async def noticed():
        return values(await hints(client, uri), 8) == ["total = 12"]

    await until(noticed)


@pytest.mark.asyncio
async def test_a_growing_recording_is_shown_as_it_grows(client, project):
    (project / "slow.py").write_text("import time\nfor n in range(500):\n    m = n\n    time.sleep(0.02)\n")
    process = await asyncio.create_subprocess_exec(
        CONNIE, "run", "--quiet", "--live", "--python", PYTHON, "slow.py", cwd=project
    )
    uri = open_file(client, project / "slow.py")

    async def some():
        found = values(await hints(client, uri), 3)
        return found and int(found[0].split(" = ")[1])

    first = await until(some)
    await until(lambda: later(some, first))
    process.terminate()
    await process.wait()


async def later(some, first):
    now = await some()
    return now and now > first


@pytest.mark.asyncio
async def test_exceptions_are_diagnostics(client, project):
    record(project, "failing.py")
    uri = open_file(client, project / "failing.py")
    await until(lambda: client.diagnostics.get(uri))
    [found] = client.diagnostics[uri]
    assert found.range.start.line == 3 and found.severity == 1
    assert found.message.startswith("ValueError: 12 is too much (recorded, step ")
    way = [(one.location.range.start.line + 1, one.message) for one in found.related_information]
    assert way == [(10, "called in all_of"), (17, "called in <module>")]
    # The call that raised is the one that is shown.
    found = await hints(client, uri)
    assert values(found, 1) == ["=12"] and values(found, 9) == ["value = 12"]


@pytest.mark.asyncio
async def test_a_step_belongs_to_its_recording(client, project):
    record(project, "steps.py")
    uri = open_file(client, project / "steps.py")

    async def total():
        return values(await hints(client, uri), 8)

    await until(total)
    whole = await total()
    await command(client, "connie.goToStep", uri, 3)
    assert await total() != whole
    # A new recording is shown to its end, not up to the step of the old one.
    record(project, "steps.py")

    async def is_whole():
        return await total() == whole

    await until(is_whole)
