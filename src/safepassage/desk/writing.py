"""One thread writes: what waits is taken in as a group, and acknowledged when it is on the disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, Final

from msgspec import Struct

from safepassage.ledger.envelope import digest, reference
from safepassage.ledger.keeper import HandedIn, Keeper, Looked
from safepassage.ledger.merging import Key
from safepassage.ledger.stores import StoreStoppedError
from safepassage.model.errors import SafepassageError

MOST_WAITING: Final = 4096
"""Of calls: what comes after that is told to come again."""

MOST_GROUPED: Final = 240
"""Of calls in a group: ten notes of who handed in."""

MOST_GROUPED_EVENTS: Final = 5000


class BusyError(SafepassageError):
    """More waits to be written than the disk takes in a few seconds."""

    code = "server-busy"
    exit_status = 4
    http_status = 503


class Kept(Struct, frozen=True, kw_only=True):
    """What was kept: the name of an own event (empty for a parcel), the log's size and its signed checkpoint."""

    name: str
    size: int
    checkpoint: bytes


Recording = Callable[[], bytes]
"""Makes one own event; called in the writer's thread, with the board at rest."""

Check = Callable[[Looked], None]
"""Raises when the house refuses a parcel that is in good form."""

Listener = Callable[[int, frozenset[Key]], None]
"""Told the log's size and what was touched; called in the writer's thread, must not wait."""


class _Job(Struct, eq=False):
    """Somebody's call: a parcel or an own event, and where its answer goes."""

    what: HandedIn | Recording
    unsigned: bool
    answer: Future[Kept]


class Counts(Struct):
    """What was done since the start."""

    groups: int = 0
    events: int = 0
    parcels: int = 0
    recorded: int = 0
    refused: int = 0
    keeping_s: float = 0.0


class Writer:
    """The only hand that writes to a ledger.

    Parameters
    ----------
    keeper
        The ledger.
    check
        What else is asked of a parcel.
    told
        Called after each group, before its callers are answered: who looks after an answer sees what was answered.
    rest
        Called when a group's callers have been answered.
    """

    def __init__(self, keeper: Keeper, check: Check, told: Listener, rest: Callable[[], None]) -> None:
        self.counts = Counts()
        self.trouble: SafepassageError | None = None
        self._keeper, self._check, self._told, self._rest = keeper, check, told, rest
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many calls wait, about."""
        return self._queue.qsize()

    def hand_in(self, one: HandedIn, *, unsigned: bool = False) -> Future[Kept]:
        """Take in a parcel; the answer is there when it is on the disk.

        Raises
        ------
        BusyError
            When too much waits already.
        StoreStoppedError
            When nothing more is taken.
        """
        return self._put(one, unsigned=unsigned)

    def record(self, recording: Recording) -> Future[Kept]:
        """Keep an own event; as `hand_in`.

        Raises
        ------
        BusyError
            When too much waits already.
        StoreStoppedError
            When nothing more is taken.
        """
        return self._put(recording)

    def _put(self, what: HandedIn | Recording, *, unsigned: bool = False) -> Future[Kept]:
        if self._queue.qsize() >= MOST_WAITING:
            raise BusyError(f"{MOST_WAITING} calls wait for the disk")
        job = _Job(what, unsigned, Future())
        with self._gate:
            if self.trouble is not None:
                raise StoreStoppedError(str(self.trouble))
            if self._closed:
                raise StoreStoppedError("this server is stopping")
            self._queue.put(job)
        return job.answer

    def close(self) -> None:
        """Take nothing more, and return when all that waited is answered."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            group, going = self._next()
            if self.trouble is not None:
                _fail(group, StoreStoppedError(str(self.trouble)))
            elif group:
                try:
                    self._take(group)
                except Exception as error:  # noqa: BLE001 - whoever waits must be told, whatever it was
                    self._stop(error, group)

    def _next(self) -> tuple[list[_Job], bool]:
        """Wait for a call and take those that wait behind it; False when it was the last group."""
        group: list[_Job] = []
        events = 0
        job = self._queue.get()
        while job is not None:
            if job.answer.set_running_or_notify_cancel():
                group.append(job)
                events += len(job.what.parcel.events) if isinstance(job.what, HandedIn) else 1
            if len(group) >= MOST_GROUPED or events >= MOST_GROUPED_EVENTS:
                return group, True
            try:
                job = self._queue.get_nowait()
            except Empty:
                return group, True
        return group, False

    def _take(self, group: list[_Job]) -> None:
        """Check each call by itself, keep what is good in one append, and answer."""
        looked: list[tuple[_Job, Looked]] = []
        recorded: list[tuple[_Job, bytes]] = []
        with self._keeper.lock:
            for job in group:
                try:
                    if isinstance(job.what, HandedIn):
                        found = self._keeper.look(job.what, unsigned=job.unsigned)
                        if not job.unsigned:
                            self._check(found)
                        looked.append((job, found))
                    else:
                        recorded.append((job, job.what()))
                except Exception as error:  # noqa: BLE001 - whatever it is, it is this caller's alone
                    self.counts.refused += 1
                    job.answer.set_exception(error)
        if looked or recorded:
            self._keep(looked, recorded)

    def _keep(self, looked: list[tuple[_Job, Looked]], recorded: list[tuple[_Job, bytes]]) -> None:
        began, before = time.perf_counter(), len(self._keeper.tree)
        try:
            receipt = self._keeper.keep([one for _, one in looked], [data for _, data in recorded])
        except Exception as error:  # noqa: BLE001 - from here on nobody knows what is on the disk
            self._stop(error, [job for job, _ in (*looked, *recorded)])
            return
        size = len(self._keeper.tree)
        counts = self.counts
        counts.groups += 1
        counts.events += size - before
        counts.parcels += len(looked)
        counts.recorded += len(recorded)
        counts.keeping_s += time.perf_counter() - began
        self._told(size, receipt.touched)
        kept = Kept(name="", size=size, checkpoint=receipt.checkpoint)
        for job, _ in looked:
            job.answer.set_result(kept)
        for job, data in recorded:
            name = reference(digest(data))
            job.answer.set_result(Kept(name=name, size=size, checkpoint=receipt.checkpoint))
        self._rest()

    def _stop(self, error: Exception, jobs: Iterable[_Job]) -> None:
        """Take nothing more: tell everyone who waits, and everyone who comes."""
        stopped = (
            error if isinstance(error, SafepassageError) else StoreStoppedError(f"{type(error).__name__}: {error}")
        )
        with self._gate:
            self.trouble = stopped
        _fail(jobs, StoreStoppedError(str(stopped)))


def _fail(jobs: Iterable[_Job], error: Any) -> None:
    for job in jobs:
        if not job.answer.done():
            job.answer.set_exception(error)
