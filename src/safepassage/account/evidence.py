"""The events behind a finding, one line each, as anybody may look them up in the ledger."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from safepassage.ledger.board import Board
from safepassage.ledger.checkpoints import read
from safepassage.ledger.clocks import Interval
from safepassage.ledger.envelope import Digest
from safepassage.ledger.vocabulary import TYPES


class Shown(Struct, frozen=True, kw_only=True):
    """One event: its name (64 hexadecimal digits), what it is about, where, when, and the device that recorded it.

    `subject` is empty where that is a person: a statement goes to parties, and beside *returned from hospital* even a
    code, which manifests hold too, would mark the wounded. Whoever may read the ledger finds them by the event's name.
    """

    event: str
    type: str
    subject: str
    site: str
    device: str
    time: Interval

    @property
    def short(self) -> str:
        """The first digits of its name: enough to find it."""
        return self.event[:12]


class Seal(Struct, frozen=True, kw_only=True):
    """The signed state of the log that an account was made from: whoever holds it sees if the log is rewritten.

    `note` is the whole checkpoint as it is printed and put into a QR code. `root` and `key` are in hexadecimal digits,
    `key` the first bytes of the key's hash, as the note names it.
    """

    origin: str
    size: int
    root: str
    key: str
    note: str


def shown(board: Board, names: Iterable[str]) -> tuple[Shown, ...]:
    """Return what there is to say of events that are here, the likely first one first.

    Parameters
    ----------
    board
        The ledger.
    names
        Of the events, in hexadecimal digits.
    """
    merging = board.merging
    found = []
    for name in dict.fromkeys(names):
        fact = merging.standing.find(Digest(bytes.fromhex(name)))
        if fact is not None:
            known = TYPES.get(fact.type)
            subject = "" if known is None or known.subject == "person" else fact.subject
            found.append(Shown(event=name, type=fact.type, subject=subject, site=fact.site, device=fact.device,
                               time=merging.interval(fact)))  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.time.likely_ms, one.event)))


def seal_of(note: bytes) -> Seal:
    """Return a checkpoint as it is printed.

    Parameters
    ----------
    note
        The signed checkpoint.

    Raises
    ------
    CheckpointError
        When the note is none.
    """
    found = read(note)
    checkpoint = found.checkpoint
    key = found.signatures[0].key_id.hex() if found.signatures else ""
    return Seal(origin=checkpoint.origin, size=checkpoint.size, root=checkpoint.root.hex(), key=key,
                note=note.decode())  # fmt: skip
