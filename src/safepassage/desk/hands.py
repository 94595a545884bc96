"""Who works on an ensemble: processes of this machine, or a Dask cluster; both take calls and give futures."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from math import inf
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from threading import Lock
from typing import Any, TypeVar

from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.rehearsal.cluster import RETRIES, cluster
from safepassage.roads.table import travel

Answer = TypeVar("Answer")


class Hands:
    """Take calls until it is over.

    Parameters
    ----------
    pool
        Who does the work.
    workers
        How many they are.
    interrupt
        Tells those who are at work that nobody waits for it.
    """

    def __init__(self, pool: Executor, workers: int, interrupt: Callable[[], None]) -> None:
        self.workers = workers
        self.over = False
        self._pool = pool
        self._interrupt = interrupt
        self._open: set[Future[Any]] = set()
        self._lock = Lock()

    def submit(self, do: Callable[..., Answer], *about: object) -> Future[Answer]:
        """Hand out a call; once it is over, what comes back is cancelled already."""
        with self._lock:
            if self.over:
                never: Future[Answer] = Future()
                never.cancel()
                return never
            found = self._pool.submit(do, *about)
            self._open.add(found)
        found.add_done_callback(self._close)
        return found

    def end(self) -> None:
        """Call off everything that is not done: whoever waits for it is told that it is cancelled."""
        with self._lock:
            self.over = True
            left = tuple(self._open)
        self._interrupt()
        for one in left:
            one.cancel()

    def _close(self, done: Future[Any]) -> None:
        with self._lock:
            self._open.discard(done)


@contextmanager
def hands(engine: str, *, address: str = "", workers: int = 0) -> Iterator[Hands]:
    """Give those who work on an ensemble, and send them home afterwards.

    Parameters
    ----------
    engine
        `local`: processes of this machine; `cluster`: a Dask cluster.
    address
        Of the cluster's scheduler; empty: one is started on this machine.
    workers
        Processes that are started; 0: as many as there are cores.

    Raises
    ------
    UsageError
        When Dask is asked for and not installed.
    """
    many = workers or os.cpu_count() or 1
    if engine == "cluster":
        with cluster(address, many) as client, client.get_executor(pure=False, retries=RETRIES) as pool:
            found = Hands(pool, max(1, len(client.scheduler_info(n_workers=-1)["workers"])), _nothing)
            yield from _until_over(found)
        return
    context = get_context("spawn")
    over = context.Event()
    with ProcessPoolExecutor(many, mp_context=context, initializer=begin, initargs=(over,)) as pool:
        yield from _until_over(Hands(pool, many, over.set))


def _until_over(found: Hands) -> Iterator[Hands]:
    try:
        yield found
    finally:
        found.end()


def _nothing() -> None:
    """Interrupt nobody: a plan that nobody waits for ends by itself, or with the cluster."""


_stop: list[Callable[[], bool]] = [bool]
"""Asked by a plan that is made in this process: whether somebody still waits for it."""


def begin(over: Event) -> None:
    """Begin as a process of the pool: interrupts are for the one that hands out the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _stop[0] = over.is_set


def plan_anew(operation: Operation, iterations: int, seed: int) -> Plan:
    """Plan an operation by so much search, however long it takes: wherever that is done, it gives the same plan.

    Parameters
    ----------
    operation
        Which, with what was changed in it.
    iterations, seed
        Of the search.
    """
    # the planner is loaded by those alone who plan
    from safepassage.planner import Limit, plan  # noqa: PLC0415

    return plan(operation, travel(operation), Limit(seconds=inf, iterations=iterations, stop=_stop[0]), seed)
