"""Real Neovim shows the hints while a debugger steps in another process."""

import asyncio
import json
import os
import pathlib
import time

import pytest
from dap import Debugger
from helpers import until

from conftest import CONNIE, record

NVIM = os.environ.get("CONNIE_TEST_NVIM")


@pytest.mark.asyncio
@pytest.mark.skipif(not NVIM, reason="CONNIE_TEST_NVIM does not name a Neovim")
async def test_neovim_follows_the_debugger(project):
    record(project, "steps.py")
    out = project / "hints.json"
    script = pathlib.Path(__file__).parent / "hints.lua"
    arguments = [CONNIE, project / "steps.py", out]
    process = await asyncio.create_subprocess_exec(
        NVIM, "--clean", "--headless", "-l", script, *arguments, cwd=project, stderr=asyncio.subprocess.DEVNULL
    )

    def shows(line, label):
        return out.exists() and [line, label] in json.loads(out.read_text())

    await until(lambda: shows(8, "total = 12"), 20)
    assert shows(2, "result = 6")
    debugger = await Debugger.launch(project / "steps.py", 3)
    await until(lambda: shows(2, "result = 0"))
    assert not shows(8, "total = 12")
    for n in (1, 2, 3):
        await debugger.move("continue")
        await until(lambda n=n: shows(2, f"result = {2 * n}"))
    start = time.monotonic()
    await debugger.move("reverseContinue")
    await until(lambda: shows(2, "result = 4"))
    print(f"followed after {time.monotonic() - start:.3f} s")
    await debugger.end()
    await until(lambda: shows(8, "total = 12"))
    (project / "hints.json.stop").write_text("")
    await process.wait()
