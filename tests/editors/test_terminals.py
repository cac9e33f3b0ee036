"""Editors in a terminal show recorded values when set up as docs/editors says. Driven through tmux."""

import os
import pathlib
import shlex
import shutil
import subprocess
import time
import uuid

import pytest

CONNIE = pathlib.Path(os.environ["CONNIE_BIN"])
DOCS = pathlib.Path(__file__).parents[2] / "docs/editors"
SHOP = """\
prices = {"tea": 3, "jam": 5}
total = 0


def buy(name, count):
    cost = prices[name] * count
    return cost


for name in ["tea", "jam", "tea"]:
    total += buy(name, 2)
"""


def program(variable, *names):
    """The program that an environment variable names, else the first of these names on the PATH."""
    found = os.environ.get(variable) or next(filter(None, map(shutil.which, names)), None)
    if not found or not shutil.which("tmux"):
        pytest.skip(f"{names[0]} or tmux is not on this machine ({variable} names it)")
    return found


class Terminal:
    def __init__(self, command, home, folder):
        self.server = f"connie-{uuid.uuid4().hex[:8]}"
        environment = {
            **os.environ,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "PATH": f"{CONNIE.parent}:{os.environ['PATH']}",
            "TERM": "xterm-256color",
        }
        environment.pop("TMUX", None)
        start = ["new-session", "-d", "-x", "120", "-y", "30", shlex.join(command)]
        subprocess.run(["tmux", "-L", self.server, *start], cwd=folder, env=environment, check=True)

    def tmux(self, *arguments):
        return subprocess.run(
            ["tmux", "-L", self.server, *arguments], capture_output=True, text=True, check=False
        ).stdout

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def until(self, what, is_so):
        """Waits until something is so on the screen."""
        end = time.monotonic() + 60
        while not is_so():
            assert time.monotonic() < end, f"{what}:\n{self.screen()}"
            time.sleep(0.05)

    def shows(self, *texts):
        self.until(f"{texts} did not appear", lambda: all(text in self.screen() for text in texts))

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def prompts(self, text):
        """Whether a prompt with this text is in the last line."""
        return any(line.startswith(text) for line in self.screen().splitlines()[-1:])

    def rests(self):
        """Waits until the screen has stayed the same for a second."""
        known = [self.screen(), time.monotonic()]

        def is_still():
            screen, now = self.screen(), time.monotonic()
            if screen != known[0]:
                known[:] = [screen, now]
            return now - known[1] > 1

        self.until("it does not come to rest", is_still)

    def command(self, opening, text):
        """Gives a command in the last line, where a key opens a prompt. Each key is sent once the last one is seen."""
        # An editor that still handles a stop may close the prompt, or move the focus away from it.
        self.rests()
        prompt = {"M-x": "M-x "}.get(opening, opening)
        self.press(opening)
        self.until(f"{opening} opened no prompt", lambda: self.prompts(prompt.rstrip()))
        self.press("-l", text)
        self.until(f"{text} was not typed", lambda: self.prompts(prompt + text))
        self.press("Enter")
        self.until(f"{text} was not taken", lambda: not self.prompts(prompt + text))

    def close(self):
        self.tmux("kill-server")


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "shop.py").write_text(SHOP)
    (folder / "setup.py").write_text("")
    python = os.environ["CONNIE_TEST_PYTHON"]
    subprocess.run([CONNIE, "run", "--quiet", "--python", python, "shop.py"], cwd=folder, check=True)
    return folder


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_helix_shows_values_and_travels(project, home):
    helix = program("CONNIE_TEST_HELIX", "hx", "helix")
    config = home / ".config/helix"
    config.mkdir(parents=True)
    shutil.copy(DOCS / "helix.toml", config / "languages.toml")
    (config / "config.toml").write_text("[editor.lsp]\ndisplay-inlay-hints = true\n")
    terminal = Terminal([helix, "shop.py:11"], home, project)
    try:
        terminal.shows("cost = 6", "total = 22", "×3")
        # The latest recording is opened at its end.
        terminal.command(":", "debug-start latest")
        terminal.shows("stopped", "▶   1", " 1:1")
        # Helix 25.07 takes one argument, in quotes if it has spaces.
        terminal.command(":", "debug-eval ':seek 3'")
        terminal.shows("▶   2")
    finally:
        terminal.close()


def test_emacs_shows_values(project, home):
    emacs = program("CONNIE_TEST_EMACS", "emacs")
    has_eglot = subprocess.run([emacs, "--batch", "-l", "eglot"], capture_output=True, check=False)
    if has_eglot.returncode != 0:
        pytest.skip("this Emacs has no eglot: 29 is the first that does")
    terminal = Terminal([emacs, "-nw", "-q", "-l", str(DOCS / "emacs.el"), "shop.py"], home, project)
    try:
        terminal.shows("cost = 6", "total = 22", "×3")
    finally:
        terminal.close()


def test_emacs_travels(project, home):
    emacs, dape = program("CONNIE_TEST_EMACS", "emacs"), os.environ.get("CONNIE_TEST_DAPE")
    if not dape:
        pytest.skip("CONNIE_TEST_DAPE names no folder with dape.el")
    load = ["-q", "-L", dape, "-l", "dape", "-l", str(DOCS / "emacs.el")]
    terminal = Terminal([emacs, "-nw", *load, "+6", "shop.py"], home, project)
    try:
        terminal.shows("cost = 6")
        terminal.command("M-x", "dape-breakpoint-toggle")
        terminal.command("M-x", "dape")
        terminal.shows("connie")
        terminal.press("Enter")
        terminal.shows("buy of shop.py:6")
        terminal.command("M-x", "connie-back-out")
        terminal.shows("<module> of shop.py:11")
        terminal.command("M-x", "connie-step-back")
        terminal.shows("<module> of shop.py:10")
    finally:
        terminal.close()
