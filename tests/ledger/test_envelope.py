"""An event has one canonical form: what a second library makes of it, and nothing else is read."""

from __future__ import annotations

import contextlib
import hashlib
import json
import uuid
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.devices import recorder
from ledger.strategies import ANY_PAYLOAD, envelopes, events
from safepassage.ledger.envelope import (
    DEEPEST,
    LARGEST_EVENT,
    Event,
    NotAnEventError,
    decode,
    digest,
    encode,
    event_id,
    reference,
)

PLAIN = recorder().record("seen", subject="P001", site="S1")


def with_payload(payload: dict[str, Any]) -> Event:
    return msgspec.structs.replace(decode(PLAIN), payload=payload)


@given(events())
def test_what_is_written_is_read_the_same(event: Event) -> None:
    assert decode(encode(event)) == event


@given(envelopes())
def test_bytes_are_those_of_another_writer_of_canonical_json(event: Event) -> None:
    assert encode(event) == rfc8785.dumps(msgspec.to_builtins(event))


@given(ANY_PAYLOAD)
def test_any_content_has_the_canonical_form_of_another_writer(payload: dict[str, Any]) -> None:
    assert msgspec.json.encode(payload, order="sorted") == rfc8785.dumps(payload)


@given(events(), st.data())
def test_one_changed_byte_is_no_event_or_another_event(event: Event, data: st.DataObject) -> None:
    original = encode(event)
    place = data.draw(st.integers(0, len(original) - 1))
    changed = bytearray(original)
    changed[place] ^= data.draw(st.integers(1, 255))
    assert digest(bytes(changed)) != digest(original)
    with contextlib.suppress(NotAnEventError):
        assert decode(bytes(changed)) != event


def test_every_change_of_every_byte_of_one_event_is_seen() -> None:
    event = decode(PLAIN)
    others = 0
    for place in range(len(PLAIN)):
        for bits in range(1, 256):
            changed = bytes([*PLAIN[:place], PLAIN[place] ^ bits, *PLAIN[place + 1 :]])
            with contextlib.suppress(NotAnEventError):
                assert decode(changed) != event
                others += 1
    assert others > 1000


def test_the_digest_is_the_leaf_of_a_merkle_log_and_the_reference_its_digits() -> None:
    assert digest(b"") == hashlib.sha256(b"\x00").digest()
    # RFC 6962's hash of the leaf without content, as the test vectors of Certificate Transparency have it.
    assert reference(digest(b"")) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


SPELLINGS: dict[str, tuple[bytes, bytes]] = {
    "a space": (b'"basis":[]', b'"basis": []'),
    "a newline at the end": (b'"version":1', b'"version":1\n'),
    "an escape that is not needed": (b'"seen"', b'"\\u0073een"'),
    "an escaped slash": (b'"site":"S1"', b'"site":"S\\/"'),
    "another order of keys": (b'"actor":"","basis":[]', b'"basis":[],"actor":""'),
    "a fraction": (b'"sequence":1', b'"sequence":1.0'),
    "an exponent": (b'"sequence":1', b'"sequence":1e0'),
    "a minus before zero": (b'"monotonic_ms":1000', b'"monotonic_ms":-0'),
    "a zero before a number": (b'"sequence":1', b'"sequence":01'),
    "a key twice": (b'"actor":""', b'"actor":"","actor":""'),
    "a key twice in the payload": (b'"payload":{}', b'"payload":{"a":1,"a":1}'),
    "a field too many": (b'"actor":""', b'"abc":"","actor":""'),
    "a field too few": (b'"actor":"",', b""),
    "no sequence": (b'"sequence":1', b'"sequence":0'),
    "a mark of byte order": (b'{"actor"', b'\xef\xbb\xbf{"actor"'),
    "half a surrogate pair": (b'"site":"S1"', b'"site":"\\ud83d"'),
    "a surrogate in bytes": (b'"site":"S1"', b'"site":"\xed\xa0\xbd"'),
    "too long a byte sequence": (b'"site":"S1"', b'"site":"\xc0\xaf"'),
    "an unfinished byte sequence": (b'"site":"S1"', b'"site":"\xe2\x80"'),
    "a control character": (b'"site":"S1"', b'"site":"\x01"'),
    "a number beyond 2^53": (b'"payload":{}', b'"payload":{"a":9007199254740992}'),
    "a number below -2^53": (b'"payload":{}', b'"payload":{"a":-9007199254740992}'),
    "a number beyond 64 bits": (b'"payload":{}', b'"payload":{"a":36893488147419103232}'),
    "a number of 5,000 digits": (b'"payload":{}', b'"payload":{"a":' + b"9" * 5_000 + b"}"),
    "a fraction in the payload": (b'"payload":{}', b'"payload":{"a":0.5}'),
    "infinity": (b'"payload":{}', b'"payload":{"a":1e999}'),
    "not a number": (b'"payload":{}', b'"payload":{"a":NaN}'),
    "a name that is not ASCII": (b'"payload":{}', '"payload":{"é":1}'.encode()),
    "a deep nest": (b'"payload":{}', b'"payload":{"a":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}"),
    "a nest deeper than the reader": (b'"payload":{}', b'"payload":{"a":' + b"[" * 6_000 + b"]" * 6_000 + b"}"),
    "a payload that is a list": (b'"payload":{}', b'"payload":[]'),
    "a reference in capitals": (b'"basis":[]', b'"basis":["' + b"A" * 64 + b'"]'),
    "a newline after a reference": (b'"previous":""', b'"previous":"' + b"a" * 64 + b'\\n"'),
    "a newline in an empty reference": (b'"previous":""', b'"previous":"\\n"'),
}


@pytest.mark.parametrize("what", SPELLINGS)
def test_other_spellings_are_refused(what: str) -> None:
    old, new = SPELLINGS[what]
    assert PLAIN.count(old) == 1
    with pytest.raises(NotAnEventError):
        decode(PLAIN.replace(old, new))


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"\xff", b"{", PLAIN + PLAIN, PLAIN[:-1]])
def test_what_is_no_event_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnEventError):
        decode(data)


@given(st.binary(max_size=200))
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnEventError):
        decode(data)


def test_the_largest_event_is_read_and_a_larger_one_refused() -> None:
    room = LARGEST_EVENT - len(encode(with_payload({"a": ""})))
    assert len(encode(with_payload({"a": "x" * room}))) == LARGEST_EVENT
    with pytest.raises(NotAnEventError, match="at most"):
        encode(with_payload({"a": "x" * (room + 1)}))


def test_the_deepest_payload_is_read() -> None:
    payload: dict[str, Any] = {}
    for _ in range(DEEPEST - 1):
        payload = {"a": payload}
    assert decode(encode(with_payload(payload))).payload == payload
    with pytest.raises(NotAnEventError, match="deeper"):
        encode(with_payload({"a": payload}))


@pytest.mark.parametrize(
    "payload", [{"a": "\ud800"}, {"a": 0.5}, {"é": 1}, {"a": 2**53}, {"a": 2**70}, {"a": 10**5000}]
)
def test_what_could_not_be_read_again_is_not_written(payload: dict[str, Any]) -> None:
    with pytest.raises(NotAnEventError):
        encode(with_payload(payload))


def test_ids_are_uuids_of_version_7_in_the_order_of_time() -> None:
    one, other = event_id(1_645_557_742_000, bytes(10)), event_id(1_645_557_742_001, bytes(10))
    for name in (one, other, event_id(2**48 - 1, b"\xff" * 10)):
        assert uuid.UUID(name).version == 7
        assert uuid.UUID(name).variant == uuid.RFC_4122
    # The time of RFC 9562's example of version 7.
    assert one.startswith("017f22e2-79b0-7")
    assert one < other


def test_readers_that_know_nothing_of_us_read_the_same() -> None:
    assert msgspec.convert(json.loads(PLAIN), Event) == decode(PLAIN)
