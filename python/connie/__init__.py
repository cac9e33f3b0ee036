"""Record parts of a program, to travel through them afterwards.

    import connie

    with connie.recording("import of invoices"):
        ...

    @connie.recording
    def handle(order): ...

    connie.start("from here"); ...; connie.stop()

Each recording is a file below `.connie/` at the project's root; `connie list` shows them, `connie replay` tells
their story, editors open them. Before and after it the program runs at full speed. One recording is made at a
time, of all threads; what begins within another one is part of that. Under `connie run` and `connie pytest`,
which record anyway, nothing of this does anything.
"""

from connie._recorder import Recording, configure, start, stop
from connie._recording import recording

__all__ = ["Recording", "configure", "recording", "start", "stop"]
