"""The command line: arguments in, the desk's answers out. Data goes to stdout, words for people to stderr.

Everything heavy is imported inside the command that needs it: `--help` answers at once.
"""

from __future__ import annotations

import atexit
import gc
import os


def main() -> None:
    """Set up the process and run the command line."""
    # loading makes many objects that all stay: to look through them for what may go takes a tenth of a short command
    gc.set_threshold(100_000)
    # nor need they be looked through when all of them go
    atexit.register(gc.freeze)
    # NumPy's algebra starts a thread for every other core, and these wait for work in a circle; all of it is small here
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from safepassage.cli.commands import run

    run()
