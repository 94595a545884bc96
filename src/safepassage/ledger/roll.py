"""Who and what is expected: the roll that the board calls."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

_NONE: Mapping[str, str] = MappingProxyType({})


class Expected(Struct, frozen=True, kw_only=True):
    """Who is to ride on a trip of a vehicle, and the site where the trip ends."""

    trip: str
    vehicle: str
    persons: frozenset[str]
    ends_at: str = ""


class Roll(Struct, frozen=True, kw_only=True):
    """What an operation and its plan expect, as far as the board compares with it.

    `households` maps persons to households and so lists everybody expected; `final_sites` are where a movement ends;
    `manifests` are the trips in the order in which each vehicle makes them; `least_s` are the least seconds between
    sites by the fastest there is (a pair that is missing binds nothing).
    """

    households: Mapping[str, str] = _NONE
    final_sites: frozenset[str] = frozenset()
    manifests: tuple[Expected, ...] = ()
    least_s: Mapping[tuple[str, str], int] = MappingProxyType({})

    def least_ms(self, origin: str, end: str) -> int:
        """Return the least milliseconds from site to site, as the merge asks for them."""
        return self.least_s.get((origin, end), 0) * 1000
