"""What an operation teaches without anybody in it: a table of which no row points at a person.

Each row is one person: coarse features, and how long each part of the journey took, in steps of five minutes. Features
are made coarser, and at last left out, until at least `k` people share them (k-anonymity); the rows are in the order of
what they say. Places, codes, groups and instants are left out altogether.

References
----------
Sweeney, "k-anonymity: a model for protecting privacy", Int. J. Uncertainty, Fuzziness and Knowledge-Based Systems
10(5), 2002. It does not protect against who knows more: a rare duration may still be recognised by somebody who was
there, which is why durations are capped and coarse as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

K: Final = 5
"""How many share each row's features at least. Assumption: the least that statistical offices commonly publish."""

STEP_MS: Final = 300_000
LONGEST_MS: Final = 72 * 3_600_000
ANY: Final = "any"

FEATURES: Final = ("age_band", "mobility", "household")


class Told(Struct, frozen=True, kw_only=True):
    """One person before it is made anonymous: features, and milliseconds of each phase (None: did not happen)."""

    age_band: str
    mobility: str
    household: int
    waited: int | None
    rode: int | None
    in_hospital: int | None
    ending: str


class Row(Struct, frozen=True, kw_only=True):
    """One row that may be published: minutes of each phase, by steps of five; None where it did not happen."""

    age_band: str
    mobility: str
    household: str
    waited: int | None
    rode: int | None
    in_hospital: int | None
    ending: str


def anonymous(people: Iterable[Told], k: int = K) -> tuple[tuple[Row, ...], int]:
    """Return rows that each share their features and ending with at least `k` in all; and how many were left out.

    Parameters
    ----------
    people
        In any order.
    k
        The least number that shares features.
    """
    told = list(people)
    levels = [(_features(one), one) for one in told]
    for feature in (*reversed(FEATURES), "ending"):
        few = _few((found for found, _ in levels), k)
        levels = [({**found, feature: ANY} if _key(found) in few else found, one) for found, one in levels]
    few = _few((found for found, _ in levels), k)
    rows = [
        _row(found, one) for found, one in levels if _key(found) not in few
    ]  # fmt: skip
    rows.sort(key=_order)
    return tuple(rows), len(told) - len(rows)


def _row(found: Mapping[str, str], one: Told) -> Row:
    return Row(
        age_band=found["age_band"], mobility=found["mobility"], household=found["household"], ending=found["ending"],
        waited=_coarse(one.waited), rode=_coarse(one.rode), in_hospital=_coarse(one.in_hospital),
    )  # fmt: skip


def _features(one: Told) -> dict[str, str]:
    size = "1" if one.household == 1 else "2-4" if one.household < 5 else "5 or more"
    return {"age_band": one.age_band or ANY, "mobility": one.mobility or ANY, "household": size, "ending": one.ending}


def _key(found: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(found[name] for name in (*FEATURES, "ending"))


def _few(rows: Iterable[Mapping[str, str]], k: int) -> set[tuple[str, ...]]:
    """Return the combinations that fewer than `k` share."""
    return {key for key, count in Counter(map(_key, rows)).items() if count < k}


def _coarse(lasted_ms: int | None) -> int | None:
    """Return minutes, by steps of five, at most three days."""
    return None if lasted_ms is None else 5 * (max(0, min(lasted_ms, LONGEST_MS)) // STEP_MS)


def _order(row: Row) -> list[str]:
    return [str(value) for value in (row.age_band, row.mobility, row.household, row.ending, row.waited, row.rode,
                                     row.in_hospital)]  # fmt: skip
