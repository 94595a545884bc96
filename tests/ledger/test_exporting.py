"""Exports: what is read is what was written, any changed byte is found, and SHA-256 alone is enough to check one."""

from __future__ import annotations

import json
import random
from hashlib import sha256

import msgspec
import pytest

from ledger import rfc6962
from ledger.histories import History, written
from safepassage.ledger.exporting import Exported, ExportError, export, read_export
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.ledger.verifying import verify


def stored(history: History) -> MemoryStore:
    store = MemoryStore()
    store.append(history.events)
    for note in history.checkpoints:
        store.keep_checkpoint(note)
    return store


HISTORY = written(2, 2)
LINES = list(export(stored(HISTORY)))


def words(found: Exported) -> list[str]:
    return [one.what for one in found.findings]


def test_what_is_read_is_what_was_written() -> None:
    found = read_export(LINES)
    assert found.findings == ()
    assert list(found.store.read()) == HISTORY.events
    assert found.store.checkpoints() == HISTORY.checkpoints
    assert (found.header.ledger, found.header.public_key) == (HISTORY.origin, HISTORY.public_key)
    assert list(export(found.store)) == LINES
    assert verify(found.store).findings == ()


def test_anybody_with_sha_256_can_check_it() -> None:
    """As the page on verifying tells people to do it: nothing of ours is used."""
    first, *rest = [json.loads(line) for line in LINES]
    leaves = []
    for number, line in enumerate(rest):
        name = sha256(b"\x00" + line["event"].encode()).digest()
        assert (line["position"], line["digest"]) == (number, name.hex())
        leaves.append(name)
    assert (first["size"], first["root"]) == (len(leaves), rfc6962.tree_hash(leaves).hex())


def test_every_changed_byte_is_found_and_its_line_named() -> None:
    whole = b"".join(LINES)
    chosen = random.Random(1)
    for _ in range(1_500):
        at, byte = chosen.randrange(len(whole)), chosen.randrange(256)
        changed = whole[:at] + bytes([byte]) + whole[at + 1 :]
        if changed == whole:
            continue
        number = whole[:at].count(b"\n") + 1
        try:
            said = words(read_export(changed.splitlines(keepends=True)))
        except ExportError as error:
            said = [str(error)]
        if number == 1 and not said:
            said = [one.what for one in verify(read_export(changed.splitlines(keepends=True)).store).findings]
            assert said, "a changed checkpoint in the first line is found by its signature"
            continue
        assert any(text.startswith(f"line {number}:") for text in said), (number, said)


@pytest.mark.parametrize(
    ("change", "words_said"),
    [
        (lambda lines: [lines[0], *lines[2:]], "line 2: position 1; expected 0"),
        (lambda lines: [*lines[:3], lines[2], *lines[3:]], "line 4: position 1; expected 2"),
        (lambda lines: lines[:-1], "line 1: the file holds"),
        (lambda lines: [*lines[:-1], lines[-1][:-1]], "not written as it should be"),
        (lambda lines: [*lines, b"\n"], "no event of an export"),
        (lambda lines: [lines[0].replace(b":", b": ", 1), *lines[1:]], "line 1: not written as it should be"),
        (lambda lines: [lines[0].replace(b"safepassage/ref", b"safepassage/Ref"), *lines[1:]], "the first event says"),
    ],
)
def test_changes_of_whole_lines_are_told(change: object, words_said: str) -> None:
    assert callable(change)
    assert any(words_said in text for text in words(read_export(change(LINES))))


def test_an_event_exported_twice_is_told() -> None:
    line = json.loads(LINES[3])
    again = msgspec.json.encode({**line, "position": len(LINES) - 1}, order="sorted") + b"\n"
    assert f"line {len(LINES) + 1}: the same event stands at position 2" in words(read_export([*LINES, again]))


@pytest.mark.parametrize("first", [b"", b"\xff\n", b"{}\n", LINES[1], LINES[0].replace(b"export/1", b"export/2")])
def test_what_is_no_export_is_refused(first: bytes) -> None:
    with pytest.raises(ExportError, match="line 1"):
        read_export([first, *LINES[1:]])


def test_of_many_findings_some_are_told_and_the_rest_counted() -> None:
    found = read_export([LINES[0], *[b"\n"] * 1_200])
    assert len(found.findings) == 1_000
    assert found.unsaid > 200


def test_an_empty_ledger_is_exported() -> None:
    found = read_export(export(MemoryStore()))
    assert (found.findings, found.header.size) == ((), 0)


def test_a_damaged_ledger_is_not_exported_as_if_it_were_whole() -> None:
    store = stored(HISTORY)
    store.append([b"\xff"])
    with pytest.raises(ExportError, match=r"position \d+ are no text"):
        list(export(store))
    store = stored(HISTORY)
    store.keep_checkpoint(b"nonsense")
    with pytest.raises(ExportError, match="a checkpoint that was kept"):
        list(export(store))


def test_checkpoints_of_events_written_meanwhile_are_left_out() -> None:
    store = MemoryStore()
    store.append(HISTORY.events[:-3])
    for note in HISTORY.checkpoints:
        store.keep_checkpoint(note)
    assert len(read_export(export(store)).store.checkpoints()) == len(HISTORY.checkpoints) - 1
