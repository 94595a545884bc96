"""A board kept on the disk, so that a server with a million events stands again in seconds.

A snapshot only saves time: everything in it follows from the events, and one that does not fit is put aside and the
board made from the events. It fits when it was made by the same code, from the first events of the very log (its root
at that size), for the same roll, and bears the log's signature. What came after it is merged on top.

It is taken at one position of the log, with nobody changing the board, and written down afterwards, slice by slice, so
that those who hand in wait for neither.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from threading import RLock
from typing import Any, Final, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from msgspec import Raw, Struct
from msgspec.structs import replace

from safepassage.ledger.board import Board
from safepassage.ledger.facts import Fact
from safepassage.ledger.merging import Kept
from safepassage.ledger.merkle import MerkleTree, Root
from safepassage.ledger.people import PersonState
from safepassage.ledger.roll import Roll
from safepassage.ledger.signing import LogKey

SLICE: Final = 250
"""Events or people written down between two rests: a third of a millisecond."""

WORKED_OUT: Final = 20
"""People worked out between two rests: a millisecond or two."""

_SIGNATURE: Final = 64
_encode: Final = msgspec.msgpack.Encoder().encode
One = TypeVar("One")


class Snapshot(Struct, frozen=True, array_like=True):
    """A board after the first `size` events of a log: its facts and people in slices, `kept` without facts.

    Of people only those whose state was known; others are worked out when somebody asks.
    """

    code: str
    size: int
    root: bytes
    roll: str
    kept: Kept
    facts: list[list[Fact]]
    persons: list[list[PersonState]]


class Taken(Struct, frozen=True):
    """A board as it was at one position of a log; what goes on there changes nothing here."""

    size: int
    root: Root
    roll: Roll
    kept: Kept
    persons: list[PersonState]


def take(board: Board, tree: MerkleTree, lock: RLock, rest: Callable[[], object]) -> Taken:
    """Take down a board as it is at one position of its log.

    People are worked out before, some at a time. Of those who are touched meanwhile no state is taken.

    Parameters
    ----------
    board, tree
        The board, and the log it is made of.
    lock
        Held while either changes.
    rest
        Called now and then without the lock: lets others work.
    """
    with lock:
        persons = board.merging.subjects("person")
    for some in _slices(persons, WORKED_OUT, rest):
        with lock:
            for person in some:
                board.person(person)
    with lock:
        kept = board.merging.keep()
        kept = replace(kept, boots={device: dict(boots) for device, boots in kept.boots.items()})
        return Taken(len(tree), tree.root(), board.roll, kept, board.known(persons))


def write(taken: Taken, key: LogKey, path: Path, rest: Callable[[], object]) -> None:
    """Write a snapshot; it replaces the one before only when it is whole.

    Parameters
    ----------
    taken
        What `take` gave.
    key
        Of the log: signs the snapshot.
    path
        Where it goes.
    rest
        Called between slices: lets others work.

    Raises
    ------
    OSError
        When it cannot be written; nothing is lost then but time.
    """
    facts, persons = _written(taken.kept.facts, rest), _written(taken.persons, rest)
    kept = replace(taken.kept, facts=[])
    data = _encode(Snapshot(code_digest(), taken.size, taken.root, _roll_digest(taken.roll), kept, facts, persons))
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(key.sign(hashlib.sha256(data).digest()))
            file.write(data)
        part.replace(path)
    except OSError:
        # what is there of it would only fill the disk
        part.unlink(missing_ok=True)
        raise


def _slices(things: Sequence[One], size: int, rest: Callable[[], object]) -> Iterator[Sequence[One]]:
    """Yield things in slices of a size, with a rest after each."""
    for start in range(0, len(things), size):
        yield things[start : start + size]
        rest()


def _written(things: Sequence[Any], rest: Callable[[], object]) -> Any:
    """Write things down in slices, each as it will stand in the whole."""
    return [Raw(_encode(some)) for some in _slices(things, SLICE, rest)]


def read(path: Path, key: LogKey, roll: Roll) -> Snapshot | None:
    """Read a snapshot; None when there is none, or it is not of this log's key, this code and this roll.

    Parameters
    ----------
    path
        Where it lies.
    key
        Of the log.
    roll
        What the board is to expect.
    """
    try:
        content = path.read_bytes()
    except OSError:
        return None
    signature, data = content[:_SIGNATURE], memoryview(content)[_SIGNATURE:]
    try:
        key.public_key().verify(signature, hashlib.sha256(data).digest())
        with _uncollected():
            snapshot = msgspec.msgpack.decode(data, type=Snapshot)
    except (InvalidSignature, msgspec.MsgspecError):
        return None
    fits = snapshot.code == code_digest() and snapshot.roll == _roll_digest(roll)
    return snapshot if fits else None


def board_of_snapshot(snapshot: Snapshot, roll: Roll) -> Board:
    """Return the board that a snapshot was made of."""
    with _uncollected():
        board = Board(roll)
        board.merging.restore(replace(snapshot.kept, facts=list(chain.from_iterable(snapshot.facts))))
        board.remember(chain.from_iterable(snapshot.persons))
    return board


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let no collection of garbage run over millions of new objects again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@cache
def code_digest() -> str:
    """Return a digest of the code that boards follow from: a snapshot of other code may mean something else."""
    found = hashlib.sha256()
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        found.update(source.name.encode() + b"\0" + source.read_bytes())
    return found.hexdigest()


def _roll_digest(roll: Roll) -> str:
    found = hashlib.sha256()
    for part in (sorted(roll.households.items()), sorted(roll.final_sites), sorted(roll.least_s.items())):
        found.update(msgspec.msgpack.encode(part))
    for one in roll.manifests:
        found.update(msgspec.msgpack.encode((one.trip, one.vehicle, sorted(one.persons), one.ends_at)))
    return found.hexdigest()
