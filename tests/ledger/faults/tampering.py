"""Changes to what a ledger has stored, by somebody who holds its database and, where it helps them, the log's key.

Each kind is done at random places of a ledger that was whole. Whoever checks has the changed rows, and a checkpoint
that was handed out before. A change is found when `verify` tells a fault or anything that it did not tell before, and
located when it names the position, the device's event (or the one after it), or the stretch between two checkpoints.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from ledger.histories import SERVER, History, device_key, log_key, without_defaults, written
from safepassage.ledger.checkpoints import Checkpoint, make, read
from safepassage.ledger.envelope import Event, decode, digest, encode
from safepassage.ledger.findings import Finding
from safepassage.ledger.merkle import MerkleTree
from safepassage.ledger.signing import sign_batch
from safepassage.ledger.stores.rows import Laid, Row, Rows
from safepassage.ledger.upcasting import read_payload
from safepassage.ledger.verifying import verify
from safepassage.ledger.vocabulary import Batch, Received


class MemoryRows:
    """Rows in memory with an index over the column of digests, as a database keeps it."""

    def __init__(self, rows: Sequence[Row], checkpoints: Sequence[bytes]) -> None:
        self._rows, self._checkpoints = list(rows), list(checkpoints)

    def laid(self, start: int, stop: int) -> Laid | None:
        rows = self.rows(start, stop)
        columns = [column or b"" for _, column, _ in rows]
        if [position for position, _, _ in rows] != list(range(start, stop)) or {32} != set(map(len, columns)):
            return None
        events = b"".join(data + b"\x00" for _, _, data in rows)
        return Laid(b"\x00" + events, b"".join(columns))

    def rows(self, start: int, stop: int) -> list[Row]:
        return [row for row in self._rows if start <= row[0] < stop]

    def end(self) -> int:
        return max((row[0] + 1 for row in self._rows), default=0)

    def checkpoints(self) -> list[bytes]:
        return self._checkpoints

    def by_digest(self) -> list[int]:
        return [position for position, _, _ in sorted(self._rows, key=lambda row: (row[1] or b"", row[0]))]


@dataclass
class Case:
    """A ledger under attack: its rows and checkpoints, what others hold, and where it was changed."""

    history: History
    random: random.Random
    rows: list[Row]
    checkpoints: list[bytes]
    known: list[bytes]
    positions: set[int] = field(default_factory=set)
    numbers: set[tuple[str, int]] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)

    @property
    def events(self) -> list[bytes]:
        return [data for _, _, data in self.rows]

    def any_position(self) -> int:
        return self.random.randrange(1, len(self.rows))

    def of_device(self, *types: str) -> int:
        """Choose the position of an event of a device that is no server, or of one of some types."""
        fits = [
            position
            for position, event in ((position, decode(data)) for position, _, data in self.rows)
            if (event.type in types if types else event.device != SERVER)
        ]
        return self.random.choice(fits)

    def put(self, events: Sequence[bytes], *, sign_again: bool) -> None:
        """Store other events, numbered without a gap and with their digests; sign the checkpoints anew if asked to."""
        self.rows = [(position, digest(data), data) for position, data in enumerate(events)]
        if sign_again:
            tree = MerkleTree(map(digest, events))
            sizes = [read(note).checkpoint.size for note in self.checkpoints]
            self.checkpoints = [
                make(log_key(self.history.key_seed), Checkpoint(self.history.origin, size, tree.root(size)))
                for size in sizes
                if size <= len(tree)
            ]

    def changed_at(self, position: int) -> Event:
        """Note that an event is going to be changed, and return it."""
        event = decode(self.rows[position][2])
        self.positions.add(position)
        self.numbers.add((event.device, event.sequence))
        return event


def relinked(events: Sequence[bytes], device: str) -> list[bytes]:
    """Name anew, in each of a device's events, the one before."""
    found, previous = [], ""
    for data in events:
        event = decode(data)
        if event.device == device:
            data = encode(replace(event, previous=previous))  # noqa: PLW2901
            previous = digest(data).hex()
        found.append(data)
    return found


def edited(event: Event, chosen: random.Random) -> bytes:
    """Change what an event says: another person, another time, another vehicle."""
    change = chosen.choice(("subject", "wall_ms", "vehicle", "actor"))
    if change == "wall_ms":
        return encode(replace(event, wall_ms=event.wall_ms + chosen.randrange(1, 10_000)))
    value = f"X{chosen.randrange(1000):03d}"
    if change == "subject":
        return encode(replace(event, subject=value))
    return encode(replace(event, vehicle=value) if change == "vehicle" else replace(event, actor=value))


def flip_a_bit(case: Case) -> None:
    at = case.any_position()
    event = case.changed_at(at)
    data = bytearray(encode(event))
    data[case.random.randrange(len(data))] ^= 1 << case.random.randrange(8)
    case.rows[at] = (at, case.rows[at][1], bytes(data))


def edit_and_mend_the_digest(case: Case) -> None:
    at = case.any_position()
    data = edited(case.changed_at(at), case.random)
    case.rows[at] = (at, digest(data), data)


def edit_and_sign_checkpoints_again(case: Case) -> None:
    at = case.any_position()
    events = case.events
    events[at] = edited(case.changed_at(at), case.random)
    case.put(events, sign_again=True)


def edit_and_mend_the_chain(case: Case) -> None:
    """All later events of the device follow the edited one; its signatures cannot be made again."""
    at = case.of_device()
    events, event = case.events, case.changed_at(at)
    events[at] = edited(event, case.random)
    case.put(relinked(events, event.device), sign_again=True)


def edit_a_server_event_and_mend_all(case: Case) -> None:
    """Nothing but a checkpoint in somebody else's hand tells of this: the server signs for itself."""
    at = case.of_device("received", "device-enrolled")
    events, event = case.events, case.changed_at(at)
    events[at] = encode(replace(event, actor="X"))
    case.put(relinked(events, SERVER), sign_again=True)


def delete_and_renumber(case: Case) -> None:
    at = case.any_position()
    case.changed_at(at)
    events = case.events
    del events[at]
    case.put(events, sign_again=case.random.random() < 0.5)


def delete_a_row(case: Case) -> None:
    at = case.random.randrange(1, len(case.rows) - 1)
    case.changed_at(at)
    del case.rows[at]


def swap_two(case: Case) -> None:
    first, second = case.random.sample(range(1, len(case.rows)), 2)
    case.changed_at(first)
    case.changed_at(second)
    events = case.events
    events[first], events[second] = events[second], events[first]
    case.put(events, sign_again=case.random.random() < 0.5)


def repeat_one(case: Case) -> None:
    at, target = case.any_position(), case.random.randrange(1, len(case.rows) + 1)
    events = case.events
    events.insert(target, events[at])
    case.positions |= {at, at + 1, target}
    case.put(events, sign_again=case.random.random() < 0.5)


def cut_off_the_end(case: Case) -> None:
    keep = case.random.randrange(1, len(case.rows))
    case.positions |= set(range(keep, len(case.rows)))
    case.rows = case.rows[:keep]
    case.checkpoints = [note for note in case.checkpoints if read(note).checkpoint.size <= keep]


def roll_back_to_an_older_copy(case: Case) -> None:
    """Put back the file as it was at a checkpoint: whole in itself."""
    at = case.random.randrange(len(case.checkpoints) - 1)
    size = read(case.checkpoints[at]).checkpoint.size
    case.positions |= set(range(size, len(case.rows)))
    case.rows, case.checkpoints = case.rows[:size], case.checkpoints[: at + 1]


def write_anew_with_another_key(case: Case) -> None:
    """Another history of the same operation, whole in itself, by the same devices, under another log's key."""
    other = written(3, 3, seed=case.random.randrange(1_000, 10**9), key_seed=7)
    case.positions.add(0)
    case.rows = [(position, digest(data), data) for position, data in enumerate(other.events)]
    case.checkpoints = other.checkpoints


def show_another_history(case: Case) -> None:
    """Split view: the log's key signs two histories, to two holders; each is whole in itself."""
    other = written(3, 3, seed=case.random.randrange(1_000, 10**9))
    case.positions |= set(range(1, len(case.rows)))
    case.rows = [(position, digest(data), data) for position, data in enumerate(other.events)]
    case.checkpoints = other.checkpoints


def show_another_order(case: Case) -> None:
    """Split view: two events in another order since the checkpoint before; all signatures are good."""
    sizes = [0, *(read(note).checkpoint.size for note in case.checkpoints)]
    number = case.random.randrange(1, len(sizes))
    first, second = case.random.sample(range(max(1, sizes[number - 1]), sizes[number]), 2)
    case.known.append(case.checkpoints[number - 1])
    case.positions |= {first, second}
    events = case.events
    events[first], events[second] = events[second], events[first]
    case.put(events, sign_again=True)


def change_the_digest_only(case: Case) -> None:
    at = case.any_position()
    case.positions.add(at)
    case.rows[at] = (at, case.random.randbytes(32), case.rows[at][2])


def exchange_the_digests(case: Case) -> None:
    first, second = case.random.sample(range(len(case.rows)), 2)
    case.positions |= {first, second}
    one, other = case.rows[first], case.rows[second]
    case.rows[first], case.rows[second] = (first, other[1], one[2]), (second, one[1], other[2])


def change_positions_only(case: Case) -> None:
    at, by = case.any_position(), case.random.randrange(1, 9)
    case.positions |= set(range(at, at + by))
    case.rows = case.rows[:at] + [(position + by, name, data) for position, name, data in case.rows[at:]]


def drop_a_receipt(case: Case) -> None:
    """Take out a `received` event; the server's chain is mended and renumbered, checkpoints are signed again."""
    at = case.of_device("received")
    _note_batches(case, case.changed_at(at))
    left = [data for position, data in enumerate(case.events) if position != at]
    case.put(relinked(_renumbered(left), SERVER), sign_again=True)


def drop_a_signature(case: Case) -> None:
    _change_signature(case, lambda batch: replace(batch, signature=""))


def replace_a_signature(case: Case) -> None:
    _change_signature(case, lambda batch: replace(batch, signature=sign_batch(device_key("stranger"), batch)))


def take_the_signature_of_another_batch(case: Case) -> None:
    other = next(iter(_batches(decode(case.rows[case.of_device("received")][2]))))
    _change_signature(case, lambda batch: replace(batch, signature=other.signature))


def delete_a_checkpoint(case: Case) -> None:
    at = case.random.randrange(len(case.checkpoints))
    case.known = [case.checkpoints.pop(at)]
    case.columns.add("checkpoints")


def change_a_checkpoint(case: Case) -> None:
    at = case.random.randrange(len(case.checkpoints))
    note = bytearray(case.checkpoints[at])
    note[case.random.randrange(len(note))] ^= 1 << case.random.randrange(8)
    case.checkpoints[at] = bytes(note)
    case.columns.add("checkpoints")


def invent_a_boarding(case: Case) -> None:
    """Add a second event under a device's number, as if the device had written it."""
    at = case.of_device()
    event = decode(case.rows[at][2])
    case.numbers.add((event.device, event.sequence))
    ghost = encode(replace(event, id="0" * 8 + event.id[8:], subject="P999", type="boarded"))
    case.put([*case.events, ghost], sign_again=True)


def invent_an_event_at_the_end(case: Case) -> None:
    """Add an event that follows a device's last one rightly; only its signature is wanting."""
    device = decode(case.rows[case.of_device()][2]).device
    sequence, previous = case.history.last[device]
    last = next(decode(data) for data in reversed(case.events) if decode(data).device == device)
    ghost = replace(last, id="0" * 8 + last.id[8:], sequence=sequence + 1, previous=previous, subject="P999")
    case.numbers.add((device, sequence + 1))
    case.put([*case.events, encode(ghost)], sign_again=True)


def invent_a_device(case: Case) -> None:
    event = decode(case.rows[case.of_device()][2])
    ghost = encode(replace(event, device="D99", sequence=1, previous="", id="0" * 8 + event.id[8:]))
    case.numbers |= {("D99", 1), ("D99", -1)}
    case.put([*case.events, ghost], sign_again=True)


def _batches(event: Event) -> tuple[Batch, ...]:
    payload = read_payload(event)
    assert isinstance(payload, Received)
    return payload.batches


def _note_batches(case: Case, event: Event) -> None:
    for batch in _batches(event):
        case.numbers.add((batch.device, batch.sequence))


def _renumbered(events: Sequence[bytes]) -> list[bytes]:
    """Give the server's events numbers without a gap."""
    found, sequence = [], 0
    for data in events:
        event = decode(data)
        if event.device == SERVER:
            sequence += 1
            data = encode(replace(event, sequence=sequence))  # noqa: PLW2901
        found.append(data)
    return found


def _change_signature(case: Case, change: Callable[[Batch], Batch]) -> None:
    at = case.of_device("received")
    event = case.changed_at(at)
    batches = list(_batches(event))
    which = case.random.randrange(len(batches))
    case.numbers.add((batches[which].device, batches[which].sequence))
    changed = change(batches[which])
    if changed == batches[which]:
        changed = replace(changed, signature="")
    batches[which] = changed
    events = case.events
    events[at] = encode(replace(event, payload={"batches": [without_defaults(one) for one in batches]}))
    case.put(relinked(events, SERVER), sign_again=True)


KINDS: tuple[Callable[[Case], None], ...] = (
    flip_a_bit,
    edit_and_mend_the_digest,
    edit_and_sign_checkpoints_again,
    edit_and_mend_the_chain,
    edit_a_server_event_and_mend_all,
    delete_and_renumber,
    delete_a_row,
    swap_two,
    repeat_one,
    cut_off_the_end,
    roll_back_to_an_older_copy,
    write_anew_with_another_key,
    show_another_history,
    show_another_order,
    change_the_digest_only,
    exchange_the_digests,
    change_positions_only,
    drop_a_receipt,
    drop_a_signature,
    replace_a_signature,
    take_the_signature_of_another_batch,
    delete_a_checkpoint,
    change_a_checkpoint,
    invent_a_boarding,
    invent_an_event_at_the_end,
    invent_a_device,
)


@dataclass
class Tally:
    """How many changes of each kind were made, and which were not found or not located."""

    made: Counter[str] = field(default_factory=Counter)
    not_found: list[tuple[str, int]] = field(default_factory=list)
    not_located: list[tuple[str, int]] = field(default_factory=list)


def case_of(kind: Callable[[Case], None], number: int) -> Case:
    """Do one change of a kind to one of a few ledgers; the same number does the same."""
    history = _ledger(number % 5)
    case = Case(
        history=history,
        random=random.Random(f"{kind.__name__}/{number}"),
        rows=[(position, digest(data), data) for position, data in enumerate(history.events)],
        checkpoints=list(history.checkpoints),
        known=[],
    )
    handed_out = case.random.randrange(len(history.checkpoints))
    case.known = [*case.random.sample(history.checkpoints[:-1], handed_out), history.checkpoints[-1]]
    kind(case)
    return case


_ledgers: dict[int, History] = {}


def _ledger(seed: int) -> History:
    if seed not in _ledgers:
        _ledgers[seed] = written(2 + seed % 3, 4 + seed, seed=seed)
    return _ledgers[seed]


def located(case: Case, finding: Finding) -> bool:
    """Tell whether a finding says where the ledger was changed."""
    last = max(finding.position, finding.position_until)
    by_number = any(
        finding.device == device
        and finding.sequence <= sequence + 1
        and sequence <= max(finding.sequence, finding.sequence_until)
        for device, sequence in case.numbers
    )
    by_position = any(finding.position <= position <= last for position in case.positions)
    return by_number or by_position or finding.column in case.columns


def campaign(count: int, start: int = 0, store: Callable[[Case], Rows] | None = None) -> Tally:
    """Make so many changes, the kinds in turn, and have each looked for."""
    tally = Tally()
    for number in range(start, start + count):
        kind = KINDS[number % len(KINDS)]
        case = case_of(kind, number)
        rows = MemoryRows(case.rows, case.checkpoints) if store is None else store(case)
        findings = verify(rows, known_checkpoints=case.known).findings
        tally.made[kind.__name__] += 1
        if not findings:
            tally.not_found.append((kind.__name__, number))
        elif not any(located(case, finding) for finding in findings):
            tally.not_located.append((kind.__name__, number))
    return tally
