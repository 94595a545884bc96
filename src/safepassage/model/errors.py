"""The tree of errors, and the faults found in what people hand in.

SafepassageError          exit status, HTTP status
├── UsageError            2, 400   the command line asks for something that does not exist
├── InputError            3, 422   carries every Fault found, not only the first
└── InternalError         4, 500   our fault: an invariant of ours does not hold
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Place(Struct, frozen=True, kw_only=True, order=True):
    """Where in what was handed in: a file, a sheet of it, a cell of that (A1), or a dotted key of a TOML file."""

    file: str = ""
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        parts = [self.file]
        if self.sheet:
            parts.append(f'sheet "{self.sheet}"')
        if self.cell:
            parts.append(self.cell)
        return " > ".join(part for part in parts if part)


class Fault(Struct, frozen=True, kw_only=True):
    """One thing wrong with the input: where, what was expected, what was found, what to do.

    `error` stops the reading. `clash` reads well but no plan can exist (an unaccompanied child, a cycle among clauses).
    `warning` is for a person to look at.
    """

    code: str
    severity: Literal["error", "clash", "warning"]
    place: Place
    what: str
    expected: str = ""
    found: str = ""
    remedy: str = ""
    subjects: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"{self.place}: {self.what}" if str(self.place) else self.what
        if self.expected:
            text += f": expected {self.expected}"
        if self.found:
            text += f"; found {self.found}"
        if self.remedy:
            text += f"; {self.remedy}"
        return f"{text} [{self.code}]"


class SafepassageError(Exception):
    """Any error this program raises on purpose."""

    code = "internal"
    exit_status = 4
    http_status = 500


class UsageError(SafepassageError):
    """The command asks for something that does not exist or does not fit together."""

    code = "usage"
    exit_status = 2
    http_status = 400


class InputError(SafepassageError):
    """What was handed in cannot be read; carries all faults found.

    Parameters
    ----------
    faults
        Every fault, in the order of the files.
    """

    code = "input"
    exit_status = 3
    http_status = 422

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(f"{len(faults)} fault(s) in the input")
        self.faults = faults


class InternalError(SafepassageError):
    """An invariant of this program does not hold: our fault, please report it."""


class Code(Struct, frozen=True, kw_only=True):
    """What a stable code means to a coordinator: shown by `safepassage explain`."""

    title: str
    meaning: str
    remedy: str
