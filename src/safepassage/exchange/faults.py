"""Collect every fault of a reading, not only the first, without letting a hostile file fill the memory with them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import Literal

from msgspec import Struct

from safepassage.exchange.bounds import MAX_FAULTS_PER_CODE, MAX_FOUND
from safepassage.model.errors import Fault, Place

Severity = Literal["error", "clash", "warning"]


class Bad(Struct, frozen=True, kw_only=True):
    """Why a value cannot be read: the code of the fault, what was expected, what to do."""

    code: str
    expected: str
    remedy: str = ""
    what: str = ""
    severity: Severity = "error"


def shown(value: object) -> str:
    """Show a value as found, short and with every control, bidi and invisible character escaped."""
    text = value[: MAX_FOUND + 1] if isinstance(value, str) else str(value)[: MAX_FOUND + 1]
    cut = "..." if len(text) > MAX_FOUND else ""
    safe = "".join(
        f"\\u{{{ord(sign):04X}}}" if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else sign
        for sign in text[:MAX_FOUND]
    )
    return f'"{safe}"{cut}'


class Faults:
    """The faults of one reading, in the order found; at most MAX_FAULTS_PER_CODE of a code in one file."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._counts: Counter[tuple[str, str]] = Counter()
        self._last: dict[tuple[str, str], Fault] = {}

    def add(self, fault: Fault) -> None:
        """Keep the fault, or only count it when there are very many like it."""
        key = (fault.code, fault.place.file)
        self._counts[key] += 1
        if self._counts[key] <= MAX_FAULTS_PER_CODE:
            self._faults.append(fault)
        else:
            self._last[key] = fault

    def bad(self, place: Place, what: str, bad: Bad, found: object) -> None:
        """Keep the fault of an unreadable value."""
        self.add(
            Fault(
                code=bad.code,
                severity=bad.severity,
                place=place,
                what=bad.what or what,
                expected=bad.expected,
                found=shown(found) if found != "" else "",
                remedy=bad.remedy,
            )
        )

    def many(self, faults: tuple[Fault, ...]) -> None:
        """Keep several."""
        for fault in faults:
            self.add(fault)

    @property
    def stop(self) -> bool:
        """Whether a fault so far stops the reading."""
        return any(fault.severity == "error" for fault in self._faults)

    def all(self) -> tuple[Fault, ...]:
        """Return the faults kept, and one line for each code of which there are more."""
        more = tuple(
            Fault(
                code="more-faults",
                severity=last.severity,
                place=Place(file=last.place.file),
                what=f"{self._counts[key] - MAX_FAULTS_PER_CODE} more faults [{last.code}] are not listed",
                remedy="mend those listed and check again",
            )
            for key, last in self._last.items()
        )
        return (*self._faults, *more)
