"""Checkpoints: against a note made with other tools, and an independent reader and writer of notes."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tlog_scales import signing as library_signing
from tlog_scales import tlog as library

from safepassage.ledger.checkpoints import Checkpoint, CheckpointError, key_id, make, origin_of, read, verify
from safepassage.ledger.merkle import Root
from safepassage.ledger.signing import NotAKeyError, log_public_key, new_log_key

# The key of RFC 8032, section 7.1, TEST 1. The note was made with `openssl pkeyutl -sign -rawin`, `openssl dgst` and
# `base64`, without any code of ours; its root is the published one over eight entries (see test_merkle).
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
ROOT = Root(bytes.fromhex("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"))
ORIGIN = "safepassage/reference/S1"
NOTE = (
    f"{ORIGIN}\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n\N{EM DASH} {ORIGIN} "
    "5KtFsHI0RlUqlYZrQQYbw7cQx2+viXlGl9g2vbUfWlFLq0aeB8h5bEaZF3iIKJVXWUEy8DEThrvbQymUzWFlPMXJ8w4=\n"
).encode()
KEY = Ed25519PrivateKey.from_private_bytes(SEED)
POINT = Checkpoint(ORIGIN, 8, ROOT)


def test_a_note_is_the_one_made_with_other_tools() -> None:
    assert log_public_key(KEY) == PUBLIC
    assert make(KEY, POINT) == NOTE
    assert verify(NOTE, PUBLIC, ORIGIN) == POINT
    assert read(NOTE).checkpoint == POINT


@pytest.mark.parametrize(
    "verifier",
    [
        # Keys with which golang.org/x/mod/sumdb/note is tested: name, hash, and the key after a byte for its kind.
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
    ],
)
def test_the_hash_of_a_key_is_the_one_published(verifier: str) -> None:
    name, known, key = verifier.split("+", 2)
    assert key_id(name, b64encode(b64decode(key)[1:]).decode()).hex() == known


origins = st.builds(origin_of, st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))


@given(origins, st.integers(0, 2**53 - 1), st.binary(min_size=32, max_size=32))
def test_an_independent_library_reads_and_writes_the_same_notes(origin: str, size: int, root: bytes) -> None:
    note = make(KEY, Checkpoint(origin, size, Root(root)))
    signer = library_signing.PlainEd25519Signer(origin, SEED)
    found = library.Checkpoint.from_text(note.decode())
    found.verify(signer.vkey)
    assert (found.origin, found.size, found.root_hash) == (origin, size, root)
    assert library.Checkpoint.make_signed(origin, size, root, [signer]).serialize().encode() == note


@given(st.integers(0, len(NOTE) - 1), st.integers(0, 255))
def test_every_changed_byte_is_refused(at: int, byte: int) -> None:
    changed = NOTE[:at] + bytes([byte]) + NOTE[at + 1 :]
    if changed != NOTE:
        with pytest.raises(CheckpointError):
            verify(changed, PUBLIC, ORIGIN)


def test_other_keys_and_other_logs_are_refused() -> None:
    other = new_log_key()
    with pytest.raises(CheckpointError, match="not signed by this key"):
        verify(NOTE, log_public_key(other))
    with pytest.raises(CheckpointError, match="expected one of 'safepassage/other/S1'"):
        verify(NOTE, PUBLIC, "safepassage/other/S1")
    with pytest.raises(NotAKeyError):
        verify(NOTE, "AAAA")


def test_what_the_key_did_not_sign_is_refused_though_the_signature_is_well_formed() -> None:
    moved = NOTE.replace(b"\n8\n", b"\n9\n")
    assert read(moved).checkpoint == replace(POINT, size=9)
    with pytest.raises(CheckpointError, match=r"signature on the checkpoint of .* at size 9 is wrong"):
        verify(moved, PUBLIC)


def test_signatures_of_witnesses_are_passed_over() -> None:
    witness = "\N{EM DASH} witness.example AAAAAAAA\n".encode()
    assert verify(NOTE + witness, PUBLIC) == POINT
    assert [one.name for one in read(NOTE + witness).signatures] == [ORIGIN, "witness.example"]


HEAD = f"{ORIGIN}\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
SIGNED = NOTE.decode().removeprefix(HEAD)


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (b"x" * 20_000, "20000 bytes"),
        (b"\xff", "UTF-8"),
        (HEAD.encode(), "three lines, an empty one"),
        (NOTE[:-1], "three lines, an empty one"),
        (NOTE + b"\r\n", "three lines, an empty one"),
        (NOTE * 2, "lines of text"),
        ((HEAD + "more\n" + SIGNED).encode(), "4 lines"),
        (("a b\n" + HEAD.split("\n", 1)[1] + SIGNED).encode(), "cannot name a log"),
        ((HEAD.replace("\n8\n", "\n08\n") + SIGNED).encode(), "'08'"),
        ((HEAD.replace("\n8\n", "\n\N{SUPERSCRIPT TWO}\n") + SIGNED).encode(), "whole number"),
        ((HEAD.replace("\n8\n", "\n9999999999999999\n") + SIGNED).encode(), "at most"),
        ((HEAD.replace("Qyg=", "Qyh=") + SIGNED).encode(), "the one base64 text"),
        ((HEAD.replace("Qyg=", "Qy!=") + SIGNED).encode(), "not base64"),
        ((HEAD.replace("XcnaeacG", "") + SIGNED).encode(), "26 bytes"),
        ((HEAD + SIGNED.replace("\N{EM DASH}", "-")).encode(), "no signature"),
        ((HEAD + SIGNED + "\N{EM DASH} a b c\n").encode(), "no signature"),
        ((HEAD + SIGNED + "\N{EM DASH} a+b AAAA\n").encode(), "no signature"),
        ((HEAD + SIGNED + "\N{EM DASH} a AAAA\n").encode(), "has 3 bytes"),
        ((HEAD + SIGNED + "\N{EM DASH} a A\n").encode(), "the signature of 'a'"),
        ((HEAD + SIGNED + "\N{EM DASH} a AAAAAAAA\n" * 16).encode(), "17 signatures"),
    ],
)
def test_what_is_no_checkpoint_is_refused(note: bytes, words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        read(note)


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "a\N{NO-BREAK SPACE}b"])
def test_an_origin_that_cannot_stand_in_a_note_is_refused(origin: str) -> None:
    with pytest.raises(CheckpointError, match="cannot name a log"):
        make(KEY, replace(POINT, origin=origin))


def test_origins_tell_logs_apart() -> None:
    assert origin_of("a/b", "c") != origin_of("a", "b/c")
    assert origin_of("op 1", "D+1") == "safepassage/op%201/D%2B1"
