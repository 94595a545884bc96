"""What released versions wrote is read by this one: the same bytes, the same digests, every type."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from ledger.golden import make
from safepassage.ledger.envelope import NotAnEventError, decode, digest, encode, reference
from safepassage.ledger.keys import MemoryKeys
from safepassage.ledger.recording import Recorder
from safepassage.ledger.sealing import unseal
from safepassage.ledger.upcasting import read_payload
from safepassage.ledger.vocabulary import TYPES, SubjectKind

EVENTS = make.stored()
DIGESTS = (make.FOLDER / "digests.txt").read_text("utf-8").splitlines()


def test_every_golden_event_has_the_digest_it_had() -> None:
    assert [f"{reference(digest(data))} {decode(data).type}" for data in EVENTS] == DIGESTS


@pytest.mark.parametrize("data", EVENTS, ids=[line.split(" ")[1] for line in DIGESTS])
def test_every_golden_event_is_read(data: bytes) -> None:
    event = decode(data)
    assert encode(event) == data
    assert type(read_payload(event)) is TYPES[event.type].payload


def test_every_type_and_version_is_among_them() -> None:
    there = {(event.type, event.version) for event in map(decode, EVENTS)}
    wanted = {(name, version) for name, kind in TYPES.items() for version in range(1, kind.version + 1)}
    assert wanted <= there, "run PYTHONPATH=src:tests python -m ledger.golden.make"


def test_a_type_that_is_not_among_them_is_added_after_them() -> None:
    assert make.complete(EVENTS) == EVENTS
    again = sorted(decode(data).type for data in make.complete(EVENTS[:-2])[-2:])
    assert again == sorted(line.split(" ")[1] for line in DIGESTS[-2:])


def test_one_lost_or_changed_byte_of_the_golden_ledger_is_noticed() -> None:
    changed = EVENTS[0].replace(b"P001", b"P002")
    assert changed != EVENTS[0]
    assert reference(digest(changed)) != DIGESTS[0].split(" ")[0]
    with pytest.raises(NotAnEventError):
        decode(EVENTS[0][:-1])


def test_a_device_goes_on_from_them() -> None:
    device = Recorder("golden")
    device.resume(EVENTS)
    assert device.sequence == len(EVENTS)


def test_what_was_sealed_then_opens_now() -> None:
    kept = json.loads((make.FOLDER / "keys.json").read_text("utf-8"))["P001"]
    keys = MemoryKeys()
    keys._keys.update({("P001", compartment): bytes.fromhex(key) for compartment, key in kept.items()})
    event = next(event for event in map(decode, EVENTS) if event.type == make.SEALED)
    text = event.payload["sealed"]
    assert unseal(keys, text, "identity", person="P001", event=event.id) == {"name": "اسم"}
    assert unseal(keys, text, "medical", person="P001", event=event.id) == {"notes": "insulin"}


def test_the_examples_say_everything_that_a_payload_can_say() -> None:
    assert set(make.SUBJECTS) == set(get_args(SubjectKind))
    for kind, example in make.EXAMPLES.items():
        silent = {name for name in kind.__struct_fields__ if not getattr(example, name)} - {"sealed", "children"}
        assert silent == set(), kind
