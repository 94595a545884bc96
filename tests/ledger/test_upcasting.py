"""Payloads of every type are read; what is not known is kept for a newer program; older versions are brought up."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.devices import recorder
from ledger.strategies import as_json, envelopes, events, payloads
from safepassage.ledger.envelope import Event, decode, encode
from safepassage.ledger.upcasting import UPCASTERS, NotUnderstoodError, read_payload
from safepassage.ledger.vocabulary import TYPES, Kind, Payload, Positioned

BASE = decode(recorder().record("seen", subject="P001"))


def event(type_: str, payload: dict[str, Any], version: int = 1) -> Event:
    return msgspec.structs.replace(BASE, type=type_, payload=payload, version=version)


@given(events())
def test_the_payload_of_every_type_is_read_and_says_what_was_written(one: Event) -> None:
    said = read_payload(decode(encode(one)))
    assert type(said) is TYPES[one.type].payload
    assert msgspec.convert(one.payload, type(said)) == said


STRUCTS: list[type[Payload]] = list(dict.fromkeys(kind.payload for kind in TYPES.values()))


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", STRUCTS)
@given(data=st.data())
def test_every_struct_of_a_payload_comes_back(kind: type[Payload], data: st.DataObject) -> None:
    payload = data.draw(payloads(kind))
    assert msgspec.convert(as_json(payload), kind) == payload


@given(envelopes(types=st.just("beamed-up")))
def test_an_unknown_type_is_an_event_whose_payload_is_not_understood(one: Event) -> None:
    assert decode(encode(one)) == one
    with pytest.raises(NotUnderstoodError, match="beamed-up"):
        read_payload(one)


def test_a_newer_version_is_not_understood_but_kept() -> None:
    one = event("seen", {"by_drone": True}, version=2)
    assert decode(encode(one)) == one
    with pytest.raises(NotUnderstoodError, match="version 2"):
        read_payload(one)


@pytest.mark.parametrize(
    ("type_", "payload"),
    [
        ("seen", {"more": 1}),
        ("merged", {}),
        ("head-counted", {"count": -1}),
        ("head-counted", {"count": "1"}),
        ("consented", {"manner": "presumed"}),
        ("undone", {"undoes": "abc"}),
        ("received", {"batches": [{"device": "D1"}]}),
        ("positioned", {"lon_e7": 1_800_000_001, "lat_e7": 0}),
    ],
)
def test_a_payload_that_does_not_fit_is_not_understood(type_: str, payload: dict[str, Any]) -> None:
    with pytest.raises(NotUnderstoodError):
        read_payload(event(type_, payload))


class Weighed(Payload, frozen=True, kw_only=True):
    """A payload with a past: first `kg`, then `weight_kg`, now whole grams."""

    weight_g: int
    by: str = ""


WEIGHED = {"weighed": Kind("person", Weighed, version=3)}
RENAMES = {
    ("weighed", 1): lambda old: {"weight_kg": old["kg"]},
    ("weighed", 2): lambda old: {
        **{k: v for k, v in old.items() if k != "weight_kg"},
        "weight_g": old["weight_kg"] * 1000,
    },
}


@pytest.mark.parametrize(
    ("version", "payload", "expected"),
    [
        (1, {"kg": 70}, Weighed(weight_g=70_000)),
        (2, {"weight_kg": 70, "by": "N1"}, Weighed(weight_g=70_000, by="N1")),
        (3, {"weight_g": 70_500, "by": "N1"}, Weighed(weight_g=70_500, by="N1")),
    ],
)
def test_older_versions_are_brought_up_step_by_step(version: int, payload: dict[str, Any], expected: Weighed) -> None:
    one = event("weighed", payload, version)
    before = encode(one)
    assert read_payload(one, WEIGHED, RENAMES) == expected
    assert encode(one) == before


def test_a_fourth_version_is_not_understood() -> None:
    with pytest.raises(NotUnderstoodError, match="up to 3"):
        read_payload(event("weighed", {}, 4), WEIGHED, RENAMES)


@pytest.mark.parametrize("payload", [{}, {"kg": "heavy"}, {"kg": [1]}, {"kg": None}, {"kg": {}}])
def test_an_old_payload_that_does_not_fit_is_not_understood(payload: dict[str, Any]) -> None:
    with pytest.raises(NotUnderstoodError):
        read_payload(event("weighed", payload, 1), WEIGHED, RENAMES)


def test_every_older_version_of_every_type_has_an_upcaster_and_none_is_left_over() -> None:
    wanted = {(name, version) for name, kind in TYPES.items() for version in range(1, kind.version)}
    assert set(UPCASTERS) == wanted


def test_a_position_of_the_first_version_says_nothing_of_its_fix() -> None:
    place = {"lon_e7": 1, "lat_e7": 2}
    assert read_payload(event("positioned", place, 1)) == Positioned(lon_e7=1, lat_e7=2)
    assert read_payload(event("positioned", place | {"fixed_ms": 3}, 2)) == Positioned(lon_e7=1, lat_e7=2, fixed_ms=3)
    with pytest.raises(NotUnderstoodError, match="fixed_ms"):
        read_payload(event("positioned", place | {"fixed_ms": 3}, 1))
