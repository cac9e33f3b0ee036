"""Record parts of a program, to travel through them afterwards.

    import connie

    with connie.recording("import of invoices"):
        ...

    @connie.recording
    def handle(order): ...

    connie.start("from here"); ...; connie.stop()

Each recording is a file in the folder `.connie` at the project's root. `connie list` lists them, `connie replay`
prints one, and editors open them. Between recordings the program runs at full speed. One recording is made at a
time, of all threads; a recording that starts within another one is part of that one. Under `connie run` and
`connie pytest` everything is recorded anyway, so these functions do nothing.
"""

from connie._recorder import Recording, configure, start, stop
from connie._recording import recording

__all__ = ["Recording", "configure", "recording", "start", "stop"]
