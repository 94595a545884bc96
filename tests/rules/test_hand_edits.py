"""A plan edited by hand may hold anything: the referee answers, it does not stumble."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.edits import CONVOY, REFERRAL, SHUTTLE
from rules.world import Scenario
from safepassage.model.plan import Plan
from safepassage.rules import check
from strategies import scenarios

NUMBERS = (-(10**9), -60, -1, 0, 1, 2, 59, 3600, 10**9)


def leaves(node: Any) -> list[tuple[Any, Any]]:
    """Return every place of a nested plan that holds a number, a word or a list."""
    pairs = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    found = [(node, key) for key, _ in pairs]
    for _, value in pairs:
        found += leaves(value)
    return found


def scribbled(plan: Plan, words: list[str], random: Random, count: int) -> Plan | None:
    """Change `count` places of a plan at random; None when the result can no longer be read as a plan."""
    node = msgspec.to_builtins(plan)
    for _ in range(count):
        holder, key = random.choice(leaves(node))
        if isinstance(holder, dict) and key in {"status", "format"}:
            continue
        holder[key] = _other(holder[key], words, random)
    try:
        return msgspec.convert(node, Plan)
    except msgspec.ValidationError:
        return None


def _other(value: Any, words: list[str], random: Random) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return random.choice((*NUMBERS, value + 1, value - 1))
    if isinstance(value, str):
        return random.choice((*words, "ghost", ""))
    if isinstance(value, list):
        return random.choice(([], value[1:], value + value[:1], value[::-1]))
    return value


def words_of(drawn: Scenario) -> list[str]:
    operation = drawn.operation
    tables = (operation.people, operation.vehicles, operation.sites, operation.links, operation.clauses)
    ids = [row.id for table in tables for row in table]
    return ids + [trip.id for trip in drawn.plan.trips] + ["shuttle", "convoy", "referral", "rest", "C1"]


@given(drawn=scenarios(), seed=st.integers(0, 2**32), count=st.integers(1, 12))
def test_any_plan_is_answered(drawn: Scenario, seed: int, count: int) -> None:
    plan = scribbled(drawn.plan, words_of(drawn), Random(seed), count)
    if plan is not None:
        found = check(drawn.operation, drawn.travel, plan)
        assert all(violation.detail and violation.subjects for violation in found)


@pytest.mark.no_cover
@pytest.mark.parametrize("base", [SHUTTLE, REFERRAL, CONVOY], ids=["shuttle", "referral", "convoy"])
def test_a_few_hundred_scribbles_are_answered(base: Scenario) -> None:
    random = Random(0)
    words = words_of(base)
    answers = 0
    for _ in range(400):
        plan = scribbled(base.plan, words, random, random.randint(1, 4))
        if plan is not None:
            answers += isinstance(check(*base._replace(plan=plan)), tuple)
    assert answers > 100


def test_nonsense_travel_data_is_not_looked_at() -> None:
    """Only the links of the travel data count: that they are said to be closed does not matter."""
    links = SHUTTLE.travel.links
    closed = replace(SHUTTLE.travel, open=dict.fromkeys(links, ()), closed_by=dict.fromkeys(links, ()))
    assert check(SHUTTLE.operation, closed, SHUTTLE.plan) == ()
