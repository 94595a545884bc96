"""Running balances against counting everything anew at every instant."""

# Ids stand as plain strings here, so that clauses read as in an operation folder.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from safepassage.account.balances import crowd, in_step, sides
from safepassage.account.milestones import Reached
from safepassage.account.walks import Halt, Left
from safepassage.model.clauses import BothOrNeither, Cap, Ratio

PEOPLE = [f"P{number:03d}" for number in range(12)]
NOW_S = 100


@given(
    left=st.dictionaries(st.sampled_from(PEOPLE), st.integers(0, 20)),
    groups=st.lists(st.sampled_from(["x", "y", ""]), min_size=12, max_size=12),
    numerator=st.integers(0, 3),
    denominator=st.integers(1, 3),
    tolerance=st.integers(0, 3),
)
def test_a_ratio_is_what_counting_at_every_departure_says(
    left: dict[str, int], groups: list[str], numerator: int, denominator: int, tolerance: int
) -> None:
    clause = Ratio(id="r", group="x", against="y", numerator=numerator, denominator=denominator, tolerance=tolerance)
    of = dict(zip(PEOPLE, groups, strict=True))
    found = in_step(clause, {person: Left(at_s, "") for person, at_s in left.items()}, of)

    over = {}
    for at_s in set(left.values()):
        gone = sum(of[one] == "x" and left[one] <= at_s for one in left)
        other = sum(of[one] == "y" and left[one] <= at_s for one in left)
        if gone * denominator > other * numerator + tolerance * denominator:
            over[at_s] = gone, other
    assert found.broken_s == min(over, default=None)
    assert (found.worst is None) == (not over)
    assert (found.gone, found.every) == (sum(of[one] == "x" for one in left), groups.count("x"))
    for step in found.steps:
        assert bool(step.over) == (step.at_s in over)
    if found.worst is not None:
        assert over[found.worst.at_s] == (found.worst.gone, found.worst.against)


@given(
    spans=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.booleans()), max_size=12),
    most=st.integers(0, 4),
    dwell_s=st.integers(0, 25),
)
def test_a_cap_is_what_counting_at_every_second_says(
    spans: list[tuple[int, int, bool]], most: int, dwell_s: int
) -> None:
    halted = [
        Halt(person, start, None if still else start + length, "B1")
        for person, (start, length, still) in zip(PEOPLE, spans, strict=False)
    ]
    found = crowd(Cap(id="c", site="s", max_people=most, max_dwell_s=dwell_s), halted, NOW_S)

    def there(at_s: int) -> int:
        return sum(one.from_s <= at_s and (one.until_s is None or at_s < one.until_s) for one in halted)

    counts = {at_s: there(at_s) for at_s in range(NOW_S)}
    assert found.most == max(counts.values())
    assert found.here == counts[NOW_S - 1]
    assert [counts[at_s] for at_s, _ in found.steps] == [count for _, count in found.steps]
    crowded = [at_s for at_s, count in counts.items() if most and count > most]
    long = {one.person: one.from_s + dwell_s for one in halted
            if dwell_s and (NOW_S if one.until_s is None else one.until_s) - one.from_s > dwell_s}  # fmt: skip
    assert found.over == tuple(sorted(long))
    assert found.broken_s == min([*crowded, *long.values()], default=None)
    assert found.dwell_s == max(
        ((NOW_S if one.until_s is None else one.until_s) - one.from_s for one in halted), default=0
    )


@given(st.lists(st.one_of(st.none(), st.integers(0, 50), st.just("unknown")), min_size=1, max_size=5))
def test_both_or_neither_counts_what_has_come(times: list[int | str | None]) -> None:
    names = [f"m{number}" for number in range(len(times))]
    reached = {
        name: None if at is None else Reached(at_s=at if isinstance(at, int) else None, by="word")
        for name, at in zip(names, times, strict=True)
    }
    found = sides(BothOrNeither(id="b", milestones=tuple(names)), reached)

    assert found.every == len(names)
    assert len(found.come) == sum(at is not None for at in times)
    assert found.steps == tuple(
        sorted((at, name) for name, at in zip(names, times, strict=True) if isinstance(at, int))
    )
