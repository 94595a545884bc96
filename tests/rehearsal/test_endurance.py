"""How long what is carried lasts, reckoned by hand on a small road."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from planner import small
from planner.support import planned
from rehearsal.operations import by_hand
from rehearsal.test_judging import played
from safepassage.model.fleet import VehicleKind
from safepassage.model.operation import Operation
from safepassage.model.uncertainty import Reserve
from safepassage.rehearsal.endurance import Course, Reach, endurance, enough_s, no_return
from safepassage.rehearsal.outcome import Endurance
from safepassage.rehearsal.script import NEVER
from safepassage.roads.table import travel

DAY_S = 86400


def water(**more: Any) -> Reserve:
    return Reserve(**{"what": "water", "unit": "l", "amount": 6.0, "per_day": 4.0, "source": "a test", **more})


def fuel(**more: Any) -> Reserve:
    return Reserve(**{"what": "fuel", "unit": "l", "amount": 100.0, "per_day": 0.0, "per_100_km": 25.0, **more})


def course(*pieces: tuple[int, int, int, bool, str]) -> Course:
    """Make a course that ends with a minute of alighting."""
    return Course(pieces=(*pieces, (60, 0, 0, False, "camp")))


# By itself.


def test_standing_still_the_rest_is_for_the_way_back() -> None:
    # four litres a day: a third of a day out and a halt of two thirds leave one and a half for a third of a day back
    hours = (DAY_S // 3, 0, DAY_S // 3, False, "inn"), (DAY_S, 0, 0, False, "inn")
    assert no_return(water(amount=6.0), course(*hours)) == Reach(after_s=DAY_S * 7 // 6, at="inn")
    # with seven litres there is enough as planned, and a third of a litre for two hours more before the end
    held = Reach(after_s=DAY_S * 4 // 3 + 7200, at="camp", held=True)
    assert no_return(water(amount=7.0), course(*hours)) == held
    assert no_return(water(amount=7.0, per_day=0.0), course(*hours)) is None


def test_half_of_a_tank_is_for_the_way_back() -> None:
    # 400 km in all, 100 km every 7,200 s
    road = [(7200, 100_000, 7200, False, f"stop-{n}") for n in range(5)]
    assert no_return(fuel(), course(*road)) == Reach(after_s=2 * 7200, at="stop-2")
    assert no_return(fuel(amount=60.0), course(*road)) == Reach(after_s=8640, at="stop-1")
    filled = [(*road[0][:3], True, "pump"), *road[1:]]
    assert no_return(fuel(), course(*filled)) == Reach(after_s=2 * 7200 + 3600, at="stop-2")
    # water is not filled up with the tank
    assert no_return(water(per_100_km=25.0, amount=100.0), course(*filled)) == no_return(
        water(per_100_km=25.0, amount=100.0), course(*road)
    )


def test_what_is_gone_before_cannot_bring_anybody_back() -> None:
    assert no_return(fuel(amount=0.0), course((60, 1000, 60, False, "near"))) == Reach(after_s=0, at="near")


def test_so_long_under_way_is_enough() -> None:
    road = course((3600, 100_000, 3600, False, "inn"), (600, 0, 0, True, "inn"), (3600, 100_000, 3600, False, "camp"))
    assert enough_s(water(), road) == DAY_S * 3 // 2
    assert enough_s(fuel(amount=24.0), road) == -1
    assert enough_s(fuel(amount=25.0), road) == NEVER - 1
    assert enough_s(fuel(amount=25.0, per_day=48.0), road) == 0
    assert enough_s(fuel(amount=40.0, per_day=48.0), road) == 15 * 3600
    assert enough_s(water(per_day=0.0), road) == NEVER - 1
    # not for those who never arrive, however much there is
    assert enough_s(water(amount=1e9, per_day=1e-9), road) == NEVER - 1


# In an operation.


def found(operation: Operation, *reserves: Reserve, runs: int = 100) -> tuple[Endurance, ...]:
    operation = replace(operation, uncertain=replace(operation.uncertain, reserves=reserves))
    plan = planned(operation)
    names, chunk = played(operation, plan, (), runs)
    return endurance(operation, travel(operation), plan, names, chunk)


def test_people_are_under_way_from_boarding_to_alighting() -> None:
    operation = small.marching(small.people(4))
    plan = planned(operation)
    names, chunk = played(operation, plan, (), 200)
    longest_s = chunk.under_way.max(axis=1)
    # of which a litre a day is exactly enough for the run in the middle
    middle_s = int(np.median(longest_s))
    reserve = water(amount=float(middle_s) / DAY_S, per_day=1.0)
    (one,) = found(operation, reserve, runs=200)
    assert one.outlasted.count == np.count_nonzero(longest_s > middle_s)
    assert 50 < one.outlasted.count < 150
    assert (one.what, one.unit, one.whom, one.source) == ("water", "l", "", "a test")
    assert one.lasts_s == pytest.approx(middle_s, abs=1)
    assert one.no_return_at in {"inn", "camp"}
    assert len(names.rides) >= 1


def test_what_is_never_used_up_has_no_end_and_no_point_of_no_return() -> None:
    (one,) = found(small.marching(small.people(4)), water(per_day=0.0))
    assert (one.lasts_s, one.no_return_s, one.no_return_at, one.outlasted.count) == (None, None, "", 0)


def test_the_way_there_is_counted_with_its_metres() -> None:
    # 36 km to the camp, and less for it than both ways need
    operation = small.marching(small.people(4), small.vehicle("B1", convoy="C"))
    (one,) = found(operation, fuel(amount=10.0))
    assert one.no_return_at == "camp"
    # 20 km are the half of what 10 l are enough for: 18 km to the inn, then 2 km, in seconds 200
    boarding_s = 60 + 4 * 10
    assert one.no_return_s == boarding_s + small.FAR_S + 200
    assert one.outlasted.count == 0
    assert found(operation, fuel(amount=8.0))[0].outlasted.share == 1.0


def test_a_reserve_goes_with_those_it_is_for() -> None:
    patients = by_hand()["treatment places"]
    reserves = (water(whom="patients"), water(whom="bus"), water(whom="ambulance"), water(whom="boat"))
    assert [one.whom for one in found(patients, *reserves)] == ["patients", "bus"]
    assert found(small.marching(small.people(4)), water(whom="patients")) == ()


@pytest.mark.parametrize("kind", ["escort", "supply"])
def test_who_carries_nobody_drives_with_the_convoy(kind: VehicleKind) -> None:
    escorted = small.marching(
        small.people(4), small.vehicle("B1", convoy="C"), small.vehicle("E1", convoy="C", kind=kind, seats=0)
    )
    with_escort, with_bus = found(escorted, fuel(amount=10.0, whom=kind), fuel(amount=10.0, whom="bus"))
    assert with_escort == replace(with_bus, whom=kind)


def test_who_sets_out_and_never_arrives_outlasts_it_and_who_never_sets_out_does_not() -> None:
    (gone,) = found(by_hand()["return before a cut"], water(amount=1000.0), runs=200)
    assert 0 < gone.outlasted.count < 200
    (stays,) = found(by_hand()["no milestone"], water(amount=1000.0), runs=200)
    assert stays.outlasted.count == 0
