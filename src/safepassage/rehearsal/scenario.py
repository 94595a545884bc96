"""A part of the runs of one scenario among many: what its row is told from, and no more.

Whoever plays a part is handed the operation and the plan, not what is compiled from them: that is larger, and kept by
whoever has it, for the next part.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.rehearsal.asked import Asked, Names, asked_of
from safepassage.rehearsal.chunk import play
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.drivers import seeds_of
from safepassage.rehearsal.judging import in_time, last_arrivals
from safepassage.rehearsal.local import spans
from safepassage.rehearsal.script import Ints, Script
from safepassage.roads.table import travel

KEPT: Final = 4
"""Compiled plans that a worker keeps."""


class Scenario(Struct, frozen=True, kw_only=True):
    """An operation and its plan; `key` tells it from every other, `seed` is that of its random numbers."""

    key: str
    operation: Operation
    plan: Plan
    seed: int


class Part(NamedTuple):
    """What some runs gave, in the order of their numbers.

    `in_time` shape (runs,): everybody was out when it was due; `last` shape (runs,), seconds: when the last arrived,
    NEVER where some never did.
    """

    in_time: NDArray[np.bool_]
    last: Ints


_compiled: OrderedDict[str, tuple[Script, Asked, Names]] = OrderedDict()


def play_part(scenario: Scenario, first: int, count: int) -> Part:
    """Play runs `first` to `first + count - 1` of a scenario.

    Parameters
    ----------
    scenario
        Which.
    first, count
        Which runs, at least one.

    Raises
    ------
    InternalError
        When the plan's sequences contradict each other.
    ValueError
        When something of the plan has no window left in which it may start.
    """
    script, asked, names = _compile(scenario)
    seeds = seeds_of(scenario.seed)
    parts = []
    # bit by bit: what is asked of runs besides takes more room than what is kept
    for span in spans(first, count):
        chunk = play(script, asked, seeds, *span)
        parts.append(Part(in_time(scenario.operation, names, chunk), last_arrivals(names, chunk)))
    return together(parts)


def together(parts: list[Part]) -> Part:
    """Join parts in the order of their runs."""
    return Part(*map(np.concatenate, zip(*parts, strict=True)))


def _compile(scenario: Scenario) -> tuple[Script, Asked, Names]:
    found = _compiled.pop(scenario.key, None)
    if found is None:
        script, network = compile_plan(scenario.operation, travel(scenario.operation), scenario.plan)
        found = script, *asked_of(scenario.operation, scenario.plan, network)
    _compiled[scenario.key] = found
    while len(_compiled) > KEPT:
        _compiled.popitem(last=False)
    return found
