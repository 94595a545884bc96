"""Devices that read: who is let in, at what time, and what a signature is good for."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from desk.devices import PATIENCE_S
from desk.doors import CHIEF, at_doors
from safepassage.desk.enrolment import revoke
from safepassage.desk.proving import LONGEST_MS, ProofRefusedError, ProofStaleError, proven
from safepassage.desk.recording import DeviceRevokedError
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.ledger.signing import (
    READING,
    Asking,
    DeviceKey,
    asking_is_signed,
    asking_message,
    device_public_key,
    new_device_key,
    sign_asking,
)
from safepassage.ledger.vocabulary import Enrolled

KEY = new_device_key()


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    found = at_doors()
    for device in ("D1", "D2"):
        payload = Enrolled(public_key=device_public_key(KEY), role="bus-focal-point", serves="B1")
        found.record("device-enrolled", subject=device, payload=payload).result(PATIENCE_S)
    revoke(found, CHIEF, "D2", "lost").result(PATIENCE_S)
    yield found
    found.close()


def asking(running: Running, device: str = "D1", *, late_ms: int = 0, boot: str = "") -> Asking:
    now = running.clocks()
    target = "/api/check-in?vehicle=B1"
    return Asking(method="GET", target=target, device=device, boot=boot or now.boot, server_ms=now.server_ms + late_ms)


def ask(running: Running, one: Asking, key: DeviceKey = KEY) -> Who:
    return proven(running, one, sign_asking(key, one))


@pytest.mark.parametrize("late_ms", [0, -LONGEST_MS // 2, LONGEST_MS // 2])
def test_a_device_is_known_by_its_key_at_about_this_time(running: Running, late_ms: int) -> None:
    who = Who(name="D1", role="bus-focal-point", serves="B1")
    assert ask(running, asking(running, late_ms=late_ms)) == who


@pytest.mark.parametrize(
    "change",
    [{"late_ms": -2 * LONGEST_MS}, {"late_ms": 2 * LONGEST_MS}, {"boot": "another"}],
)
def test_another_time_is_stale(running: Running, change: dict[str, object]) -> None:
    one = asking(running, **change)  # type: ignore[arg-type]
    with pytest.raises(ProofStaleError):
        ask(running, one)


def test_another_key_is_nobody_and_is_told_nothing_else(running: Running) -> None:
    for device in ("D1", "D2", "D3"):
        with pytest.raises(ProofRefusedError):
            ask(running, asking(running, device), new_device_key())
        with pytest.raises(ProofRefusedError):
            ask(running, asking(running, device, boot="another"), new_device_key())
    with pytest.raises(ProofRefusedError):
        proven(running, asking(running), "no signature")


def test_a_revoked_device_is_told_so(running: Running) -> None:
    with pytest.raises(DeviceRevokedError):
        ask(running, asking(running, "D2"))


@pytest.mark.parametrize(
    "change",
    [{"method": "POST"}, {"target": "/api/log"}, {"device": "D2"}, {"boot": "b"}, {"server_ms": 1}],
)
def test_a_signature_is_good_for_what_was_asked_alone(running: Running, change: dict[str, object]) -> None:
    one = asking(running)
    signature = sign_asking(KEY, one)
    assert asking_is_signed(device_public_key(KEY), one, signature)
    assert not asking_is_signed(device_public_key(KEY), msgspec.structs.replace(one, **change), signature)


def test_what_is_signed_is_fixed() -> None:
    one = Asking(method="GET", target="/api/log?since=0", device="D1", boot="b", server_ms=7)
    assert asking_message(one) == b"safepassage reading 1\nGET\n/api/log?since=0\nD1\nb\n7\n"
    assert asking_message(one).decode().startswith(READING)
