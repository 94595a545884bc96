"""Reading many rows at once: the same events are taken, and the same is read from them, as one by one."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.faults.tampering import MemoryRows
from ledger.histories import written
from safepassage.ledger import plain, scanning
from safepassage.ledger.chains import ADMINISTRATIVE
from safepassage.ledger.envelope import Event, NotAnEventError, decode, digest
from safepassage.ledger.scanning import scan_range

HISTORY = written(3, 4, seed=3)

JSON = msgspec.json.Encoder(order="sorted")
texts = st.one_of(st.text(max_size=5), st.text('aB",:{}[]', max_size=6))
values = st.one_of(
    texts, st.booleans(), st.none(), st.integers(-(2**54), 2**54), st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from("ab"), st.integers(), max_size=2),
)  # fmt: skip
changes = st.one_of(
    st.tuples(st.just("payload"), st.dictionaries(st.one_of(texts, st.text("ab_1", max_size=3)), values, max_size=4)),
    st.tuples(st.sampled_from(["previous", "subject"]), st.text("0aF", min_size=63, max_size=65)),
    st.tuples(st.just("basis"), st.lists(st.text("0aA ,", min_size=64, max_size=64), max_size=2)),
    st.tuples(st.just("basis"), st.integers(62, 66).map(lambda count: ["ab" * 32] * count)),
    st.tuples(st.sampled_from(["sequence", "version", "wall_ms", "monotonic_ms"]), st.integers(-(2**54), 2**54)),
    st.tuples(st.sampled_from(["version", "wall_ms", "sequence"]), st.sampled_from([-1, 0, 1, 10**6, 10**6 + 1])),
    st.tuples(st.sampled_from(["id", "device", "type", "actor", "boot", "vehicle", "site"]), st.text(max_size=70)),
)
edits = st.tuples(st.integers(-60, 400), st.one_of(st.binary(max_size=2), st.sampled_from([b'"', b",", b"0", b"-"])))


@st.composite
def bytes_like_an_event(draw: st.DrawFn) -> bytes:
    """Draw the bytes of an event changed in its content, and then perhaps in its bytes."""
    content = msgspec.json.decode(HISTORY.events[draw(st.integers(0, 9))])
    content.update(draw(st.lists(changes, max_size=2)))
    data = bytearray(JSON.encode(content))
    for at, text in draw(st.lists(edits, max_size=2)):
        if draw(st.booleans()):
            data[at:at] = text
        else:
            data[at : at + 1 or None] = text
    return bytes(data)


Told = tuple[str, int, bytes, bool, bool]
"""Of an event: its device, number, the name of the one before it, whether its type is administrative, and a finding."""


def read_one_by_one(entries: list[bytes]) -> list[Told]:
    found: list[Told] = []
    for data in entries:
        try:
            event = decode(data)
        except NotAnEventError:
            found.append(("", 0, bytes(32), False, True))
        else:
            previous = bytes.fromhex(event.previous) or bytes(32)
            found.append((event.device, event.sequence, previous, event.type in ADMINISTRATIVE, False))
    return found


class Singly(MemoryRows):
    """Rows that nobody lays end to end."""

    def laid(self, start: int, stop: int) -> None:  # noqa: ARG002
        return None


def read_at_once(entries: list[bytes], kind: type[MemoryRows] = MemoryRows) -> list[Told]:
    found = scan_range(
        kind([(position, digest(data), data) for position, data in enumerate(entries)], []), 0, len(entries)
    )
    read, wrong = found.columns, {one.position for one in found.findings}
    assert read.position.tolist() == list(range(len(entries)))
    assert found.tree.leaves() == read.leaf.tobytes() == b"".join(map(digest, entries))
    assert read.doubtful == {event.device for event in events_of(entries) if event.previous == "0" * 64}
    names = [[*read.devices, ""][device] for device in read.device.tolist()]
    numbers = read.sequence.tolist()
    return [
        (name, number, previous.tobytes(), data in found.administrative, at in wrong)
        for at, (name, number, previous, data) in enumerate(zip(names, numbers, read.previous, entries, strict=True))
    ]


def rows_of(entries: list[bytes]) -> MemoryRows:
    return MemoryRows([(position, digest(data), data) for position, data in enumerate(entries)], [])


def events_of(entries: list[bytes]) -> list[Event]:
    found = []
    for data in entries:
        with suppress(NotAnEventError):
            found.append(decode(data))
    return found


def ids_alike(entries: list[bytes]) -> list[bool]:
    """Tell of each event and the one after it whether their ids are the same."""
    hashes = scan_range(rows_of(entries), 0, len(entries)).columns.id_hash.tolist()
    return [one == other for one, other in pairwise(hashes)]


@settings(max_examples=400, deadline=None)
@given(st.lists(bytes_like_an_event(), max_size=3))
def test_reading_many_at_once_tells_the_same_as_one_by_one(changed: list[bytes]) -> None:
    entries = [HISTORY.events[5], *changed, HISTORY.events[7]]
    assert read_at_once(entries) == read_at_once(entries, Singly) == read_one_by_one(entries)


def event_with(**changed: object) -> bytes:
    return JSON.encode(msgspec.json.decode(HISTORY.events[5]) | changed)


NOT_PLAIN = {
    "nothing": b"",
    "two in one": HISTORY.events[4] + b"\x00" + HISTORY.events[5],
    "a space": HISTORY.events[5].replace(b",", b", ", 1),
    "a sign that is not printed": event_with(subject="P\x7f"),
    "a control sign": HISTORY.events[5].replace(b'"site":"', b'"site":"\n'),
    "an escape": event_with(subject='P"1'),
    "an escape that nothing asks for": HISTORY.events[5].replace(b"-boot", b"\\u002dboot"),
    "an escaped stroke": event_with(payload={"a": "x/y"}).replace(b"/", b"\\/"),
    "Arabic": event_with(subject="ا"),
    "a nest": event_with(payload={"a": [1]}),
    "names in order": event_with(payload={"a": 1, "b": "x", "c": True}),
    "names out of order": event_with(payload={"c": 1, "d": "x"}).replace(b'"d"', b'"b"'),
    "a name twice": event_with(payload={"b": 1, "c": "x"}).replace(b'"c"', b'"b"'),
    "a large hash": event_with(previous="A" * 64),
    "a hash of commas": event_with(basis=["," * 64]),
    "a number of 16 digits": event_with(sequence=2**53 - 1),
    "a number of 16 digits that is too large": event_with(sequence=2**53),
    "too large a number": event_with(payload={"a": 2**53}),
    "minus zero": event_with(wall_ms=7).replace(b'"wall_ms":7', b'"wall_ms":-0'),
    "a zero before a number": event_with(wall_ms=7).replace(b'"wall_ms":7', b'"wall_ms":07'),
    "too late a version": event_with(version=1_000_001),
    "a short id": event_with(id="x" * 35),
    "a long id": event_with(id="x" * 37),
    "no device": event_with(device=""),
    "a long device": event_with(device="x" * 65),
    "a long subject": event_with(subject="x" * 65),
    "no number": event_with(sequence=0),
    "a field more": event_with(zone="x"),
    "too many bytes": event_with(payload={"a": "x" * 20_000}),
    "all the bytes there may be": event_with(payload={"a": "x" * 15_000}),
    "another order": HISTORY.events[5].replace(b'"actor":"', b'"boot":"', 1),
    "more after the end": HISTORY.events[5] + b"}",
}


def test_the_same_id_is_known_however_it_is_read() -> None:
    plain, other = HISTORY.events[5], HISTORY.events[7]
    again = [event_with(payload={"a": [1]}), event_with(id="x"), event_with(id="x", payload={"a": [1]})]
    assert ids_alike([plain, again[0], other, *again[1:]]) == [True, False, False, True]


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_what_is_no_plain_event_is_read_as_everywhere_else(name: str) -> None:
    entries = [HISTORY.events[4], NOT_PLAIN[name], HISTORY.events[7]]
    assert read_at_once(entries) == read_one_by_one(entries)
    assert read_at_once(entries[1:2]) == read_one_by_one(entries[1:2])
    assert read_at_once(entries, Singly) == read_one_by_one(entries)


def test_the_text_of_the_kernels_says_the_same_as_what_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in vars(plain).items():
        if hasattr(value, "py_func"):
            monkeypatch.setattr(plain, name, value.py_func)
    entries = [*HISTORY.events[:12], *(data for data in NOT_PLAIN.values() if len(data) < 1000)]
    assert read_at_once(entries) == read_one_by_one(entries)


def test_plain_events_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def noted(data: bytes) -> Event:
        asked.append(data)
        return decode(data)

    monkeypatch.setattr(scanning, "decode", noted)
    scan_range(rows_of(HISTORY.events), 0, len(HISTORY.events))
    assert {decode(data).type for data in asked} == {"received"}
    asked.clear()
    read_at_once([*HISTORY.events[4:6], NOT_PLAIN["Arabic"], NOT_PLAIN["names in order"]])
    assert NOT_PLAIN["Arabic"] in asked
    assert NOT_PLAIN["names in order"] not in asked
