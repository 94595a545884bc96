"""Passwords: any sign may stand in them, and none of those that everybody tries first is taken."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from safepassage.desk.passwords import LONGEST, PasswordRefusedError, Passwords, check_password, house_hasher

OFTEN = [
    "password1234", "P@ssw0rd!2024", "passwordpassword", "1234567890123", "qwertyuiop123", "1qaz2wsx3edc",
    "aaaaaaaaaaaa", "abababababab", "manchesterunited", "iloveyouforever", "michaeljackson", "abcdefghijklm",
    "0987654321qwe", "kalimatkalimat", "مرحبامرحبا123", "polniypizdec0211",
]  # fmt: skip
NEAR = ["Safepassage2026!", "Coordinator-2026", "N1N1N1N1N1N1", "Example-op-2026", "evacuation123"]


@pytest.mark.parametrize("password", [*OFTEN, *NEAR])
def test_what_everybody_tries_first_is_not_taken(password: str) -> None:
    with pytest.raises(PasswordRefusedError, match="first"):
        check_password(password, ("N1", "example-op"))


@pytest.mark.parametrize(
    "password",
    [
        "a sentence of some length", "نحن نسير معا الى البيت", "J'aime le pain chaud", "jX9#kfL2!pQz", "m7 k2 p9 x4 ",
        "🌊🌊🌊 waves on the 7 seas",
    ],
)  # fmt: skip
def test_sentences_and_what_managers_propose_are_taken(password: str) -> None:
    check_password(password, ("N1", "example-op"))


@pytest.mark.parametrize("password", ["", "short one 7", "x7 " * 67])
def test_a_password_is_neither_short_nor_an_essay(password: str) -> None:
    with pytest.raises(PasswordRefusedError, match="12 to 200"):
        check_password(password)
    check_password("a day of 9 ducks " * 4)


def test_a_password_is_compared_whole_and_as_it_is() -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    whole = "x" * LONGEST
    kept = passwords.kept(whole)
    assert passwords.holds(kept, whole)
    for other in (whole + "y", whole[:-1], whole.upper(), f"{whole} "):
        assert not passwords.holds(kept, other)
    assert not passwords.holds("x", whole)


def test_what_is_kept_is_argon2id_as_recommended() -> None:
    hasher = house_hasher()
    assert (hasher.type.name, hasher.memory_cost, hasher.time_cost) == ("ID", 65_536, 3)
