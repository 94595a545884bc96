"""Households that are alike: plans count them per pickup and class, so every count is made of whole households."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from msgspec import Struct

from safepassage.planner.households.problem import HouseholdProblem, Integers


class Classes(Struct, frozen=True, kw_only=True):
    """Households of one pickup with the same sizes, times and shelters; classes are numbered pickup by pickup.

    Attributes
    ----------
    first
        Shape (pickups + 1,): the first class of a pickup; within a pickup the largest come first.
    example
        Shape (classes,): a household of the class.
    members
        Per class its households, in order.
    """

    first: Integers
    example: Integers
    members: tuple[tuple[int, ...], ...]


def classify(problem: HouseholdProblem) -> Classes:
    """Group the households."""
    people = problem.sizes.sum(axis=1)
    columns = (problem.pickup, -people, *-problem.sizes.T, problem.board_s, problem.alight_s, problem.ready_s)
    groups: dict[tuple[int, ...], list[int]] = {}
    keyed = zip(*(column.tolist() for column in columns), _number_choices(problem), strict=True)
    for household, key in enumerate(keyed):
        groups.setdefault(key, []).append(household)
    keys = sorted(groups)
    return Classes(
        first=np.searchsorted([key[0] for key in keys], np.arange(problem.pickups + 1)).astype(np.int64),
        example=np.array([groups[key][0] for key in keys], np.int64),
        members=tuple(tuple(groups[key]) for key in keys),
    )


def _number_choices(problem: HouseholdProblem) -> list[int]:
    """Give numbers to the sets of shelters that households may end at, by first appearance."""
    numbers: dict[bytes, int] = {}
    return [numbers.setdefault(row.tobytes(), len(numbers)) for row in problem.allowed]


def name_households(classes: Classes, counts: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Give each (class, count), in order, that many households that nobody was given before."""
    given = [0] * len(classes.members)
    named = []
    for one, count in counts:
        named.append(list(classes.members[one][given[one] : given[one] + count]))
        given[one] += count
    return named
