"""Hypothesis strategies: generated operations, each with a valid plan built by hand rules alone."""

from __future__ import annotations

from hypothesis import strategies as st

from rules.scenarios import scenario
from rules.world import Household, Scenario, Shape
from safepassage.model.operation import Operation


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """Draw the shape of a scenario: up to five households, with or without a convoy, clauses tight or not."""
    convoy = draw(st.booleans())
    household = st.builds(
        Household,
        adults=st.integers(1, 2),
        children=st.integers(0, 2),
        mobility=st.sampled_from(("walking", "wheelchair", "stretcher")),
        at_pickup=st.integers(0, 2),
        treatment_s=st.sampled_from((0, 0, 900)),
        cared_for=st.booleans(),
    )
    return Shape(
        convoy=convoy,
        households=tuple(draw(st.lists(household, min_size=1, max_size=5))),
        speed_percent=draw(st.sampled_from((80, 93, 100))),
        near_s=draw(st.integers(60, 240)),
        places=draw(st.integers(0, 2)),
        with_clauses=draw(st.booleans()),
        everyone=draw(st.booleans()),
        refusing=draw(st.booleans()),
        slack_s=draw(st.sampled_from((0, 7200))),
    )


def scenarios() -> st.SearchStrategy[Scenario]:
    """Draw scenarios: an operation, its links, a valid plan."""
    return shapes().map(scenario)


def operations() -> st.SearchStrategy[Operation]:
    """Draw operations that have a plan, and clauses that leave two hours to find one."""
    return shapes().map(lambda shape: scenario(shape._replace(slack_s=7200)).operation)
