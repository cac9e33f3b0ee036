"""Cells of Jupyter and IPython: `%load_ext connie`, then `%%connie` records a cell, and `%connie why x` asks about it.

The line `%%connie` is taken off the cell before IPython compiles it, and the recording begins and ends at IPython's own
events around a cell. So the cell runs as it does without connie: its last expression is shown, `await` works, and an
exception stops the notebook.
"""

from __future__ import annotations

import warnings

from connie import _answers, _recorder

TYPE_CHECKING = False  # True for type checkers only, so that `typing` is not imported.
if TYPE_CHECKING:
    from typing import Any

MAGIC = "%%connie"

HELP = """\
%%connie [-q] [NAME]     record this cell and show its story; -q shows one line instead
%connie why x            which line wrote x, in the cell that was recorded last
%connie COMMAND …        any other command: whynot, history, origin, explain, trace, replay, list, view, …
                         In[3]:2 names line 2 of cell 3"""

_extension: Extension | None = None


class Extension:
    """The extension in one shell."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.answers = _answers.Answers(shell)
        self.recording: _recorder.Recording | None = None
        self.is_quiet = False

    def load(self) -> None:
        """Registers the magics and the events."""
        # After the one that drops empty lines at the beginning, and before the one that runs the magics of cells.
        self.shell.input_transformers_cleanup.append(take_off)
        self.shell.events.register("pre_run_cell", self.before)
        self.shell.events.register("post_run_cell", self.after)
        self.shell.register_magic_function(self.line, "line", "connie")
        self.shell.register_magic_function(self.cell, "cell", "connie")

    def unload(self) -> None:
        """Takes back what `load` did."""
        self.shell.input_transformers_cleanup.remove(take_off)
        self.shell.events.unregister("pre_run_cell", self.before)
        self.shell.events.unregister("post_run_cell", self.after)
        for kind in ("line", "cell"):
            self.shell.magics_manager.magics[kind].pop("connie", None)

    def before(self, info: Any) -> None:
        """A cell is about to run."""
        options = options_of(info.raw_cell or "")
        if options is not None:
            self.begin(options)

    def begin(self, line: str) -> None:
        """Begins a recording, with what stands after `%%connie`."""
        words = line.split()
        self.is_quiet = "-q" in words or "--quiet" in words
        name = " ".join(word for word in words if word not in ("-q", "--quiet"))
        number = len(self.shell.user_ns.get("In", ()))
        self.recording = _recorder.begin(name or "In[%d]" % number)
        if self.recording is None and _recorder.why() is None:
            warnings.warn("connie does not record this cell: a recording is running already", RuntimeWarning, 2)

    def after(self, result: Any) -> None:
        """A cell has run."""
        recording, self.recording = self.recording, None
        if recording is not None:
            went_well = getattr(result, "success", True)
            _recorder.end(recording, _recorder.PASSED if went_well else _recorder.FAILED)
            self.answers.show(recording, self.is_quiet, went_well)

    def cell(self, line: str, cell: str) -> None:
        """Records the cell and shows its story (%load_ext connie)."""
        # This runs where the line was not taken off: below another magic, or from `run_cell_magic`.
        self.begin(line)
        result = None
        try:
            result = self.shell.run_cell(cell, store_history=False)
        finally:
            self.after(result)
        result.raise_error()

    def line(self, line: str) -> Any:
        """Asks about the cell that was recorded last, or runs another command of connie."""
        if not line.strip():
            print(HELP)
            return None
        return self.answers.ask(line)


def options_of(cell: str) -> str | None:
    """What stands after `%%connie` in the first line of a cell that has text. None if that line is another one."""
    first = next((line for line in cell.splitlines() if line.strip()), "")
    word, _, rest = first.strip().partition(" ")
    return rest.strip() if word == MAGIC else None


def take_off(lines: list[str]) -> list[str]:
    """Makes the line `%%connie` an empty one, so that all lines keep their numbers."""
    if options_of("".join(lines)) is None:
        return lines
    at = next(at for at, line in enumerate(lines) if line.strip())
    return [*lines[:at], "\n", *lines[at + 1 :]]


def load(shell: Any) -> None:
    """Called by `%load_ext connie`."""
    global _extension
    if _extension is None:
        _extension = Extension(shell)
        _extension.load()


def unload(shell: Any) -> None:
    """Called by `%unload_ext connie`."""
    global _extension
    if _extension is not None:
        _extension.unload()
        _extension = None
