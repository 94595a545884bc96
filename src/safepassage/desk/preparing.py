"""Compile all kernels once for this machine: by `python -m safepassage.desk.preparing`.

It takes a minute or two and belongs to the set-up (`./dev setup` does it). Where that was left out, the first plan and
the first rehearsal say so and do their part of it; so does the first audit, whose part takes some seconds.
"""

from __future__ import annotations

import signal
import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Final

from safepassage import kernels

if TYPE_CHECKING:
    from concurrent.futures import Executor

ROOMS: Final = {
    "planner": ("compile_search", "compile_bounds", "compile_busloads", "compile_movements"),
    "rehearsal": ("compile_runs",),
    "ledger": ("compile_audit",),
}
"""What to call in each room's `preparing`; rooms are loaded only where something is missing."""


def missing(*rooms: str) -> tuple[str, ...]:
    """Return the rooms (all by default) whose kernels have yet to be compiled."""
    return tuple(room for room in rooms or ROOMS if not kernels.is_complete(room))


def prepare(*rooms: str) -> None:
    """Compile what is missing of the rooms (all by default), in two processes side by side."""
    wanted = missing(*rooms)
    if not wanted:
        return
    with _processes(2) as pool:
        for done in [pool.submit(_compile, room, task) for room in wanted for task in ROOMS[room]]:
            done.result()
    for room in wanted:
        _try(room)
        kernels.complete(room)


def _processes(count: int) -> Executor:
    # nothing is missing but for the first time: every later start does without
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415
    from multiprocessing import get_context  # noqa: PLC0415

    # an interrupt is for what comes after, not for the compiling
    deaf = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=deaf)


def _try(room: str) -> None:
    """Load the machine code that was kept, in a process that may end by it; then all goes through the compiler."""
    with _processes(1) as pool:
        if pool.submit(kernels.load_entries, room).exception() is not None:
            kernels.forget_entries(room)


def _compile(room: str, task: str) -> None:
    getattr(import_module(f"safepassage.{room}.preparing"), task)()
    try:
        kernels.keep_entries()
    except (RuntimeError, ValueError) as error:
        # slower to start, the same otherwise
        print(f"The compiler will be loaded at every rehearsal: {error}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__" and missing():
    print("Compiling for this machine: once, about a minute.", file=sys.stderr)  # noqa: T201
    prepare()
