"""What is found wrong with a ledger, and where: the form of each thing that an audit tells, and of all."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

Severity = Literal["fault", "open"]
"""`fault`: bytes were changed, or somebody is not who they say. `open`: it may still come right, as what is missing may
still arrive."""

OPEN: Final = frozenset({"ledger-chain-gap", "ledger-unsigned", "ledger-key-unknown", "ledger-checkpoint-foreign"})
"""Codes of what may still come right."""


class Finding(Struct, frozen=True, kw_only=True, order=True):
    """One thing found.

    Located by whatever applies: `position` in the log (up to `position_until`, where only a range can be told), a
    `device` with the `sequence` of its event (up to `sequence_until`), a `column` of the store, a line of a file in
    `position` of an export. -1 and "" where it does not apply.
    """

    code: str
    position: int = -1
    position_until: int = -1
    device: str = ""
    sequence: int = -1
    sequence_until: int = -1
    column: str = ""
    digest: str = ""
    what: str

    @property
    def severity(self) -> Severity:
        """Tell how grave it is."""
        return "open" if self.code in OPEN else "fault"

    @property
    def place(self) -> str:
        """Say where in words, as "position 17, D7 number 41 to 43, column digest"."""
        parts = []
        if self.position >= 0:
            parts.append(f"position {_span(self.position, self.position_until)}")
        if self.device:
            number = f" number {_span(self.sequence, self.sequence_until)}" if self.sequence >= 0 else ""
            parts.append(f"{self.device}{number}")
        if self.column:
            parts.append(f"column {self.column}")
        return ", ".join(parts)

    def __str__(self) -> str:
        return f"{self.place}: {self.what} [{self.code}]" if self.place else f"{self.what} [{self.code}]"


class Verdict(Struct, frozen=True, kw_only=True):
    """What an audit found.

    `origin` and `public_key` are as the log itself says; whom the `servers` let in is let in. `kept` and `known` count
    the checkpoints compared, `unsaid` the findings beyond those that are listed.
    """

    origin: str
    public_key: str
    size: int
    root: str
    devices: int
    servers: tuple[str, ...]
    kept: int
    known: int
    findings: tuple[Finding, ...]
    unsaid: int = 0

    @property
    def sound(self) -> bool:
        """Tell whether nothing was changed, as far as can be told; what is still open may be missing."""
        return not self.unsaid and all(one.severity == "open" for one in self.findings)


def _span(first: int, last: int) -> str:
    return str(first) if last in {-1, first} else f"{first} to {last}"
