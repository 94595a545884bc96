"""Passwords: kept so that a stolen file does not give them away, and none that is guessed in a few tries.

References
----------
RFC 9106, Argon2id, its second recommended choice (64 MiB, three passes) in one lane. NIST SP 800-63B-4, 3.1.1.2: a
length and a list of what is often used, and no rules about kinds of signs. OWASP ASVS 5.0, 6.2.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import cache
from importlib.resources import files
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from safepassage.model.errors import UsageError

SHORTEST: Final = 12
LONGEST: Final = 200
LEAST_PIECES: Final = 5
"""Of a password that is cut into words everybody tries, runs of keys, and the signs that are left."""

_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "azertyuiop",
    "qwertzuiop", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0", "qazwsxedcrfvtgbyhnujmikolp", "zaq1xsw2cde3vfr4bgt5nhy6mju7", "147258369",
    "159753", "йцукенгшщзхъ", "фывапролджэ", "ضصثقفغعهخحجد", "شسيبلاتنمكط",
)  # fmt: skip
"""Neighbours on keyboards, the alphabet, the digits."""

_DISGUISES: Final = str.maketrans("0134578@$!", "oieastbasi")
_AT_ONCE: Final = threading.Semaphore(2)
"""Passwords looked at together: each takes 64 MiB."""


class PasswordRefusedError(UsageError):
    """A password too short, too long, or among the first that somebody would try."""

    code = "password-refused"


def house_hasher() -> PasswordHasher:
    """Return what hashes passwords."""
    return PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)


class Passwords:
    """Makes and compares what is kept of passwords.

    Parameters
    ----------
    hasher
        Of passwords.
    """

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self.nobodys = hasher.hash(secrets.token_hex())

    def kept(self, password: str) -> str:
        """Return what is kept of a password."""
        with _AT_ONCE:
            return self._hasher.hash(password)

    def holds(self, kept: str, password: str) -> bool:
        """Tell whether a password is the one, whole and as it was typed."""
        try:
            with _AT_ONCE:
                return self._hasher.verify(kept, password)
        except (VerifyMismatchError, InvalidHashError):
            return False


def check_password(password: str, near: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long or soon guessed.

    Parameters
    ----------
    password
        As it was typed; any sign may stand in it.
    near
        What somebody who knows the account would try: its name, the operation.

    Raises
    ------
    PasswordRefusedError
        When it is one.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordRefusedError(f"expected {SHORTEST} to {LONGEST} characters; a sentence is good")
    own = (part for text in near for part in (text.casefold(), *re.findall(r"[^\W_]{3,}", text.casefold())))
    words = _common() | {part for part in own if len(part) >= 3}
    if pieces(password.casefold(), words) < LEAST_PIECES:
        raise PasswordRefusedError("it is among the first that somebody would try; a sentence of your own is good")


@cache
def _common() -> frozenset[str]:
    """Return words that passwords are often made of."""
    text = files("safepassage.desk").joinpath("common_words.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


@cache
def _runs() -> str:
    return "\n".join((*_ROWS, *(row[::-1] for row in _ROWS)))


def pieces(text: str, words: AbstractSet[str]) -> int:
    """Count what a password is made of: words, runs of keys and single signs, each counted once.

    Parameters
    ----------
    text
        In small letters.
    words
        That count as one, also where signs stand for letters.
    """
    disguised = text.translate(_DISGUISES)
    found, at = set(), 0
    while at < len(text):
        size = max(_word(text, at, words), _word(disguised, at, words), _run(text, at))
        found.add(text[at : at + size])
        at += size
    return len(found)


def _word(text: str, at: int, words: AbstractSet[str]) -> int:
    """Return the length of the longest word that begins at a place; 1 where none does."""
    return next((size for size in range(min(24, len(text) - at), 2, -1) if text[at : at + size] in words), 1)


def _run(text: str, at: int) -> int:
    """Return how many signs from a place on are neighbours, or one and the same; 1 where fewer than three are."""
    same = len(text) - at - len(text[at:].lstrip(text[at]))
    size = 3
    while at + size <= len(text) and text[at : at + size] in _runs():
        size += 1
    return max(same if same > 2 else 1, size - 1 if size > 3 else 1)
