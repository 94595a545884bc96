"""A board kept on the disk, so that a server with a million events stands again in seconds.

A snapshot only saves time: everything in it follows from the events, and one that does not fit is put aside and the
board made from the events. It fits when it was made by the same code, from the first events of the very log (its root
at that size), for the same roll, and bears the log's signature. What came after it is merged on top.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from msgspec import Struct

from safepassage.ledger.board import Board
from safepassage.ledger.merging import Kept
from safepassage.ledger.merkle import Root
from safepassage.ledger.people import PersonState
from safepassage.ledger.roll import Roll
from safepassage.ledger.signing import LogKey

_SIGNATURE = 64


class Snapshot(Struct, frozen=True, array_like=True):
    """A board after the first `size` events of a log."""

    code: str
    size: int
    root: bytes
    roll: str
    kept: Kept
    persons: list[PersonState]


def write(board: Board, size: int, root: Root, key: LogKey, path: Path) -> None:
    """Write a snapshot; it replaces the one before only when it is whole.

    Parameters
    ----------
    board, size, root
        The board, and the log it was made of.
    key
        Of the log: signs the snapshot.
    path
        Where it goes.

    Raises
    ------
    OSError
        When it cannot be written; nothing is lost then but time.
    """
    persons = [board.person(person) for person in board.merging.subjects("person")]
    snapshot = Snapshot(code_digest(), size, root, _roll_digest(board.roll), board.merging.keep(), persons)
    data = msgspec.msgpack.encode(snapshot)
    part = path.with_name(path.name + ".part")
    part.write_bytes(key.sign(hashlib.sha256(data).digest()) + data)
    part.replace(path)


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
        board.merging.restore(snapshot.kept)
        board.remember(snapshot.persons)
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
