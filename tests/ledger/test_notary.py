"""A process that checks signatures: what it says, and that nobody depends on it."""

from __future__ import annotations

import io
import select
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from safepassage.ledger import notary
from safepassage.ledger.notary import Asked, Notary, attend
from safepassage.ledger.signing import device_public_key, new_device_key, sign_batch
from safepassage.ledger.vocabulary import Batch

KEY = new_device_key()
PUBLIC_KEY = device_public_key(KEY)
BATCH = Batch(device="D1", sequence=1, digest="ab" * 32)
GOOD: Asked = (PUBLIC_KEY, msgspec.structs.replace(BATCH, signature=sign_batch(KEY, BATCH)))
BAD: Asked = (PUBLIC_KEY, msgspec.structs.replace(GOOD[1], sequence=2))


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notary, "can_have_one", lambda: True)


@pytest.fixture
def one(two_cores: None) -> Iterator[Notary]:
    found = Notary()
    yield found
    found.close()


def stands_in(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let another program play the notary: it greets, and then does as told."""
    head = "import os, sys, time\nos.write(1, bytes(4))\n"

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", head + script], bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    monkeypatch.setattr(notary, "_start", start)


def greeted(one: Notary) -> Notary:
    """Start a notary and wait until it is there."""
    assert one.check([GOOD]) == []  # it is started, and nobody waits for it
    process = one._process
    assert process is not None
    select.select([notary._out(process)], [], [], 60)
    assert one.check([GOOD]) == []  # it was heard greeting
    return one


def test_it_tells_good_signatures_from_bad_ones_in_order(one: Notary) -> None:
    """More than fit into one question too."""
    greeted(one)
    assert one.check([GOOD, BAD, GOOD, GOOD]) == [True, False, True, True]
    assert one.check([BAD] * 150 + [GOOD]) == [False] * 150 + [True]


def test_without_a_second_core_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody checks for themselves."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0})
    alone = Notary()
    assert alone.check([GOOD]) == []
    assert alone._process is None
    alone.close()


def test_one_that_cannot_be_started_is_done_without(one: Notary, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system has no room for another process."""

    def no_room() -> None:
        raise OSError

    monkeypatch.setattr(notary, "_start", no_room)
    assert one.check([GOOD]) == []
    monkeypatch.undo()
    assert one.check([GOOD]) == []
    assert one._process is None


@pytest.mark.parametrize(
    "script",
    [
        "",  # it dies
        "os.write(1, (9).to_bytes(4, 'big') + b'xx')",  # in the middle of a word
        "os.read(0, 100_000); os.write(1, (1).to_bytes(4, 'big') + b'\\xc0'); time.sleep(60)",  # it talks nonsense
        "os.read(0, 100_000); os.write(1, (1).to_bytes(4, 'big') + b'\\x90'); time.sleep(60)",  # of another number
    ],
)
def test_one_that_fails_is_let_go(one: Notary, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Whatever it said last is worth nothing."""
    stands_in(monkeypatch, script)
    greeted(one)
    assert one.check([GOOD]) == []
    assert one._process is None
    assert one.check([GOOD]) == []


def test_one_that_says_nothing_is_let_go(one: Notary, monkeypatch: pytest.MonkeyPatch) -> None:
    """Callers do not wait for ever."""
    stands_in(monkeypatch, "time.sleep(60)")
    greeted(one)
    monkeypatch.setattr(notary, "PATIENCE_S", 0.0)
    assert one.check([GOOD]) == []
    assert one._process is None


def test_it_attends_until_nobody_asks() -> None:
    """The loop of the process itself."""
    asks, answers = io.BytesIO(), io.BytesIO()
    for asked in ([GOOD, BAD], [BAD]):
        notary._write(asks, msgspec.msgpack.encode(asked))
    asks.seek(0)
    attend(asks, answers)
    answers.seek(0)
    said: list[Any] = [notary._read(answers)]
    said += [msgspec.msgpack.decode(notary._read(answers)) for _ in range(2)]
    assert said == [b"", [True, False], [False]]


def test_what_is_not_taken_whole_was_not_said() -> None:
    """A pipe that takes only a part is as good as closed."""

    class Narrow(io.BytesIO):
        def write(self, data: Any) -> int:
            return super().write(data[:3])

    with pytest.raises(EOFError):
        notary._write(Narrow(), b"long")
