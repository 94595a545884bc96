"""What is sealed opens for its person, event and compartment, and tells nothing else, its length included."""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.devices import recorder
from safepassage.ledger.envelope import decode
from safepassage.ledger.keys import COMPARTMENTS, Compartment, KeyDestroyedError, MemoryKeys, NoKeyError
from safepassage.ledger.sealing import BLOCK, NotOpenedError, TooLongToSealError, seal, unseal
from safepassage.ledger.vocabulary import Registered

FIELDS: Mapping[Compartment, Mapping[str, str]] = {
    "identity": {"name": "اسم P001", "document": "none"},
    "medical": {"notes": "oxygen"},
}
TEXTS = st.dictionaries(
    st.text(max_size=10), st.text(st.characters(exclude_categories=["Cs"]), max_size=80), max_size=4
)


def sealed(keys: MemoryKeys, fields: Mapping[Compartment, Mapping[str, str]] = FIELDS) -> str:
    return seal(keys, fields, person="P001", event="E1")


@given(TEXTS, TEXTS)
def test_each_compartment_opens_again(identity: dict[str, str], medical: dict[str, str]) -> None:
    keys = MemoryKeys()
    text = sealed(keys, {"identity": identity, "medical": medical})
    assert unseal(keys, text, "identity", person="P001", event="E1") == identity
    assert unseal(keys, text, "medical", person="P001", event="E1") == medical


def test_nothing_sealed_opens_to_nothing() -> None:
    assert unseal(MemoryKeys(), "", "identity", person="P001", event="E1") == {}


def test_whoever_holds_one_key_opens_one_compartment() -> None:
    keys, nurse = MemoryKeys(), MemoryKeys()
    text = sealed(keys)
    nurse._keys["P001", "medical"] = keys.key("P001", "medical")
    assert unseal(nurse, text, "medical", person="P001", event="E1") == FIELDS["medical"]
    with pytest.raises(NoKeyError, match="identity"):
        unseal(nurse, text, "identity", person="P001", event="E1")
    assert keys.key("P001", "medical") != keys.key("P001", "identity")


@pytest.mark.parametrize(("person", "event"), [("P001", "E2"), ("P002", "E1"), ("P001E", "1")])
def test_sealed_text_opens_nowhere_else(person: str, event: str) -> None:
    keys = MemoryKeys(bytes)  # every key the same: only what is bound beside the text differs
    text = sealed(keys)
    keys.key(person, "identity")
    with pytest.raises(NotOpenedError, match=person):
        unseal(keys, text, "identity", person=person, event=event)


def test_compartments_cannot_be_exchanged_even_under_one_key() -> None:
    keys = MemoryKeys(bytes)
    one, other = sealed(keys).split(".")
    for compartment in COMPARTMENTS:
        with pytest.raises(NotOpenedError):
            unseal(keys, f"{other}.{one}", compartment, person="P001", event="E1")


def test_every_changed_byte_is_noticed() -> None:
    keys = MemoryKeys()
    whole = base64.b64decode(sealed(keys).split(".")[0])
    for place in range(len(whole)):
        changed = bytes([*whole[:place], whole[place] ^ 1, *whole[place + 1 :]])
        text = base64.b64encode(changed).decode() + "."
        with pytest.raises(NotOpenedError):
            unseal(keys, text, "identity", person="P001", event="E1")


@pytest.mark.parametrize("text", ["x", "..", ".", "AA==.AA==", "é.é", "A A=.", "AAAA" * 10 + ".AAAA"])
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    keys = MemoryKeys()
    sealed(keys)
    with pytest.raises(NotOpenedError):
        unseal(keys, text, "identity", person="P001", event="E1")


@pytest.mark.parametrize("content", [b"[]", b'{"name":1}', b"{", b"\xff"])
def test_what_somebody_with_the_key_sealed_wrongly_does_not_open(content: bytes) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    from safepassage.ledger.sealing import _bound  # noqa: PLC0415

    keys = MemoryKeys()
    body = AESGCM(keys.key("P001", "identity")).encrypt(bytes(12), content, _bound("identity", "P001", "E1"))
    with pytest.raises(NotOpenedError):
        unseal(keys, base64.b64encode(bytes(12) + body).decode() + ".", "identity", person="P001", event="E1")


@given(st.integers(0, 200))
def test_lengths_tell_blocks_only(length: int) -> None:
    keys = MemoryKeys()
    identity, medical = sealed(keys, {"identity": {"a": "x" * length}}).split(".")
    overhead = 12 + 16
    blocks, rest = divmod(len(base64.b64decode(identity)) - overhead, BLOCK)
    assert rest == 0
    assert blocks == -(-(length + len('{"a":""}')) // BLOCK)
    assert len(base64.b64decode(medical)) == overhead + BLOCK


def test_the_same_text_is_never_sealed_the_same() -> None:
    keys = MemoryKeys()
    parts = [part for _ in range(50) for part in sealed(keys, {}).split(".")]
    assert len({part[:16] for part in parts}) == len(parts)


def test_more_than_an_event_takes_is_refused() -> None:
    with pytest.raises(TooLongToSealError, match="8000"):
        sealed(MemoryKeys(), {"identity": {"notes": "x" * 6000}})
    assert len(sealed(MemoryKeys(), {"identity": {"notes": "x" * 5700}})) <= 8000


def test_nothing_is_sealed_or_opened_for_somebody_whose_keys_are_gone() -> None:
    keys = MemoryKeys()
    text = sealed(keys)
    keys.destroy("P001")
    with pytest.raises(KeyDestroyedError):
        unseal(keys, text, "identity", person="P001", event="E1")
    with pytest.raises(KeyDestroyedError):
        sealed(keys)


def test_a_device_seals_for_the_event_it_records() -> None:
    keys = MemoryKeys(random.Random(0).randbytes)
    data = recorder().record(
        "registered",
        subject="P001",
        payload=lambda event: Registered(household="H1", sealed=seal(keys, FIELDS, person="P001", event=event)),
    )
    event = decode(data)
    text = event.payload["sealed"]
    assert unseal(keys, text, "identity", person="P001", event=event.id) == FIELDS["identity"]
    assert b"oxygen" not in data
