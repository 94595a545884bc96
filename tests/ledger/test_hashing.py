"""Hashing many messages at once: the same as `hashlib` one by one, whatever their lengths and number."""

from __future__ import annotations

import random
from hashlib import sha256

import numpy as np
import pytest

from safepassage.ledger import hashing, merkle
from safepassage.ledger.hashing import LANES, hash_pairs, leaves

RANDOM = random.Random(6)
EVERY_LENGTH = [RANDOM.randbytes(length).replace(b"\x00", b"0") for length in range(260)]
"""Messages whose ends lie at every place of a block."""


def hashed(events: list[bytes]) -> list[bytes]:
    laid = b"\x00" + b"".join(data + b"\x00" for data in events)
    begins = np.cumsum([1, *(len(data) + 1 for data in events)])
    return [row.tobytes() for row in leaves(np.frombuffer(laid, np.uint8), begins)]


def one_by_one(events: list[bytes]) -> list[bytes]:
    return [sha256(b"\x00" + data).digest() for data in events]


@pytest.mark.parametrize("seed", range(4))
def test_leaves_are_those_of_hashlib(seed: int) -> None:
    mixed = random.Random(seed).sample(EVERY_LENGTH, len(EVERY_LENGTH))
    assert hashed(mixed) == one_by_one(mixed)


@pytest.mark.parametrize("count", [0, 1, LANES - 1, LANES, LANES + 1])
def test_lanes_may_be_left_empty(count: int) -> None:
    assert hashed(EVERY_LENGTH[:count]) == one_by_one(EVERY_LENGTH[:count])


def test_a_message_longer_than_any_event_is_hashed() -> None:
    long = [b"x" * 100_000, b"y", b"z" * 16_384]
    assert hashed(long) == one_by_one(long)


@pytest.mark.parametrize("count", [0, 1, 2, 37])
def test_pairs_are_those_of_the_tree(count: int) -> None:
    pairs = random.Random(count).randbytes(64 * count)
    assert hash_pairs(pairs) == merkle.hash_pairs(pairs)


def test_the_text_of_the_kernels_says_the_same_as_what_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in vars(hashing).items():
        if hasattr(value, "py_func"):
            monkeypatch.setattr(hashing, name, value.py_func)
    with np.errstate(over="ignore"):  # modulo 2^32 is meant
        assert hashed([b"a", b"b" * 120]) == one_by_one([b"a", b"b" * 120])
