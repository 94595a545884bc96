"""Bytes that nobody meant to send: whatever reads bytes from outside answers them with its own errors alone.

A round takes bytes that are right, changes them once or several times, and hands them to a reader (see `readers`). Half
of the changes are to bytes, half to content where it is JSON, written again in canonical form, so that it gets past the
first reader.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from safepassage.ledger.envelope import LARGEST_EVENT
from safepassage.ledger.vocabulary import TYPES

SCRAPS: Final = (
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"null", b"true", b"-0", b"1e5", b"0.5", b"NaN", b"1e999", b"-",
    b"9007199254740992", b"9223372036854775808", b"18446744073709551616", b"9" * 400, b"\\u0000", b"\\ud800",
    b"\\ud83d", b"\\udc00", b"\xef\xbb\xbf",
    b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xff", b"\x00", b" ", b"\n",
    b"[" * 300, b'{"":' * 300, b'"payload":', b'"id":', b"{}", b"//", "é".encode(), "\u202e".encode(),
)  # fmt: skip

WORTHS: Final[tuple[Any, ...]] = (
    None, True, False, 0, 1, -1, 2**31, 2**53 - 1, 2**53, -(2**53), 2**63, 2**64, 2**70, 0.5, -0.0, 1e300, "", "a",
    "\x00", "a" * 65, "0" * 64, "A" * 64, "0" * 63 + "\n", "é", "\u202e", "𝕏", "\ud800", [], {}, [[]], {"a": {}},
    {"é": 1}, ["a"] * 70,
)  # fmt: skip


class Counts(Struct):
    """What came of a number of rounds."""

    executions: int = 0
    read: int = 0
    """Not refused at once."""

    understood: int = 0
    """Read to the end."""


def change_bytes(draw: random.Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    """Change bytes at one place."""
    start = draw.randrange(len(data) + 1)
    end = min(len(data), start + draw.choice((0, 1, 1, 2, 4, 16, 64)))
    piece = data[start:end]
    other = draw.choice(corpus)
    place = draw.randrange(len(other) + 1)
    new = draw.choice(
        (
            bytes(byte ^ 1 << draw.randrange(8) for byte in piece),
            b"",
            piece * draw.choice((2, 2, 3, 200)),
            draw.choice(SCRAPS),
            draw.randbytes(len(piece)),
            other[place : place + draw.randrange(1, 80)],
        )
    )
    return data[:start] + new + data[end:]


def change_value(draw: random.Random, value: Any) -> Any:
    """Change content somewhere at or below a value."""
    if isinstance(value, dict) and value and draw.random() < 0.9:
        return change_dict(draw, value)
    if isinstance(value, list) and value and draw.random() < 0.7:
        index = draw.randrange(len(value))
        new = [change_value(draw, value[index])] if draw.random() < 0.7 else [value[index]] * draw.choice((0, 2, 300))
        return value[:index] + new + value[index + 1 :]
    if isinstance(value, int) and draw.random() < 0.3:
        return value + draw.choice((-1, 1, 2**53, -(2**53)))
    if isinstance(value, str) and draw.random() < 0.3:
        return value + draw.choice(("x", "\n", "0" * 64, "é", "\x00"))
    return draw.choice(WORTHS)


def change_dict(draw: random.Random, value: dict[str, Any]) -> dict[str, Any]:
    """Take a key away, add one, or change what stands under one."""
    key = draw.choice(list(value))
    choice = draw.randrange(8)
    if choice == 0:
        return {name: one for name, one in value.items() if name != key}
    if choice == 1:
        return {**value, draw.choice((*string.ascii_letters, "sealed", "é", "")): draw.choice(WORTHS)}
    return {**value, key: change_value(draw, value[key])}


def change_content(draw: random.Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    """Change what an event says, and write it in canonical form; bytes that are no JSON are changed as bytes."""
    try:
        content = msgspec.json.decode(data)
        if isinstance(content, dict) and draw.random() < 0.2:
            content["type"] = draw.choice((*TYPES, "beamed-up"))
        elif isinstance(content, dict) and "payload" in content and draw.random() < 0.6:
            content["payload"] = change_value(draw, content["payload"])
        else:
            content = change_value(draw, content)
        return msgspec.json.encode(content, order="sorted")
    except (ValueError, RecursionError):
        return change_bytes(draw, data, corpus)


def mutant(draw: random.Random, corpus: Sequence[bytes]) -> bytes:
    """Draw changed bytes."""
    data = draw.choice(corpus)
    change = draw.choice((change_bytes, change_content))
    for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
        data = change(draw, data, corpus)[: LARGEST_EVENT + 100]
    return data


def run(
    reader: Callable[[bytes], int],
    corpus: Sequence[bytes],
    executions: int,
    seed: int = 0,
) -> Counts:
    """Hand changed bytes to a reader, the same ones for the same seed.

    Parameters
    ----------
    reader
        Returns 0, 1 or 2 (see `readers`).
    corpus
        What is right and gets changed. Mutants that are read join it, as long as there are few.
    executions
        How many.
    seed
        Of the changes.

    Raises
    ------
    AssertionError
        Naming the bytes on which a reader failed, so that they can become a test.
    """
    draw = random.Random(seed)
    pool = list(corpus)
    counts = Counts()
    for _ in range(executions):
        data = mutant(draw, pool)
        try:
            outcome = reader(data)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} on {data!r}") from error
        counts.executions += 1
        counts.read += outcome > 0
        counts.understood += outcome > 1
        if outcome and len(pool) < 20 * len(corpus) and draw.random() < 0.1:
            pool.append(data)
    return counts
