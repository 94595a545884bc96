"""Journeys against trying everything, and each kind of step by itself."""

from __future__ import annotations

import random

import pytest

from ledger.oracle_journeys import best, smallest_sets
from safepassage.ledger import journeys
from safepassage.ledger.clocks import Interval
from safepassage.ledger.envelope import Digest
from safepassage.ledger.journeys import (
    LARGEST_SET_ASIDE,
    MOST_READINGS,
    NOWHERE,
    Finding,
    Sighting,
    Where,
    examine,
    step_ms,
)  # fmt: skip
from safepassage.ledger.roll import Roll

QARA, PALMYRA = Where("site", "qara", "qara"), Where("site", "palmyra", "palmyra")
SITES = ("qara", "palmyra", "arsal")
LEAST_MS = {("qara", "palmyra"): 4, ("palmyra", "qara"): 4, ("qara", "arsal"): 2, ("arsal", "palmyra"): 5}


def least_ms(origin: str, end: str) -> int:
    return LEAST_MS.get((origin, end), 0)


def aboard(vehicle: str, site: str = "qara") -> Where:
    return Where("vehicle", vehicle, site)


def foot(site: str = "qara") -> Where:
    return Where("foot", site, site)


def sighting(
    number: int, before: Where, after: Where | None = None, *, at: tuple[int, int] = (0, 1000), knew: int = 0,
    upheld: bool = False,
) -> Sighting:  # fmt: skip
    """Make a sighting; `at` is its earliest and latest time."""
    interval = Interval(*at, sum(at) // 2)
    return Sighting(Digest(bytes([number]) * 32), interval, knew, before, before if after is None else after, upheld)


def any_case(chance: random.Random) -> list[Sighting]:
    """Make up to six sightings that may or may not fit together."""
    found: list[Sighting] = []
    count, wide = chance.randint(1, 6), chance.choice((3, 12))
    knowing = chance.choice((0.1, 0.6))
    for index in range(count):
        site, vehicle = chance.choice(SITES), chance.choice(("B1", "B2"))
        before, after = chance.choice((
            (Where("site", site, site),) * 2, (Where("site", site, site),) * 2, (foot(site), aboard(vehicle, site)),
            (foot(site), aboard(vehicle, site)), (aboard(vehicle, site), Where("site", site, site)),
            (aboard("B1", site), aboard("B2", site)), (aboard(vehicle, site),) * 2,
            (aboard(vehicle, site), NOWHERE), (Where("site", site, site), Where("dead", site, site)),
        ))  # fmt: skip
        known = 0
        for other in range(index):
            if chance.random() < knowing:
                known |= 1 << other | found[other].known
        start = chance.randint(0, 15)
        upheld = chance.random() < 0.1
        at = (start, start + chance.randint(0, wide))
        found.append(sighting(chance.randrange(256), before, after, at=at, knew=known, upheld=upheld))
    if len({one.name for one in found}) < count:
        return any_case(chance)
    return found


def agree(case: list[Sighting]) -> None:
    """Compare what is found with what trying everything finds."""
    found = examine(case, least_ms)
    expected = best(range(len(case)), case, least_ms)
    if expected is None:
        compare_readings(case, found)
        return
    least, lasts = expected
    assert not found.contradicted
    assert sorted(found.journey) == list(range(len(case)))
    assert found.unrecorded == least
    assert found.journey[-1] in lasts
    end = case[found.journey[-1]].after
    assert set(found.possible) == {
        case[last].after for last in lasts if case[last].after[:2] != end[:2] and case[last].after.kind
    }


def compare_readings(case: list[Sighting], found: Finding) -> None:
    expected = smallest_sets(case, least_ms, LARGEST_SET_ASIDE)
    assert found.contradicted
    assert not found.open
    if not expected:
        assert found.journey == ()
        assert len(found.readings) == min(len(case), MOST_READINGS)
        return
    sets = [tuple(sorted(left_out)) for left_out, _ in found.readings]
    assert len(sets) == min(len(expected), MOST_READINGS)
    assert set(sets) <= set(expected)
    costs = [expected[one] for one in sets]
    assert costs == sorted(expected.values())[: len(costs)]
    assert found.unrecorded == costs[0]
    for left_out, where in found.readings:
        rest = [one for one in range(len(case)) if one not in left_out]
        outcome = best(rest, case, least_ms)
        assert outcome is not None
        assert where in {case[last].after for last in outcome[1]}


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(40))
def test_small_cases_are_as_trying_everything_finds(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(50):
        agree(any_case(chance))


STEPS = [
    (QARA, PALMYRA, (4, 1), (4, 1)),
    (QARA, foot(), (0, 0), (0, 0)),
    (QARA, aboard("B1"), (0, 1), (0, 1)),
    (QARA, NOWHERE, (0, 0), (0, 0)),
    (NOWHERE, aboard("B1"), (0, 0), (0, 0)),
    (aboard("B1"), aboard("B1", "palmyra"), (4, 0), (4, 0)),
    (aboard("B1"), aboard("B2"), None, (0, 2)),
    (aboard("B1"), foot("palmyra"), None, (4, 1)),
    (aboard("B1"), PALMYRA, (4, 1), (4, 1)),
    (Where("road", "", "qara"), PALMYRA, (4, 0), (4, 0)),
    (Where("dead", "qara", "qara"), QARA, None, None),
    (Where("dead", "qara", "qara"), NOWHERE, None, None),
]


@pytest.mark.parametrize(("here", "there", "unknowing", "knowing"), STEPS)
def test_each_kind_of_step(
    here: Where, there: Where, unknowing: tuple[int, int] | None, knowing: tuple[int, int] | None
) -> None:
    first, then = sighting(1, QARA, here), sighting(2, there)
    assert step_ms(first, then, least_ms, knew=False) == unknowing
    assert step_ms(first, then, least_ms, knew=True) == knowing
    both = first._replace(upheld=True), then._replace(upheld=True)
    assert step_ms(*both, least_ms, knew=False) == knowing


def test_nothing_seen_is_nowhere() -> None:
    assert examine([], least_ms) == Finding((), 0)


def test_two_places_that_cannot_be_told_apart_in_time_are_both_possible() -> None:
    found = examine([sighting(1, QARA), sighting(2, PALMYRA)], least_ms)
    assert not found.contradicted
    assert len(found.possible) == 1


def test_knowledge_outweighs_a_clock() -> None:
    """What knew of another comes after it, though its clock says that it was over before."""
    case = [sighting(1, QARA, at=(100, 110)), sighting(2, PALMYRA, at=(0, 10), knew=0b1)]
    found = examine(case, Roll().least_ms)
    assert found.journey == (0, 1)


def test_what_a_person_upheld_is_never_the_wrong_one() -> None:
    case = [sighting(1, foot(), aboard("B1"), at=(0, 1)), sighting(2, foot(), aboard("B2"), at=(0, 1))]
    free = examine(case, least_ms)
    assert [left_out for left_out, _ in free.readings] == [(0,), (1,)]
    held = examine([case[0]._replace(upheld=True), case[1]], least_ms)
    assert [left_out for left_out, _ in held.readings] == [(1,)]


def test_where_too_many_are_wrong_at_once_all_ends_are_named() -> None:
    case = [sighting(n, foot(), aboard(f"B{n}"), at=(0, 1)) for n in range(1, 6)]
    found = examine(case, least_ms)
    assert found.contradicted
    assert found.journey == ()
    assert {where.id for _, where in found.readings} == {"B1", "B2", "B3", "B4", "B5"}


def test_of_many_sightings_those_around_the_break_are_suspected() -> None:
    case = [sighting(n, QARA if n < 18 else PALMYRA, at=(10 * n, 10 * n + 1)) for n in range(1, 25)]
    case.append(sighting(99, foot(), aboard("B1"), at=(201, 202)))
    case.append(sighting(98, foot(), aboard("B2"), at=(203, 204)))
    found = examine(case, least_ms)
    assert not found.open
    assert {left_out for left_out, _ in found.readings} == {(24,)} | {
        left_out for left_out, _ in found.readings if left_out[0] == 25
    }


def test_of_many_sightings_the_last_may_be_the_wrong_one() -> None:
    case = [sighting(n, QARA, at=(10 * n, 10 * n + 1)) for n in range(1, 25)]
    case.append(sighting(99, PALMYRA, at=(243, 243)))
    found = examine(case, least_ms)
    assert {left_out for left_out, _ in found.readings} == {(23,), (24,)}


def test_a_search_that_would_not_end_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journeys, "MOST_STEPS", 3)
    case = [sighting(n, foot(), aboard(f"B{n}")) for n in range(1, 6)]
    found = examine(case, least_ms)
    assert found.open
    assert found.contradicted
    assert len(found.possible) == 5
