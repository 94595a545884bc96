"""From a plan to what is told of it: the same for any number of workers, so many runs as asked, pairs of plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from planner import small
from planner.support import planned
from rehearsal.operations import breaking, by_hand, cut, march, told, uniform
from rehearsal.test_drivers import FIXED
from safepassage.model.clauses import ALL_ARRIVED, Cap
from safepassage.model.errors import UsageError
from safepassage.model.fleet import Halt
from safepassage.model.ids import ClauseId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.uncertainty import Spread, Uncertainty, WalkIns
from safepassage.rehearsal import rehearse as room
from safepassage.rehearsal.chunk import Chunk
from safepassage.rehearsal.local import chunks
from safepassage.rehearsal.outcome import LEVELS
from safepassage.rehearsal.rehearse import Effort, Rehearsed, compare, rehearse
from safepassage.rehearsal.script import NEVER, TALLIES
from safepassage.rehearsal.statistics import half_width, of_runs
from safepassage.rehearsal.telling import fan
from safepassage.roads.table import travel

FEW = Effort(runs=400, drivers=0)


def of(operation: Operation, effort: Effort = FEW, **more: Any) -> Rehearsed:
    return rehearse(operation, travel(operation), planned(operation), effort, **more)


def slow_march(**more: Any) -> Operation:
    """March under a deadline that is kept about every other time."""
    return march(clauses=(replace(small.deadline(ALL_ARRIVED, 4400), id="by-then"),), **more)


def test_an_outcome_tells_what_the_runs_gave() -> None:
    operation = slow_march(halts=(small.halt("inn", 600),))
    plan = planned(march(halts=(small.halt("inn", 600),)))
    found = rehearse(operation, travel(operation), plan, FEW)
    outcome, last = found.outcome, found.last
    assert (outcome.runs, outcome.seed, outcome.people, outcome.due_s, outcome.due_by) == (400, 0, 12, 4400, "by-then")
    assert outcome.in_time.count == np.count_nonzero(last <= 4400) == found.in_time.sum()
    assert plan.objective is not None
    assert outcome.planned_s == plan.objective.makespan_s
    (clause,) = outcome.clauses
    assert (clause.clause, clause.kind, clause.kept) == ("by-then", "deadline", outcome.in_time)
    instants = {one.name: one for one in outcome.instants}
    middle = instants["all-arrived"].quantiles_s[LEVELS.index(0.5)]
    assert middle == np.sort(last)[199]
    assert {"departed:C", "head inn C", "tail camp C"} <= instants.keys()
    assert sum(outcome.tallies.values()) == 0
    assert [one.name.split()[0] for one in outcome.under_way] == ["B0", "B1"]
    assert outcome.assumptions[0].share is None


@pytest.mark.parametrize("halts", [(), (small.halt("inn", 600),)])
def test_control_points_are_passed_as_planned_where_nothing_is_uncertain(halts: tuple[Halt, ...]) -> None:
    operation = march(halts=halts, durations=FIXED)
    plan = planned(operation)
    told = {one.name: one for one in rehearse(operation, travel(operation), plan, FEW).outcome.instants}
    assert [str(one.site) for one in plan.convoys[0].timetable] == ["inn", "camp"]
    for one in plan.convoys[0].timetable:
        assert set(told[f"head {one.site} C"].quantiles_s) == {one.head_s}
        assert set(told[f"tail {one.site} C"].quantiles_s) == {one.tail_s}


def test_who_takes_another_way_passes_no_point_and_who_is_left_behind_passes_it_later() -> None:
    round_it = march(cut("square-inn", "detour", probability=0.5, between=(0, 1)), durations=FIXED)
    told = {one.name: one for one in of(round_it).outcome.instants}
    assert 0 < told["head inn C"].never < 1
    assert told["head inn C"].never == told["tail inn C"].never
    assert told["head camp C"].never == 0
    split = march(cut("square-inn", "split", probability=1.0, between=(2000, 2001)), durations=FIXED)
    plan = planned(split)
    inn = next(one for one in plan.convoys[0].timetable if one.site == "inn")
    told = {one.name: one for one in rehearse(split, travel(split), plan, FEW).outcome.instants}
    assert set(told["head inn C"].quantiles_s) == {inn.head_s}
    assert told["tail inn C"].quantiles_s[-1] > inn.tail_s + 240  # type: ignore[operator]


def test_everybody_is_out_at_the_end_of_the_fan_and_nobody_at_its_start() -> None:
    outcome = of(march()).outcome
    assert len(outcome.fan) == len(LEVELS)
    assert all(row[0] == 0 and row[-1] == 12 and list(row) == sorted(row) for row in outcome.fan)
    # the more runs have no more, the more are out
    assert all(list(column) == sorted(column) for column in zip(*outcome.fan, strict=True))


def test_the_fan_of_a_few_runs_by_hand() -> None:
    out = np.array([[0, 2, 0, 1], [0, 0, 3, 0], [1, 0, 0, 2]], np.int32)
    found = fan(out)
    assert found[LEVELS.index(0.05)] == (0, 0, 1, 3)
    assert found[LEVELS.index(0.5)] == (0, 1, 2, 3)
    assert found[LEVELS.index(0.95)] == (1, 2, 3, 3)
    assert fan(np.zeros((2, 3), np.int32)) == ((0, 0, 0),) * len(LEVELS)


def test_who_waits_on_the_way_is_counted_in_hours() -> None:
    (waiting,) = of(march(halts=(small.halt("inn", 600),), durations=FIXED)).outcome.waiting
    assert waiting.site == "inn"
    # twelve people, ten minutes
    assert waiting.person_hours == pytest.approx(2.0)
    outcome = of(march(halts=(small.halt("inn", 600),), durations=FIXED)).outcome
    assert sum(waiting.people) * outcome.bin_s / 3600 == pytest.approx(2.0)


def test_who_is_held_before_a_road_waits_where_it_begins() -> None:
    until_s = 20_000
    closed = cut("square-inn", "hold", between=(0, 0), probability=1, lasts=Spread(mode=until_s))
    operation = march(closed, durations=FIXED)
    held_s = until_s - planned(operation).convoys[0].departs_s
    (waiting,) = of(operation).outcome.waiting
    # each of the dozen so long as the head: the column stands and then goes on together
    assert waiting.site == SiteId("square")
    assert waiting.person_hours == pytest.approx(12 * held_s / 3600)


@pytest.mark.parametrize("halts", [(small.halt("inn", 600),), ()])
def test_who_is_held_at_a_capped_site_stays_there(halts: tuple[Halt, ...]) -> None:
    closed = cut("inn-camp", "hold", between=(0, 0), probability=0.5, lasts=Spread(mode=20_000))
    operation = march(closed, halts=halts, durations=FIXED)
    most = 12 if halts else 1
    capped = Cap(id=ClauseId("not-long"), site=SiteId("inn"), max_dwell_s=700, max_people=most)
    found = rehearse(replace(operation, clauses=(capped,)), travel(operation), planned(operation), FEW)
    held = found.chunk.tallies[:, TALLIES.index("road-cuts-met")] > 0
    assert 0 < np.count_nonzero(held) < FEW.runs
    assert found.outcome.clauses[0].kept == of_runs(~held)
    # without a halt nobody is there but in runs in which the road is cut
    assert (found.chunk.crowds[:, 0] == np.where(held | bool(halts), 12, 0)).all()


def test_who_finds_the_first_road_shut_for_good_never_leaves() -> None:
    departs_s = planned(march()).convoys[0].departs_s
    opened = (small.consent("square-inn", 0, departs_s + 2 * 240 + 2000),)
    slower = (*FIXED[1:], Uncertainty(of="drive", times=uniform(0.9, 1.3)))
    found = of(march(sites=small.sites(), links=small.owned("square-inn"), clauses=opened, durations=slower))
    shut = found.last >= NEVER
    assert 0 < np.count_nonzero(shut) < FEW.runs
    assert ((found.chunk.under_way == 0).all(axis=1) == shut).all()


def test_people_who_are_on_no_list_are_counted_where_their_bus_stands() -> None:
    operation = march(
        WalkIns(id="more", site=SiteId("square"), mean=1.5), halts=(small.halt("inn", 600),), durations=FIXED
    )
    capped = Cap(id=ClauseId("a-dozen"), site=SiteId("inn"), max_people=12)
    found = rehearse(replace(operation, clauses=(capped,)), travel(operation), planned(operation), FEW)
    came = found.chunk.tallies[:, TALLIES.index("walk-ins")]
    assert 0 < np.count_nonzero(came) < FEW.runs
    assert found.outcome.clauses[0].kept == of_runs(came == 0)
    assert (found.chunk.crowds[:, 0] == 12 + came).all()
    waiting = {one.site: one.person_hours for one in found.outcome.waiting}
    assert waiting[SiteId("inn")] == pytest.approx((12 + came.mean()) / 6)


def test_the_chain_is_counted_among_the_runs_that_arrived() -> None:
    found = of(by_hand()["no milestone"])
    shares = {(one.activity, one.subject): one.share for one in found.outcome.critical}
    arrived = np.count_nonzero(found.last < NEVER)
    assert 0 < arrived < 400
    # the last to alight ends every chain, the party's word begins most
    assert max(shares.values()) == 1.0
    assert shares["milestone", "told"] > 0.5
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert found.outcome.instants[0].name
    never = {one.name: one.never for one in found.outcome.instants}
    assert never["all-arrived"] == pytest.approx(1 - arrived / 400)


def test_nobody_under_way_is_never_there() -> None:
    outcome = of(by_hand()["no milestone"]).outcome
    assert all(0.3 < one.never < 0.5 for one in outcome.under_way)


def test_where_nobody_moves_there_is_nothing_to_tell() -> None:
    operation = march(people=0)
    plan = replace(planned(march()), trips=(), manifests=(), convoys=(), objective=None)
    outcome = rehearse(operation, travel(operation), plan, Effort(runs=3)).outcome
    assert (outcome.people, outcome.in_time.count, outcome.planned_s, outcome.drivers) == (0, 3, 0, ())


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_same_for_any_number_of_workers(workers: int) -> None:
    operation = by_hand()["everything"]
    alone = of(operation, Effort(runs=700, drivers=60, workers=1, seed=3)).outcome
    assert of(operation, Effort(runs=700, drivers=60, workers=workers, seed=3)).outcome == alone


def test_drivers_stand_in_their_order_and_give_assumptions_their_share() -> None:
    outcome = of(slow_march(), Effort(runs=400, drivers=400)).outcome
    assert [one.group for one in outcome.drivers][:1] == ["drives"] or outcome.drivers[0].group in {"day", "place"}
    shares = [one.share for one in outcome.drivers]
    assert shares == sorted(shares, reverse=True)
    assert outcome.assumptions[0].what == "drive"
    assert outcome.assumptions[0].share is not None
    assert outcome.assumptions[0].share > 0.5
    assert outcome.drivers[0].late > 0


def test_runs_go_on_until_the_interval_is_small() -> None:
    told_of: list[tuple[int, int]] = []
    found = of(slow_march(), replace(FEW, until=0.02), tell=lambda done, wanted: told_of.append((done, wanted)))
    outcome = found.outcome
    assert half_width(outcome.in_time) <= 0.02
    assert outcome.runs in {800, 1600, 3200}
    assert 0 < told_of[0][0] < 400 == told_of[0][1]
    assert told_of[-1] == (outcome.runs, outcome.runs)
    # the same runs as if so many had been asked for
    at_once = of(slow_march(), replace(FEW, runs=outcome.runs)).outcome
    assert at_once == outcome


def test_enough_runs_are_enough() -> None:
    assert of(slow_march(), replace(FEW, until=0.5)).outcome.runs == 400


@pytest.mark.parametrize(("name", "limit"), [("MOST", 900), ("ROOM", 400_000)])
def test_runs_end_where_there_is_no_room(name: str, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, name, limit)
    runs = of(slow_march(), replace(FEW, until=0.0001)).outcome.runs
    assert runs == 900 if name == "MOST" else runs == 400


def test_a_stop_keeps_the_runs_so_far_and_leaves_drivers_out() -> None:
    played: list[int] = []

    def tell(done: int, _wanted: int) -> None:
        played.append(done)

    effort = Effort(runs=5000, workers=1, until=0.001)
    outcome = of(slow_march(), effort, tell=tell, stop=lambda: bool(played) and played[-1] >= 500).outcome
    assert 500 <= outcome.runs < 5000
    assert outcome.runs == played[-1]
    assert outcome.drivers == ()


def test_a_stop_from_the_start_still_plays_a_chunk() -> None:
    # the next chunks may have begun before the first was there
    assert 250 <= of(slow_march(), Effort(workers=1), stop=lambda: True).outcome.runs < 5000


def test_any_engine_may_play() -> None:
    asked_for: list[tuple[int, int]] = []

    def engine(*what: Any, runs: tuple[int, int], stop: Callable[[], bool] = bool) -> Iterator[Chunk]:
        asked_for.append(runs)
        return chunks(*what, runs=runs, stop=stop)

    found = of(slow_march(), replace(FEW, engine=engine))
    assert asked_for == [(0, 400)]
    assert found.outcome == of(slow_march()).outcome


def test_at_least_one_run_is_played() -> None:
    with pytest.raises(ValueError, match="at least one run"):
        of(march(), Effort(runs=0))
    one = march()
    assert rehearse(one, travel(one), planned(one)).outcome.runs == Effort().runs


# Two plans.


def test_a_plan_and_itself_do_not_differ() -> None:
    base = of(slow_march())
    found = compare(base, base, "nothing", note="a test")
    assert (found.out_in_time, found.out_low, found.out_high) == (0.0, 0.0, 0.0)
    assert (found.earlier_s, found.earlier_low_s, found.earlier_high_s) == (0.0, 0.0, 0.0)
    assert (found.change, found.note, found.makespan_s) == ("nothing", "a test", base.outcome.planned_s)


def test_a_later_deadline_is_kept_more_often_and_nobody_is_earlier() -> None:
    base = of(slow_march())
    later = replace(slow_march(), clauses=(replace(small.deadline(ALL_ARRIVED, 4600), id="by-then"),))
    found = compare(base, of(later), "deadline+200")
    gain = np.count_nonzero((base.last > 4400) & (base.last <= 4600)) / 400
    assert found.out_in_time == pytest.approx(gain)
    assert found.out_low > 0
    assert found.earlier_s == 0


def test_pairs_know_a_change_better_than_runs_of_their_own() -> None:
    base, quicker = of(slow_march()), of(slow_march(sites=small.sites(), links=_shorter()))
    paired = compare(base, quicker, "road")
    first, other = base.outcome.in_time, of(slow_march(links=_shorter()), replace(FEW, seed=9)).outcome.in_time
    assert paired.out_low < other.share - first.share + 0.1
    independent = 2 * 1.96 * np.sqrt(sum(one.share * (1 - one.share) / 400 for one in (first, other)))
    assert paired.out_high - paired.out_low < 0.8 * independent
    assert paired.earlier_low_s > 0


def _shorter() -> tuple[Any, ...]:
    return tuple(replace(link, travel_s=link.travel_s - 60) for link in small.links())


def test_of_two_lengths_the_common_runs_are_compared_where_both_arrive() -> None:
    never = of(march(cut("inn-camp", "return", between=(0, 1500)), breaking("repair")))
    always = of(march(breaking("repair")), replace(FEW, runs=500))
    found = compare(never, always, "no cut")
    both = never.last < NEVER
    assert found.earlier_s == pytest.approx((never.last[both] - always.last[:400][both]).mean())
    assert found.out_in_time == pytest.approx(1 - both.mean())


def test_runs_of_two_seeds_have_nothing_in_common() -> None:
    with pytest.raises(ValueError, match="one seed"):
        compare(of(march(**told())), of(march(**told()), replace(FEW, seed=1)), "seed")


def test_more_runs_than_can_be_held_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_ROOM", 10_000)
    with pytest.raises(UsageError, match="400 runs of this plan do not fit"):
        of(slow_march())
