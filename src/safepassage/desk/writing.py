"""One thread writes: what waits is taken in as a group, and acknowledged when it is on the disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, TypeVar

from msgspec import Struct

from safepassage.desk.calls import Answering, Call, Calls, Gathered, Gathering, Kept, Recorded, Recording, apart
from safepassage.ledger.envelope import digest, reference
from safepassage.ledger.keeper import HandedIn, Keeper, Looked, NotTakenError, read_parcel
from safepassage.ledger.merging import Key
from safepassage.ledger.notary import Notary
from safepassage.ledger.stores import StoreStoppedError
from safepassage.ledger.vocabulary import Batch
from safepassage.model.errors import SafepassageError

MOST_WAITING: Final = 4096
"""Of calls: what comes after that is told to come again."""


class BusyError(SafepassageError):
    """More waits to be written than the disk takes in a few seconds."""

    code = "server-busy"
    exit_status = 4
    http_status = 503


Answers = TypeVar("Answers", bound=Answering)

Check = Callable[[Looked], None]
"""Raises when the house refuses a parcel that is in good form."""

Listener = Callable[[int, frozenset[Key]], None]
"""Told the log's size and what was touched; called in the writer's thread, must not wait."""


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
        self._calls = Calls()
        self._notary = Notary()
        self._threads = [threading.Thread(target=self._prove, name="ledger-notary", daemon=True)]
        self._threads += [threading.Thread(target=self._run, name="ledger-writer", daemon=True)]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """How many calls wait, about."""
        return len(self._calls)

    def hand_in(self, one: HandedIn, *, unsigned: bool = False) -> Future[Kept]:
        """Take in a parcel; the answer is there when it is on the disk.

        Raises
        ------
        BusyError
            When too much waits already.
        StoreStoppedError
            When nothing more is taken.
        """
        return self._put(one, Future(), unsigned=unsigned)

    def take_in(self, one: HandedIn, answer: Answering) -> None:
        """Take in a parcel as `hand_in`, with the answer going elsewhere than to a future that a thread may wait for.

        Raises
        ------
        BusyError
            When too much waits already.
        StoreStoppedError
            When nothing more is taken.
        """
        self._put(one, answer)

    def record(self, recording: Recording) -> Future[Kept]:
        """Keep an own event; as `hand_in`.

        Raises
        ------
        BusyError
            When too much waits already.
        StoreStoppedError
            When nothing more is taken.
        """
        return self._put(Recorded(recording), Future())

    def gather(self, gathering: Gathering) -> Future[Kept]:
        """Keep several things together, all of them or none; as `hand_in`. The answer names the last own event.

        Raises
        ------
        BusyError
            When too much waits already.
        StoreStoppedError
            When nothing more is taken.
        """
        return self._put(Gathered(gathering), Future())

    def _put(self, what: HandedIn | Recorded | Gathered, answer: Answers, *, unsigned: bool = False) -> Answers:
        if self.waiting >= MOST_WAITING:
            raise BusyError(f"{MOST_WAITING} calls wait for the disk")
        if self.trouble is not None:
            raise StoreStoppedError(str(self.trouble))
        if not self._calls.put(Call(what, unsigned, answer)):
            raise StoreStoppedError("this server is stopping")
        return answer

    def close(self) -> None:
        """Take nothing more, and return when all that waited is answered."""
        self._calls.close()
        for thread in self._threads:
            thread.join()
        self._notary.close()

    def _prove(self) -> None:
        """Where much comes at once, read it and have its signatures checked before its turn comes, beside the writer.

        The writer asks for itself which keys count then.
        """
        while calls := self._calls.take_to_prove():
            try:
                for call in calls:
                    _read_ahead(call)
                self._ask_notary(calls)
            finally:
                self._calls.bring_back(calls)

    def _ask_notary(self, calls: Sequence[Call]) -> None:
        """Note of each parcel whether it is signed, as far as the notary says so."""
        asked: list[tuple[Call, str, Batch]] = []
        with self._keeper.lock:
            for call in calls:
                assert isinstance(call.what, HandedIn)  # noqa: S101  others are not to be proved
                batch = call.what.parcel.batch
                asked += [(call, key, batch) for key in self._keeper.keys_of(batch.device)]
        said = self._notary.check([(key, batch) for _, key, batch in asked])
        # a notary that does not answer says nothing of any of them
        for (call, key, _), is_signed in zip(asked, said, strict=False):
            call.signed[key] = is_signed

    def _run(self) -> None:
        while calls := self._calls.take():
            for group in apart([one for one in calls if one.answer.set_running_or_notify_cancel()]):
                if self.trouble is not None:
                    _fail(group, StoreStoppedError(str(self.trouble)))
                    continue
                try:
                    self._take(group)
                except Exception as error:  # noqa: BLE001 - whoever waits must be told, whatever it was
                    self._stop(error, group)

    def _take(self, group: list[Call]) -> None:
        """Check each call by itself, keep what is good in one append, and answer."""
        looked: list[tuple[Call, Looked]] = []
        recorded: list[tuple[Call, bytes]] = []
        with self._keeper.lock:
            for call in group:
                try:
                    if isinstance(call.what, HandedIn):
                        found = self._keeper.look(
                            call.what, unsigned=call.unsigned, signed=call.signed, events=call.events
                        )
                        if not call.unsigned:
                            self._check(found)
                        looked.append((call, found))
                    elif isinstance(call.what, Gathered):
                        together = call.what.make()
                        looked += ((call, one) for one in together.looked)
                        recorded += ((call, data) for data in together.recorded)
                    else:
                        recorded.append((call, call.what.make()))
                except Exception as error:  # noqa: BLE001 - whatever it is, it is this caller's alone
                    self.counts.refused += 1
                    call.answer.set_exception(error)
        if looked or recorded:
            self._keep(looked, recorded)

    def _keep(self, looked: list[tuple[Call, Looked]], recorded: list[tuple[Call, bytes]]) -> None:
        began, before = time.perf_counter(), len(self._keeper.tree)
        try:
            receipt = self._keeper.keep([one for _, one in looked], [data for _, data in recorded])
        except Exception as error:  # noqa: BLE001 - from here on nobody knows what is on the disk
            self._stop(error, [call for call, _ in (*looked, *recorded)])
            return
        size = len(self._keeper.tree)
        counts = self.counts
        counts.groups += 1
        counts.events += size - before
        counts.parcels += len(looked)
        counts.recorded += len(recorded)
        counts.keeping_s += time.perf_counter() - began
        self._told(size, receipt.touched)
        nameless = Kept(name="", size=size, checkpoint=receipt.checkpoint)
        kept = dict.fromkeys((call for call, _ in looked), nameless)
        for call, data in recorded:
            kept[call] = Kept(name=reference(digest(data)), size=size, checkpoint=receipt.checkpoint)
        for call, found in kept.items():
            call.answer.set_result(found)
        self._rest()

    def _stop(self, error: Exception, jobs: Iterable[Call]) -> None:
        """Take nothing more: tell everyone who waits, and everyone who comes."""
        stopped = (
            error if isinstance(error, SafepassageError) else StoreStoppedError(f"{type(error).__name__}: {error}")
        )
        self.trouble = stopped
        _fail(jobs, StoreStoppedError(str(stopped)))


def _read_ahead(call: Call) -> None:
    """Read a parcel for the writer; one that is refused is the writer's to refuse."""
    assert isinstance(call.what, HandedIn)  # noqa: S101  others are not to be proved
    with suppress(NotTakenError):
        call.events = read_parcel(call.what.parcel)


def _fail(jobs: Iterable[Call], error: Any) -> None:
    for call in jobs:
        if not call.answer.done():
            call.answer.set_exception(error)
