"""Signatures of batches: as browsers make them, and nothing else."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from safepassage.ledger.signing import (
    NotAKeyError,
    batch_is_signed,
    batch_message,
    device_public_key,
    from_base64,
    log_public_key,
    new_device_key,
    new_log_key,
    read_log_key,
    sign_batch,
)
from safepassage.ledger.vocabulary import Batch

# Made by a browser's cryptography (WebCrypto, in node 20): `generateKey` ECDSA P-256, `exportKey("raw")`, `sign` with
# SHA-256 over "safepassage batch 1\nD7\n43\n" + 63 zeros + "7\n".
WEB_KEY = "BJzvPMOxK7AJ4DjbVqeAI8HRmv7JnLPku3g26LLqlecm76J5a9J32OMt0p0r+S4h/MJGDGrsCtt3kwMOPEg6N7Y="
WEB_BATCH = Batch(
    device="D7",
    sequence=43,
    digest="0" * 63 + "7",
    signature="6ZzBCC9aBPjaw+mpPCmyoVjIzQZxyyshr5t29MoUwLgKlUl1Ih5q827ki2pcNB4mu/yyRGSayAEgsRROwE74pw==",
)


def test_a_signature_of_a_browser_is_good() -> None:
    assert batch_is_signed(WEB_KEY, WEB_BATCH)


@pytest.mark.parametrize(
    "change",
    [{"device": "D8"}, {"sequence": 44}, {"digest": "0" * 63 + "8"}, {"signature": ""}, {"signature": "AAAA"}],
)
def test_what_was_not_signed_is_refused(change: dict[str, str | int]) -> None:
    assert not batch_is_signed(WEB_KEY, replace(WEB_BATCH, **change))


@given(st.integers(0, 63), st.integers(1, 255))
def test_every_changed_byte_of_a_signature_is_refused(at: int, bits: int) -> None:
    raw = bytearray(b64decode(WEB_BATCH.signature))
    raw[at] ^= bits
    assert not batch_is_signed(WEB_KEY, replace(WEB_BATCH, signature=b64encode(raw).decode()))


def test_our_signatures_have_the_browsers_form() -> None:
    key = new_device_key()
    public = device_public_key(key)
    assert (len(b64decode(public)), b64decode(public)[0]) == (65, 4), "an uncompressed point"
    signed = replace(WEB_BATCH, signature=sign_batch(key, WEB_BATCH))
    assert len(b64decode(signed.signature)) == 64
    assert batch_is_signed(public, signed)
    assert not batch_is_signed(WEB_KEY, signed)
    assert not batch_is_signed(device_public_key(new_device_key()), signed)


@pytest.mark.parametrize("key", ["", "nonsense", "AAAA", b64encode(b"\x04" + bytes(64)).decode()])
def test_what_is_no_key_signs_nothing(key: str) -> None:
    assert not batch_is_signed(key, WEB_BATCH)


names = st.text(max_size=6, alphabet="D7\n4")


@given(names, st.integers(1, 99), names, st.integers(1, 99))
def test_two_batches_never_have_one_message(one: str, first: int, other: str, second: int) -> None:
    same = (one, first) == (other, second)
    assert (batch_message(one, first, "a" * 64) == batch_message(other, second, "a" * 64)) == same


def test_a_key_is_never_shown() -> None:
    log, device = new_log_key(), new_device_key()
    shown = repr(log) + str(log) + repr(device) + str(device)
    assert log.private_bytes_raw().hex() not in shown
    assert str(device.private_numbers().private_value) not in shown


def test_public_keys_of_logs() -> None:
    key = new_log_key()
    assert read_log_key(log_public_key(key)) == key.public_key()
    for text in ("", "AAAA", "!", WEB_KEY):
        with pytest.raises(NotAKeyError, match="no Ed25519 public key"):
            read_log_key(text)


def test_base64_has_one_spelling() -> None:
    assert from_base64("AAE=") == b"\x00\x01"
    for text in ("AAF=", "AAE", "AA E=", "AAE=\n", "\N{LATIN SMALL LETTER E WITH ACUTE}"):
        with pytest.raises(ValueError, match=r"base64|ASCII"):
            from_base64(text)
