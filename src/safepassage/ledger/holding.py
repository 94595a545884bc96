"""Checkpoints against a log: those it kept, and those that somebody else holds.

A checkpoint that others hold is what a server cannot take back. One that its key signed and that is no beginning of
today's log proves that the log was written anew, cut off, or shown differently to different people.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import quote

from safepassage.ledger.checkpoints import Checkpoint, CheckpointError, key_id, origin_of, read, verify
from safepassage.ledger.envelope import Event, NotAnEventError, decode
from safepassage.ledger.findings import Finding
from safepassage.ledger.merkle import MerkleTree
from safepassage.ledger.signing import NotAKeyError, read_log_key
from safepassage.ledger.upcasting import NotUnderstoodError, read_payload
from safepassage.ledger.vocabulary import Opened

KEPT: Final = "checkpoints"
KNOWN: Final = "known checkpoints"


class Identity(NamedTuple):
    """Which log this is: the device of its server, its origin, and its key; empty where nothing says so."""

    device: str
    origin: str
    public_key: str


class Held(NamedTuple):
    """A checkpoint of this log with a good signature: from which list it is, which of it, and its text."""

    column: str
    number: int
    note: bytes
    checkpoint: Checkpoint


def identity(first: bytes | None, opened: Sequence[Event]) -> Identity:
    """Read which log this is.

    Parameters
    ----------
    first
        Its first event: of the server's own device.
    opened
        All `opened` events in it. Only one server of an operation opens it; that of another server's log is among
        these too, and does not tell this log's key.
    """
    try:
        device = decode(first or b"").device
    except NotAnEventError:
        return Identity("", "", "")
    found = Identity(device, "", "")
    for event in opened:
        try:
            payload = read_payload(event)
        except NotUnderstoodError:
            continue
        if isinstance(payload, Opened) and (event.device == device or not found.origin):
            key = payload.public_key if event.device == device else ""
            found = Identity(device, origin_of(payload.operation, device), key)
            if key:
                break
    return found


def check_identity(told: Identity, trusted_key: str) -> list[Finding]:
    """Tell whether the log says who it is, and names the key that is expected."""
    if not told.origin:
        what = "no event says of which operation this ledger is"
        return [Finding(code="ledger-not-opened", position=0, what=what)]
    if not trusted_key and not told.public_key:
        what = "the log of a second server does not name its key; give it, and checkpoints are compared"
        return [Finding(code="ledger-key-unknown", position=0, what=what)]
    if trusted_key and told.public_key and told.public_key != trusted_key:
        return [_other_key("the log names another key than the one that is trusted: it was written anew")]
    try:
        read_log_key(told.public_key or trusted_key)
    except NotAKeyError as error:
        return [_other_key(f"the log names no key: {error}")]
    return []


def check_checkpoints(
    tree: MerkleTree, told: Identity, kept: Sequence[bytes], known: Sequence[bytes], devices: Sequence[str]
) -> list[Finding]:
    """Compare the checkpoints that the log kept, and those known from elsewhere, with the log.

    Parameters
    ----------
    tree
        Over all events of the log, in its order.
    told
        Which log this is, and under which key; without one nothing can be said of checkpoints.
    kept
        Notes beside the log.
    known
        Notes that others hold.
    devices
        That wrote in the log. A server also keeps checkpoints of the others' logs, up to which it took from them; with
        these nothing is compared.
    """
    findings: list[Finding] = []
    held: list[Held] = []
    operation = told.origin.rpartition("/")[0]
    others = {f"{operation}/{quote(device, safe='')}" for device in devices} - {told.origin}
    for column, notes in ((KEPT, kept), (KNOWN, known)):
        for number, note in enumerate(notes):
            try:
                found = read(note)
                if column == KEPT and found.checkpoint.origin in others:
                    continue
                if found.checkpoint.origin != told.origin:
                    findings.append(_of_another(column, number, found.checkpoint.origin))
                elif told.public_key:
                    held.append(Held(column, number, note, verify(note, told.public_key)))
            except NotAKeyError:
                return findings
            except CheckpointError as error:
                findings.append(_not_good(column, number, note, told, error))
    good = [one for one in held if _fits(tree, one.checkpoint)]
    findings += [_differs(one, tree, good) for one in held if one not in good]
    findings += _split(held)
    findings += _missing(good, kept)
    return findings


def _fits(tree: MerkleTree, checkpoint: Checkpoint) -> bool:
    return checkpoint.size <= len(tree) and tree.root(checkpoint.size) == checkpoint.root


def _differs(one: Held, tree: MerkleTree, good: Sequence[Held]) -> Finding:
    """Say between which positions the log differs from a checkpoint: after the last that still fits.

    What others hold is compared with what others hold: who has the log's key can make those beside the log fit.
    """
    size, source = one.checkpoint.size, f"checkpoint {one.number} of the {one.column}"
    fitting = [other.checkpoint for other in good if other.column in {one.column, KNOWN}]
    start = max((other.size for other in fitting if other.size < size), default=0)
    if size > len(tree):
        what = f"{source} is of {size} events, the log has {len(tree)}: its end was cut off, or some were taken out"
        return Finding(code="ledger-cut-off", position=start, position_until=size - 1, column=one.column, what=what)
    what = f"{source} has another root at {size} events: something among these was changed, taken out or moved"
    return Finding(
        code="ledger-root-differs", position=start, position_until=max(start, size - 1), column=one.column, what=what
    )


def _split(held: Sequence[Held]) -> list[Finding]:
    """Find checkpoints that the log's key signed for one size with two roots."""
    roots: dict[int, Held] = {}
    found = []
    for one in held:
        first = roots.setdefault(one.checkpoint.size, one)
        if first.checkpoint.root != one.checkpoint.root:
            what = (
                f"the log's key signed two histories of {one.checkpoint.size} events: checkpoint {first.number} of the "
                f"{first.column} and {one.number} of the {one.column}"
            )
            found.append(
                Finding(code="ledger-split", position=max(0, one.checkpoint.size - 1), column=one.column, what=what)
            )
    return found


def _missing(good: Sequence[Held], kept: Sequence[bytes]) -> list[Finding]:
    there = set(kept)
    sizes = {one.checkpoint.size for one in good if one.note in there}
    if not sizes:
        return []  # a log need not keep its own: whoever holds one keeps it
    return [
        Finding(
            code="ledger-checkpoint-missing",
            position=max(0, one.checkpoint.size - 1),
            column=KEPT,
            what=f"the checkpoint at {one.checkpoint.size} events, which others hold, was not kept",
        )
        for one in good
        if one.checkpoint.size not in sizes
    ]


def _of_another(column: str, number: int, origin: str) -> Finding:
    what = f"checkpoint {number} of the {column} is of another log, {origin}: nothing here can be compared with it"
    return Finding(code="ledger-checkpoint-foreign", column=column, what=what)


def _not_good(column: str, number: int, note: bytes, told: Identity, error: CheckpointError) -> Finding:
    source = f"checkpoint {number} of the {column}"
    if column == KNOWN and _is_by_another_key(note, told):
        return _other_key(f"{source} was signed by another key than the log names: one of the two is not genuine")
    return Finding(code="ledger-checkpoint-wrong", column=column, what=f"{source}: {error}")


def _is_by_another_key(note: bytes, told: Identity) -> bool:
    try:
        signatures = read(note).signatures
    except CheckpointError:
        return False
    ours = key_id(told.origin, told.public_key)
    return any(one.name == told.origin and one.key_id != ours for one in signatures)


def _other_key(what: str) -> Finding:
    return Finding(code="ledger-key-differs", position=0, column="public_key", what=what)
