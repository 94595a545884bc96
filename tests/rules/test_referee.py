"""The referee as a whole: good plans pass, every kind of lie is caught, nothing makes it stumble."""

from __future__ import annotations

import ast
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import safepassage.rules
from mutations import MUTATIONS, Mutation
from rules.scenarios import scenario
from rules.world import Household, Scenario, Shape
from safepassage.model.plan import Clash, Plan
from safepassage.rules import CODES, check
from safepassage.rules.premises import premises
from strategies import scenarios

FULL = (
    Household(adults=2, children=1, cared_for=True, mobility="stretcher", treatment_s=900),
    Household(adults=2, children=2, treatment_s=1800),
    Household(adults=2, children=2, mobility="wheelchair"),
    Household(adults=2, children=1, at_pickup=1),
)


@given(scenarios())
def test_a_valid_plan_has_no_violations(drawn: Scenario) -> None:
    assert check(*drawn) == ()


@given(scenarios())
def test_an_operation_with_a_plan_has_no_clash(drawn: Scenario) -> None:
    found = premises(drawn.operation, drawn.travel)
    assert [fault for fault in found if fault.severity == "clash"] == []


@pytest.mark.no_cover
@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutate: mutate.__name__)
@settings(max_examples=50)
@given(drawn=scenarios(), seed=st.integers(0, 2**32))
def test_a_mutation_is_always_caught(mutate: Mutation, drawn: Scenario, seed: int) -> None:
    mutated = mutate(drawn.operation, drawn.plan, Random(seed))
    if mutated is not None:
        assert check(drawn.operation, drawn.travel, mutated)


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutate: mutate.__name__)
def test_every_mutation_finds_something_to_make_wrong(mutate: Mutation) -> None:
    base = scenario(Shape(convoy=True, households=FULL * 2))
    assert mutate(base.operation, base.plan, Random(0)) is not None


@pytest.mark.no_cover
@given(drawn=scenarios(), seed=st.integers(0, 2**32), count=st.integers(2, 6))
def test_many_mutations_at_once_are_caught_without_stumbling(drawn: Scenario, seed: int, count: int) -> None:
    random = Random(seed)
    plan = drawn.plan
    for mutate in random.sample(MUTATIONS, count):
        plan = _again(mutate, drawn, plan, random) or plan
    if plan != drawn.plan:
        assert isinstance(check(drawn.operation, drawn.travel, plan), tuple)


def _again(mutate: Mutation, drawn: Scenario, plan: Plan, random: Random) -> Plan | None:
    try:
        return mutate(drawn.operation, plan, random)
    except (KeyError, IndexError, ValueError):
        # a mutation may count on a good plan; the referee may not
        return None


def test_an_infeasible_plan_names_a_clash_and_has_no_trips() -> None:
    base = scenario(Shape())
    empty = replace(base.plan, status="infeasible", trips=(), clashes=(Clash(rule="seats", subjects=()),))
    assert check(base.operation, base.travel, empty) == ()
    unexplained = check(base.operation, base.travel, replace(empty, clashes=()))
    assert [violation.subjects for violation in unexplained] == [("clashes",)]
    moving = check(base.operation, base.travel, replace(empty, trips=base.plan.trips))
    assert [violation.subjects for violation in moving] == [("trips",)]


def test_every_code_used_is_explained_and_every_code_explained_is_used() -> None:
    used = set()
    for source in Path(safepassage.rules.__file__).parent.rglob("*.py"):
        if not source.stem.startswith("codes"):
            tree = ast.parse(source.read_text(encoding="utf-8"))
            used |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
            for call in ast.walk(tree):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"broken", "clash", "warning"}:
                    first = call.args[0]
                    assert not isinstance(first, ast.Constant) or first.value in CODES
    assert set(CODES) <= used


def test_every_code_has_words_for_a_coordinator() -> None:
    assert all(code.title and code.meaning.endswith(".") and code.remedy.endswith(".") for code in CODES.values())
