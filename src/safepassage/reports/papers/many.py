"""Many papers, several at a time, and never all of them in memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from safepassage.reports.papers.blocks import Paper, Setup
from safepassage.reports.papers.press import data_of, pressed

AHEAD: Final = 4
"""Papers begun for each thread before the first is handed on."""


def printed(
    papers: Iterable[Paper], setup: Setup, *, workers: int = 0, stop: Callable[[], bool] = bool
) -> Generator[tuple[Paper, bytes]]:
    """Set papers in threads (the typesetter does not hold the interpreter) and give them in order as they are done.

    Parameters
    ----------
    papers
        What to set; asked for as the work goes on.
    setup
        What stands around each.
    workers
        Threads; 0: as many as there are cores.
    stop
        Asked before each paper begins; from then on there are no more.

    Raises
    ------
    InternalError
        When the template does not take a paper.
    """
    threads = workers or os.cpu_count() or 1
    waiting: deque[tuple[Paper, Future[bytes]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for paper in papers:
                if stop():
                    break
                waiting.append((paper, pool.submit(one, paper, setup)))
                if len(waiting) >= AHEAD * threads:
                    yield _first(waiting)
            while waiting:
                yield _first(waiting)
        finally:
            for _paper, future in waiting:
                future.cancel()


def _first(waiting: deque[tuple[Paper, Future[bytes]]]) -> tuple[Paper, bytes]:
    paper, future = waiting.popleft()
    return paper, future.result()


def one(paper: Paper, setup: Setup) -> bytes:
    """Set one paper.

    Raises
    ------
    InternalError
        When the template does not take it.
    """
    return pressed(data_of(paper, setup))
