"""The command line: arguments in, the desk's answers out. Data goes to stdout, words for people to stderr.

Everything heavy is imported inside the command that needs it: `--help` answers at once.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading


def main() -> None:
    """Be the program: answer, and leave."""
    try:
        answer()
    except SystemExit as end:
        if isinstance(end.code, int) and end.code in {0, 1}:
            _leave(end.code)
        raise
    _leave(0)


def answer() -> None:
    """Set up the process and run the command line.

    Raises
    ------
    SystemExit
        At the end of most commands, with its status.
    """
    # loading makes many objects that all stay: to look through them for what may go takes a tenth of a short command
    gc.set_threshold(100_000)
    # NumPy's algebra starts a thread for every other core, and these wait for work in a circle; all of it is small here
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from safepassage.cli.commands import run

    run()


def _leave(status: int) -> None:
    """End the process in the order in which Python does: threads, what was registered for the end, what is to be said.

    Then Python would let every object go by itself, for a twentieth of a second; the system takes all of them at once.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way
    atexit._run_exitfuncs()  # noqa: SLF001 - likewise
    try:
        for stream in (sys.stdout, sys.stderr):
            # none, where whoever started us closed it
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        # nobody reads any more, the disk is full, or we have closed it: Python ends as ever, and says so
        return
    os._exit(status)
