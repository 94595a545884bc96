"""Runs on this machine: chunks in threads (compiled runs do not hold the interpreter)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from safepassage.rehearsal.arena import arena
from safepassage.rehearsal.asked import Asked
from safepassage.rehearsal.chunk import Chunk, play_on
from safepassage.rehearsal.script import Ints, Script

RUNS = 250
"""Runs of a chunk: few enough to share out, many enough that sharing costs nothing."""


def spans(first: int, count: int, runs: int = RUNS) -> list[tuple[int, int]]:
    """Cut `count` runs into chunks of so many `runs`: the first run and the number of each."""
    return [(n, min(runs, first + count - n)) for n in range(first, first + count, runs)]


def chunks(
    script: Script, asked: Asked, seeds: Ints, *, runs: tuple[int, int], workers: int = 0,
    stop: Callable[[], bool] = bool,
) -> Iterator[Chunk]:  # fmt: skip
    """Play runs in threads and give their chunks in order, as they are done.

    Parameters
    ----------
    script, asked, seeds
        As for `play`.
    runs
        The first, and how many.
    workers
        Threads; 0: as many as there are cores.
    stop
        Asked before each chunk begins; from then on there are no more.
    """
    threads = workers or os.cpu_count() or 1
    row = arena(script, seeds)

    def one(span: tuple[int, int]) -> Chunk | None:
        return None if stop() else play_on(row.copy(), script, asked, *span)

    with ThreadPoolExecutor(threads) as pool:
        # no thread is left without
        for chunk in pool.map(one, spans(*runs, min(RUNS, -(-runs[1] // threads)))):
            if chunk is None:
                return
            yield chunk
