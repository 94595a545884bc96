"""Calls that wait for the writer, and how many of them are with the notary meanwhile."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final, Protocol

from msgspec import Struct

from safepassage.ledger.envelope import Entry
from safepassage.ledger.keeper import HandedIn, Looked

FEWEST: Final = 8
"""Parcels that wait: of fewer, the writer checks the signatures sooner than anybody beside it."""

MOST_GROUPED: Final = 240
"""Of calls in a group: ten notes of who handed in."""

MOST_GROUPED_EVENTS: Final = 5000


class Kept(Struct, frozen=True, kw_only=True):
    """What was kept: the name of an own event (empty for a parcel), the log's size and its signed checkpoint."""

    name: str
    size: int
    checkpoint: bytes


class Answering(Protocol):
    """Where the answer to a call goes: what the writer asks of a future. Called in the writer's thread."""

    def set_running_or_notify_cancel(self) -> bool:
        """Tell whether anybody still wants it done."""

    def done(self) -> bool:
        """Tell whether it is answered."""

    def set_result(self, result: Kept, /) -> None:
        """Answer."""

    def set_exception(self, exception: BaseException | None, /) -> None:
        """Answer with an error."""


Recording = Callable[[], bytes]
"""Makes one own event; called in the writer's thread, with the board at rest."""


class Together(Struct, frozen=True, kw_only=True):
    """Parcels that were looked at and own events, to be kept in one append or not at all."""

    looked: tuple[Looked, ...] = ()
    recorded: tuple[bytes, ...] = ()


Gathering = Callable[[], Together]
"""Makes what is kept together; called as a `Recording` is. Its own events come last: then nothing fails."""


class Recorded(Struct):
    """Marks a call that records an own event."""

    make: Recording


class Gathered(Struct):
    """Marks a call that gathers several things."""

    make: Gathering


class Call(Struct, eq=False):
    """Somebody's call: a parcel, an own event or several things together, and where its answer goes.

    `signed` tells of public keys whether the parcel is signed with them, as far as somebody has checked; `events` are
    those of the parcel, where somebody has read them.
    """

    what: HandedIn | Recorded | Gathered
    unsigned: bool
    answer: Answering
    signed: dict[str, bool] = {}
    events: Sequence[Entry] = ()

    @property
    def brings(self) -> int:
        """How many events it brings."""
        return len(self.what.parcel.events) if isinstance(self.what, HandedIn) else 1


class Calls:
    """Calls that wait. The writer takes all there are; while it is at the disk, the notary takes what has gathered."""

    def __init__(self) -> None:
        lock = threading.Lock()
        self._for_writer, self._for_notary = threading.Condition(lock), threading.Condition(lock)
        self._fresh: deque[Call] = deque()
        self._proved: deque[Call] = deque()
        self._away = self._to_prove = 0
        self._closed = False

    def __len__(self) -> int:
        return len(self._fresh) + len(self._proved) + self._away

    def put(self, call: Call) -> bool:
        """Let a call wait; False when nobody will come for it any more."""
        with self._for_writer:
            if self._closed:
                return False
            self._fresh.append(call)
            self._for_writer.notify()
            self._to_prove += _is_to_prove(call)
            if self._to_prove >= FEWEST:
                self._for_notary.notify()
        return True

    def close(self) -> None:
        """Take no further calls; those that wait are still taken by the writer."""
        with self._for_writer:
            self._closed = True
            self._for_writer.notify_all()
            self._for_notary.notify_all()

    def take(self) -> list[Call]:
        """Wait for a call and take those that wait beside it; none at all when there will be no more.

        What is with the notary is waited for; what has gathered meanwhile goes there next.
        """
        group: list[Call] = []
        events = 0
        with self._for_writer:
            self._for_writer.wait_for(lambda: self._proved or (not self._away and (self._fresh or self._closed)))
            takes_fresh = not self._proved or self._to_prove < FEWEST
            while len(group) < MOST_GROUPED and events < MOST_GROUPED_EVENTS:
                if self._proved:
                    call = self._proved.popleft()
                elif self._fresh and takes_fresh:
                    call = self._fresh.popleft()
                    self._to_prove -= _is_to_prove(call)
                else:
                    break
                group.append(call)
                events += call.brings
        return group

    def take_to_prove(self) -> list[Call]:
        """Wait until signatures have gathered, and take the calls that bear them; none when there will be no more."""
        with self._for_notary:
            self._for_notary.wait_for(lambda: self._to_prove >= FEWEST or self._closed)
            if self._closed:
                return []
            found = [call for call in self._fresh if _is_to_prove(call)]
            self._fresh = deque(call for call in self._fresh if not _is_to_prove(call))
            self._away, self._to_prove = len(found), 0
        return found

    def bring_back(self, calls: Sequence[Call]) -> None:
        """Let calls wait for the writer again."""
        with self._for_writer:
            self._proved.extend(calls)
            self._away = 0
            self._for_writer.notify()


def apart(calls: Sequence[Call]) -> Iterator[list[Call]]:
    """Yield calls in groups, in order: what gathers looks at the record, so what was before it is kept by then.

    Parameters
    ----------
    calls
        Those of one taking.
    """
    for gathers, some in groupby(calls, lambda call: isinstance(call.what, Gathered)):
        group = list(some)
        yield from ([call] for call in group) if gathers else (group,)


def _is_to_prove(call: Call) -> bool:
    return isinstance(call.what, HandedIn) and not call.unsigned
