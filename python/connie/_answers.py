"""What a notebook shows of recordings: the story of a cell, and answers to questions, as HTML and as plain text."""

from __future__ import annotations

import html
import json
import os
import re
import shlex
import subprocess
import sys

from connie import _recorder, _viewer
from connie._binary import binary

TYPE_CHECKING = False  # True for type checkers only, so that `typing` is not imported.
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

#: Commands whose first argument is an expression or a place.
OF_AN_EXPRESSION = ("why", "whynot", "history", "origin", "trace", "search")

#: The number of steps of a story that are shown, from its beginning and from its end.
FIRST, LAST = 150, 50

#: The colours that connie's own output has, by their numbers. They can be read on white and on black.
COLOURS = {"31": "#c5372c", "32": "#2e7d32", "33": "#93690b", "34": "#3b73c9", "35": "#a04ab5", "36": "#0b7d8a"}

_CODE = re.compile(r"\x1b\[([0-9;]*)m")
_HEADING = re.compile(r" *\d+ ▶ (<module>\(\) In\[\d+\]:\d+)$")
_IN = re.compile(r"\bIn\s?\[(\d+)\]")


class Shown:
    """Text with colours, for a cell's output."""

    def __init__(self, parts: list[str], markup: str) -> None:
        self.text = "\n".join(part for part in parts if part)
        self.markup = markup

    def _repr_html_(self) -> str:
        return self.markup

    def __repr__(self) -> str:
        return self.text


class Answers:
    """The commands of a notebook."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.latest: _recorder.Recording | None = None

    def ask(self, line: str) -> Shown | None:
        """Runs a command of connie. `latest` is what this notebook recorded last."""
        words = words_of(line)
        if words[0] == "view":
            return self.view(words[1:])
        names = self.names()
        words = [_IN.sub(lambda found: names.get(int(found[1]), found[0]), word) for word in words]
        done = self.run(words)
        if done.returncode not in (0, 1):
            print(plain(self.with_cells(done.stderr)).strip(), file=sys.stderr)
            return None
        text = self.with_cells(done.stdout + done.stderr).strip("\n")
        return Shown([plain(text)], block(text)) if text else None

    def view(self, words: list[str]) -> Shown | None:
        """A link to a recording in the viewer."""
        id = words[0] if words else None if self.latest is None else self.latest.id
        if id is None:
            print("connie: nothing has been recorded in this notebook", file=sys.stderr)
            return None
        shown = self.run(["show", id, "--format", "json"])
        if shown.returncode != 0:
            print(plain(shown.stderr).strip(), file=sys.stderr)
            return None
        address = _viewer.link(json.loads(shown.stdout)["id"], cells=self.cells())
        if address is None:
            print("connie: the viewer did not start", file=sys.stderr)
            return None
        return Shown([address.partition("#")[0]], anchor(address, "open in the viewer"))

    def show(self, recording: _recorder.Recording, is_quiet: bool, went_well: bool) -> None:
        """Shows the story of a recorded cell; why it failed, if it did."""
        self.latest = recording
        if not recording.wait(60.0):
            print("connie: the recording is not complete yet; %connie replay shows it", file=sys.stderr)
            return
        shown = self.shown(recording, is_quiet, went_well)
        self.shell.display_pub.publish({"text/plain": shown.text, "text/html": shown.markup})

    def shown(self, recording: _recorder.Recording, is_quiet: bool, went_well: bool) -> Shown:
        """The story of a cell, or one line."""
        steps = int(json.loads(self.run(["show", recording.path, "--format", "json"]).stdout or "{}").get("steps", 0))
        head = "%s: %s step%s recorded" % (recording.name, format(steps, ","), "" if steps == 1 else "s")
        address = _viewer.link(recording.id, cells=self.cells())
        link = "" if address is None else " · " + anchor(address, "open in the viewer")
        markup = ["<div>%s%s</div>" % (html.escape(head), link)]
        texts = [head]
        if not is_quiet:
            story = self.story(recording.path, steps)
            texts.append(plain(story))
            if not went_well:
                why = self.with_cells(self.run(["explain", recording.path]).stdout).strip("\n")
                texts.insert(1, plain(why))
                markup.append(details("Why it failed", why, True))
            markup.append(details("Story", story, went_well))
        return Shown(texts, "".join(markup))

    def story(self, path: str, steps: int) -> str:
        """The steps of a recording; the middle of a long one is left out."""
        replay = ["replay", path, "--no-pager"]
        if steps <= FIRST + LAST:
            parts = [self.run(replay).stdout]
        else:
            first = self.run([*replay, "--to", str(FIRST)]).stdout
            left_out = "… %s steps …\n" % format(steps - FIRST - LAST, ",")
            parts = [first, left_out, self.run([*replay, "--from", str(steps - LAST + 1)]).stdout]
        lines: list[str] = []
        heading = ""
        for line in self.with_cells("".join(parts)).strip("\n").split("\n"):
            found = _HEADING.match(plain(line))
            # IPython runs each statement of a cell as a module of its own.
            if found is None or found[1] != heading:
                lines.append(line)
            heading = heading if found is None else found[1]
        return "\n".join(lines)

    def run(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        """Runs a command in the notebook's folder, with colours."""
        environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": "120"}
        environment.pop("NO_COLOR", None)
        if self.latest is not None:
            environment["CONNIE_LATEST"] = self.latest.path
        command = [binary(), *words]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment)

    def names(self) -> dict[int, str]:
        """The files that the cells were compiled as, by the cells' numbers."""
        files = getattr(self.shell.compile, "_filename_map", {})
        return {number: name for name, number in files.items()}

    def cells(self) -> dict[str, str]:
        """The names of the cells, by the files that they were compiled as."""
        return {name: "In[%d]" % number for number, name in self.names().items()}

    def with_cells(self, text: str) -> str:
        """Names cells as the notebook does: `In[3]:2`."""
        known = {os.path.basename(name): "In[%d]" % number for number, name in self.names().items()}
        if not known:
            return text
        some = "|".join(re.escape(name) for name in known)
        return re.sub(
            r"(?:(?:/[^\s:\x1b\"'<]*|ipykernel_\d+)/)?(?<![\w-])(%s)(?![\w-])" % some,
            lambda found: known[found[1]],
            text,
        )


def words_of(line: str) -> list[str]:
    """The arguments in a line such as `why rows["a b"] --step 5`. An expression keeps its quotes and blanks."""
    command, _, rest = line.strip().partition(" ")
    rest = rest.strip()
    if command not in OF_AN_EXPRESSION or rest.startswith("-"):
        return [command, *shlex.split(rest)]
    option = re.search(r"\s-(-[a-z]|[a-z]\b)", rest)
    expression, options = (rest, "") if option is None else (rest[: option.start()].strip(), rest[option.start() :])
    is_quoted = expression[:1] in ("'", '"') and expression.find(expression[0], 1) == len(expression) - 1
    return [command, expression[1:-1] if is_quoted else expression, *shlex.split(options)]


def plain(text: str) -> str:
    """Text without its colours."""
    return _CODE.sub("", text)


def spans(text: str) -> Iterator[str]:
    """HTML with the colours of a text. connie prints no control characters of a program, so that these are its own."""
    style = ""
    for place, part in enumerate(_CODE.split(text)):
        if place % 2 == 0:
            shown = html.escape(part, quote=False)
            yield '<span style="%s">%s</span>' % (style, shown) if style and part else shown
            continue
        for code in part.split(";"):
            if code in ("", "0"):
                style = ""
            elif code == "1":
                style += "font-weight:bold;"
            elif code == "2":
                style += "opacity:.7;"
            elif code in COLOURS:
                style += "color:%s;" % COLOURS[code]


def block(text: str) -> str:
    """A block of text with colours."""
    style = "font-family:var(--jp-code-font-family,monospace);max-height:28em;overflow:auto;margin:0;line-height:1.3"
    return '<pre style="%s">%s</pre>' % (style, "".join(spans(text)))


def details(title: str, text: str, is_open: bool) -> str:
    """A block that can be folded."""
    return "<details%s><summary>%s</summary>%s</details>" % (" open" if is_open else "", title, block(text))


def anchor(address: str, text: str) -> str:
    """A link to the viewer."""
    return '<a href="%s" target="_blank" rel="noopener">%s</a>' % (html.escape(address), text)
