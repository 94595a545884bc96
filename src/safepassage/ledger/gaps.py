"""What is missing of a device's numbers: one definition for the board and for the audit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Gap(NamedTuple):
    """Events of a device that others prove to exist and that are not here: from and to which sequence."""

    first: int
    last: int


def gaps(there: Iterable[int], first: int, last: int) -> tuple[Gap, ...]:
    """Return the runs of numbers that are not there, in order.

    Parameters
    ----------
    there
        The numbers that are there from `first` on, in any order.
    first, last
        The first and the last that must be there.
    """
    found, expected = [], first
    for number in sorted(there):
        if number > expected:
            found.append(Gap(expected, number - 1))
        expected = number + 1
    if last >= expected:
        found.append(Gap(expected, last))
    return tuple(found)
