"""Shared by the tests of the language server: recorded projects, and clients with the capabilities of real editors."""

import os
import pathlib
import shutil
import subprocess

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

CONNIE = os.environ["CONNIE_BIN"]
PYTHON = os.environ["CONNIE_TEST_PYTHON"]
PROGRAMS = pathlib.Path(__file__).parent / "programs"

# Without a display the client opens pages, as on another machine. The server would start this machine's browser.
for display in ("DISPLAY", "WAYLAND_DISPLAY"):
    os.environ.pop(display, None)

PROFILES = ["neovim", "visual-studio-code", "emacs"]


def record(folder, name, *arguments):
    """Records a program of `folder`. Returns the finished process."""
    command = [CONNIE, "run", "--quiet", "--python", PYTHON, *arguments, name]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def copy_programs(folder):
    for program in PROGRAMS.glob("*.py"):
        shutil.copy(program, folder)
    (folder / "setup.py").write_text("")


@pytest.fixture
def project(tmp_path):
    copy_programs(tmp_path)
    return tmp_path


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[CONNIE, "lsp"]),
    params=PROFILES,
)
async def client(request, lsp_client: LanguageClient, tmp_path):
    capabilities = client_capabilities(request.param)
    lsp_client.profile = request.param
    lsp_client.refreshed = []

    for kind in ("inlayHint", "codeLens", "inlineValue"):

        @lsp_client.feature(f"workspace/{kind}/refresh")
        def refresh(*_, kind=kind):
            lsp_client.refreshed.append(kind)

    folder = types.WorkspaceFolder(uri=tmp_path.as_uri(), name="project")
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=capabilities,
            root_uri=tmp_path.as_uri(),
            workspace_folders=[folder],
        )
    )
    yield
    await lsp_client.shutdown_session()
