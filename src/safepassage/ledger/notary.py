"""A process beside this one that checks signatures: the check takes longer than all else that a small parcel costs.

The library that checks a signature keeps the interpreter to itself meanwhile, so a thread would help nobody. What the
notary says is asked for ahead: whoever relies on a signature checks for itself all that no notary has spoken of.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Sequence
from typing import IO, Any, Final

import msgspec

from safepassage.ledger.signing import batch_is_signed
from safepassage.ledger.vocabulary import Batch

Asked = tuple[str, Batch]
"""A public key, and a batch that may be signed with it."""

PATIENCE_S: Final = 5.0
"""A notary that says nothing for so long is let go, and everybody checks for themselves."""

MOST: Final = 100
"""Signatures asked about at once: their bytes fit into a pipe, so that nobody waits in writing for a reader."""

_SIZE_BYTES: Final = 4
_encode = msgspec.msgpack.Encoder().encode
_read_asked = msgspec.msgpack.Decoder(list[Asked]).decode
_read_said = msgspec.msgpack.Decoder(list[bool]).decode


class Notary:
    """Checks signatures in a process of its own; it is started when there is enough to check for the first time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._greeted = False
        self._gone = not can_have_one()

    def check(self, asked: Sequence[Asked]) -> list[bool]:
        """Tell of each batch whether it is signed with the key; of nothing, where there is no notary, or none yet.

        Parameters
        ----------
        asked
            Keys and batches.
        """
        if self._gone:
            return []
        try:
            if self._process is None:
                self._process = _start()
            if not self._greeted:
                self._greeted = _has_spoken(self._process, 0) and _read(_out(self._process)) == b""
                return []
            found: list[bool] = []
            for start in range(0, len(asked), MOST):
                found += self._ask(self._process, asked[start : start + MOST])
        except (OSError, EOFError, msgspec.MsgspecError):
            self.close()
            return []
        return found

    def _ask(self, process: subprocess.Popen[bytes], asked: Sequence[Asked]) -> list[bool]:
        assert process.stdin is not None  # noqa: S101  it was started with one
        _write(process.stdin, _encode(asked))
        if not _has_spoken(process, PATIENCE_S):
            raise EOFError
        said = _read_said(_read(_out(process)))
        if len(said) != len(asked):
            raise EOFError
        return said

    def close(self) -> None:
        """Let the notary go; from then on nothing is told. A second time does nothing."""
        self._gone = True
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def can_have_one() -> bool:
    """Tell whether a second process has a core to work on, and this system lets one wait for a pipe."""
    return os.name == "posix" and len(os.sched_getaffinity(0)) > 1


def _start() -> subprocess.Popen[bytes]:
    """Start a notary. It ends when its input does, whatever became of us; interrupts from the keyboard are ours."""
    return subprocess.Popen(
        [sys.executable, "-m", "safepassage.ledger.notary"],
        bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def _out(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None  # noqa: S101  it was started with one
    return process.stdout


def _has_spoken(process: subprocess.Popen[bytes], within_s: float) -> bool:
    return bool(select.select([_out(process)], [], [], within_s)[0])


def _write(stream: IO[bytes], data: bytes) -> None:
    """Write a message: its length, then itself.

    Raises
    ------
    EOFError
        When the other side does not take all of it.
    """
    message = len(data).to_bytes(_SIZE_BYTES, "big") + data
    if stream.write(message) != len(message):
        raise EOFError


def _read(stream: IO[bytes]) -> bytes:
    """Read a message.

    Raises
    ------
    EOFError
        When the other side is gone.
    """
    return _whole(stream, int.from_bytes(_whole(stream, _SIZE_BYTES), "big"))


def _whole(stream: IO[bytes], size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = stream.read(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def attend(asks: IO[bytes], answers: IO[Any]) -> None:
    """Be the notary: greet, then answer each message until there are no more."""
    _write(answers, b"")
    while True:
        try:
            asked = _read_asked(_read(asks))
        except EOFError:
            return
        _write(answers, _encode([batch_is_signed(key, batch) for key, batch in asked]))


if __name__ == "__main__":
    with open(0, "rb", buffering=0) as asks, open(1, "wb", buffering=0) as answers:
        attend(asks, answers)
