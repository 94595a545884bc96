"""The compiled simulation against the oracle in SimPy, second by second, under common random numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from msgspec.structs import replace

from planner import small
from planner.support import only_planned
from rehearsal.operations import by_chance, by_hand, fixed, march
from rehearsal.oracle import course
from rehearsal.oracle_world import World
from safepassage.model.ids import ConvoyId, LinkId, SiteId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.time import Window
from safepassage.model.uncertainty import Breakdown, Incident, Option, RoadCut, Screening, Spare, Spread
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.run import holds_of_runs, times_of_runs
from safepassage.rehearsal.script import GROUPS, NEVER, OPTIONS, TALLIES, Script
from safepassage.roads.table import travel
from safepassage.timetable.build import build
from safepassage.timetable.evaluate import Times, evaluate
from safepassage.timetable.network import Network

SEEDS = np.arange(len(GROUPS)) + 20_170_828
RUNS = 40
KEPT = ("starts", "ends", "tallies", "held from", "held until", "walk-ins")
CHANCES = (*range(500), 5920, 5942, 6491)
"""Seeds of operations by chance: nearly half have a plan. The last ones have three cuts of a road at once."""

HAND = by_hand()
SEEN = {
    "repair": {"breakdown: repair"},
    "spare": {"breakdown: spare", "breakdown: repair"},
    "spares of two kinds": {"breakdown: spare"},
    "transfer": {"breakdown: transfer", "breakdown: repair"},
    "vehicles split off by a breakdown": {"breakdown: split"},
    "return after a breakdown": {"breakdown: return", "nobody left to depart"},
    "return of a shuttle": {"breakdown: return"},
    "detour": {"before a cut: detour", "on a cut road: hold"},
    "hold": {"before a cut: hold", "on a cut road: hold", "on a cut road: return"},
    "vehicles split off by a cut": {"behind the head: split"},
    "split at each end": {"behind the head: split"},
    "return before a cut": {"before a cut: return"},
    "return from a cut road": {"on a cut road: return", "behind the head: return"},
    "shuttles and cuts": {"before a cut: detour", "before a cut: hold", "on a cut road: hold"},
    "two cuts of a road": {"on a cut road: hold"},
    "cut while broken down": {"on a cut road: hold", "breakdown: repair"},
    "windows of a road": {"link: waited for a window"},
    "late into the night": {"link: in the dark", "breakdown: split", "before a cut: detour"},
    "windows in the night": {"link: in the dark", "link: waited for a window"},
    "crew hours": {"crew: night"},
    "rests on the way": {"crew: rest"},
    "screening": {"screening: released", "screening: nobody detained"},
    "screening that keeps people": {"screening: kept", "screening: released"},
    "no milestone": {"milestone: never"},
    "queues": {"queue: stood in line"},
    "treatment places": {"queue: stood in line"},
}
"""What the runs of an operation have to show, or its name promises too much."""


class Rehearsed(NamedTuple):
    """A plan as a script, and its network with open queues."""

    script: Script
    network: Network


def rehearsed(operation: Operation, plan: Plan) -> Rehearsed:
    return Rehearsed(*compile_plan(operation, travel(operation), plan))


@cache
def of_hand(name: str) -> Rehearsed:
    return rehearsed(HAND[name], only_planned(HAND[name], iterations=5))


def kept(world: World) -> tuple[list[int], ...]:
    """List what there is to compare of a run in SimPy."""
    links = range(len(world.script.drives.link))
    held = [world.held.get(link, (NEVER, NEVER)) for link in links]
    since, until = [one for one, _ in held], [other for _, other in held]
    return world.start, world.end, list(world.tally.values()), since, until, world.comers


def differences(script: Script, runs: int) -> list[str]:
    """Tell what the two make of some runs, where it is not the same: which entry, compiled and in SimPy."""
    starts, ends, tallies = times_of_runs(script, SEEDS, 0, runs)
    held = holds_of_runs(script, SEEDS, 0, runs)
    found = []
    for run in range(runs):
        compiled = [all_of[run].tolist() for all_of in (starts, ends, tallies, *held)]
        for what, one, other in zip(KEPT, compiled, kept(course(script, SEEDS, run)), strict=True):
            unlike = [(n, *pair) for n, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
            found += [f"run {run}: {what}: {unlike}"] if unlike else []
    return found


@pytest.mark.parametrize("name", HAND)
def test_one_thing_goes_wrong(name: str) -> None:
    assert differences(of_hand(name).script, RUNS) == []


@pytest.mark.parametrize("name", SEEN)
def test_the_runs_show_what_the_name_says(name: str) -> None:
    script = of_hand(name).script
    seen = {what for run in range(RUNS) for what, times in course(script, SEEDS, run).seen.items() if times}
    assert SEEN[name] <= seen


def test_every_option_is_taken_somewhere() -> None:
    seen = {words.partition(": ")[2] for shown in SEEN.values() for words in shown}
    assert set(OPTIONS) <= seen


def test_everything_is_counted_somewhere() -> None:
    counted = sum(times_of_runs(of_hand(name).script, SEEDS, 0, RUNS)[2].sum(axis=0) for name in HAND)
    assert all(counted), dict(zip(TALLIES, counted, strict=True))


def test_queues_serve_in_another_order_from_run_to_run() -> None:
    script, _ = of_hand("queues")
    starts = times_of_runs(script, SEEDS, 0, RUNS)[0]
    in_line = np.flatnonzero(script.activities.resource == 0)
    assert len({tuple(np.argsort(starts[run, in_line], kind="stable")) for run in range(RUNS)}) > 1


def test_walk_ins_come_with_and_without_seats() -> None:
    tallies = times_of_runs(of_hand("walk-ins").script, SEEDS, 0, RUNS)[2]
    aboard, left = TALLIES.index("walk-ins"), TALLIES.index("walk-ins-left")
    assert tallies[:, aboard].max() > 0
    assert tallies[:, left].max() > 0


def plans_by_chance() -> Iterator[tuple[int, Operation, Plan]]:
    for seed in CHANCES:
        made = by_chance(seed)
        if made is not None:
            yield seed, *made


@pytest.fixture(scope="module")
def chances() -> list[tuple[int, Operation, Plan]]:
    return list(plans_by_chance())


@pytest.mark.no_cover
def test_anything_goes_wrong(chances: list[tuple[int, Operation, Plan]]) -> None:
    wrong = {
        seed: differences(rehearsed(operation, plan).script, 9 if seed > 500 else 4)
        for seed, operation, plan in chances
    }
    assert {seed: found for seed, found in wrong.items() if found} == {}
    assert len(wrong) >= 200


@pytest.mark.no_cover
def test_operations_by_chance_show_every_option(chances: list[tuple[int, Operation, Plan]]) -> None:
    seen: Counter[str] = Counter()
    for _, operation, plan in chances[::2]:
        seen += course(rehearsed(operation, plan).script, SEEDS, 0).seen
    assert set(OPTIONS) <= {words.partition(": ")[2] for words in seen}
    assert {"crew: rest", "link: waited for a window", "queue: stood in line", "screening: kept"} <= set(seen)


def positions(network: Network) -> list[int]:
    """List the positions of a network's activities in an order that does not depend on its arcs."""
    departures = [(convoy, leg, at) for convoy, legs in network.departures.items() for leg, at in enumerate(legs)]
    stops = [*sorted(network.drives.items()), *sorted(network.services.items())]
    others = [*sorted(network.treatments.items()), *sorted(network.milestones.items())]
    return [at for _, at in stops] + [at for _, at in others] + [at for *_, at in sorted(departures)]


def noted_s(network: Network, times: Times) -> list[int]:
    """Return when the end of each activity is noted: not before all that it follows from.

    A convoy may have left before its last vehicle is ready, which will be as much behind; that is known later.
    """
    found: list[int] = []
    for one, end_s in zip(network.activities, times.end_s, strict=True):
        found.append(max([end_s, *(found[arc.before] for arc in one.arcs)]))
    return found


def in_order_of_arrival(queued: Network, times: Times, queues: list[int], capacity: list[int]) -> bool:
    """Tell whether the order of a plan is that of first come, first served; `queues` by activity of the network."""
    noted = noted_s(queued, times)
    free = [[0] * servers for servers in capacity]
    last = [-1] * len(capacity)
    members = [at for at, queue in enumerate(queues) if queue >= 0]
    for at in sorted(members, key=lambda at: times.start_s[at]):
        one, servers = queued.activities[at], free[queues[at]]
        arcs = [arc for arc in one.arcs if arc.why not in {"bay", "treatment-place"}]
        came_s = max([one.release_s, *(times.end_s[arc.before] + arc.lag_s for arc in arcs)])
        known_s = max((noted[arc.before] for arc in arcs), default=0)
        if one.windows or any(arc.from_start for arc in arcs) or known_s > came_s:
            return False
        if came_s <= last[queues[at]] or times.start_s[at] != max(came_s, min(servers)):
            return False
        servers[servers.index(min(servers))] = times.end_s[at]
        last[queues[at]] = came_s
    return True


@pytest.mark.no_cover
def test_without_chance_a_plan_is_kept(chances: list[tuple[int, Operation, Plan]]) -> None:
    compared = with_queues = 0
    for seed, chanced, plan in chances:
        operation = replace(chanced, uncertain=fixed())
        queued = build(operation, travel(operation), plan)
        times = evaluate(queued)
        script, network = rehearsed(operation, plan)
        there, here = positions(queued), positions(network)
        assert sorted(there) == sorted(here)
        queue_of = dict(zip(there, script.activities.resource[here].tolist(), strict=True))
        queues = [queue_of.get(at, -1) for at in range(len(there) + 1)]
        if not in_order_of_arrival(queued, times, queues, script.capacity.tolist()):
            continue
        compared, with_queues = compared + 1, with_queues + (max(queues) >= 0)
        starts, ends, tallies = times_of_runs(script, SEEDS, 0, 1)
        assert starts[0][here].tolist() == [times.start_s[at] for at in there], seed
        assert ends[0][here].tolist() == [times.end_s[at] for at in there], seed
        assert not tallies.any()
        assert differences(script, 1) == []
    assert compared >= 100
    assert with_queues >= 50


@cache
def two_buses(people: int = 12) -> tuple[Operation, Plan]:
    """Plan a convoy of two buses, the second 20 minutes behind: half an hour to the inn, and as much to the camp."""
    operation = march(number=2, spacing_s=1200, people=people)
    return operation, only_planned(operation, iterations=5)


def breakdown(*options: Option, vehicle: str = "B1") -> Breakdown:
    return Breakdown(id="engine", vehicle=vehicle, per_1000_km=1e6, lasts=Spread(mode=600), options=options)


def cut_after(after_s: int, lasts_s: int, link: str, *options: Option) -> RoadCut:
    """Cut a road so many seconds after the convoy has left."""
    at_s = two_buses()[1].convoys[0].departs_s + after_s
    between, lasts = Window(from_s=at_s, until_s=at_s), Spread(mode=lasts_s)
    name = f"{link} {after_s}"
    return RoadCut(id=name, link=LinkId(link), probability=1, between=between, lasts=lasts, options=options)


SCREENED = Screening(id="at-inn", site=SiteId("inn"), per_person=Spread(mode=10))
AT_INN = Spare(kind="bus", count=1, site=SiteId("inn"), ready_s=300, seats=10)


def test_a_repair_holds_up_the_column() -> None:
    assert delays(breakdown("repair")) == [600, 600]


def test_a_vehicle_repaired_apart_holds_up_itself() -> None:
    assert delays(breakdown("split")) == [0, 600]


@pytest.mark.parametrize(("people", "option"), [(8, "transfer"), (12, "repair")])
def test_the_other_bus_takes_them_over_where_it_has_seats(people: int, option: Option) -> None:
    aboard = loads(people)
    fullest = f"B{np.argmax(aboard)}"
    assert (max(aboard) <= 10 - min(aboard)) == (option == "transfer")
    # all of them alight and board, and the bus is set up for it
    takes_s = 60 + 15 * max(aboard) if option == "transfer" else 600
    assert delays(breakdown("transfer", vehicle=fullest), people=people) == [takes_s, takes_s]


def test_a_spare_drives_to_the_end_of_the_road_and_takes_them_over() -> None:
    changing_s = 60 + loads()[1] * 15
    found = delays(breakdown("spare"), spares=(AT_INN,))
    assert found in ([300 + changing_s] * 2, [300 + 1800 + changing_s] * 2)
    assert delays(breakdown("spare")) == [600, 600]


@pytest.mark.parametrize(
    ("cuts", "expected"),
    [
        pytest.param([(600, 1000, "square-inn", "hold")], [1000, 1000], id="stopped on the road"),
        pytest.param([(100, 3000, "inn-camp", "hold")], [1300, 1300], id="stopped before the road"),
        pytest.param([(100, 9000, "inn-camp", "detour")], [2200, 2200], id="another way"),
        pytest.param([(2400, 1000, "square-inn", "split")], [0, 1000], id="only the head is past it"),
        pytest.param([(2400, 1000, "square-inn", "hold")], [1000, 1000], id="the head waits for the others"),
        pytest.param([(3000, 1000, "square-inn", "split")], [0, 0], id="just past it"),
        pytest.param([(1800, 100, "square-inn", "split")], [0, 100], id="the head just past it"),
        pytest.param(
            [(600, 1000, "square-inn", "hold"), (900, 1000, "square-inn", "hold")], [1300, 1300], id="one after another"
        ),
        pytest.param(
            [(900, 1000, "square-inn", "hold"), (600, 1000, "square-inn", "hold")], [1300, 1300], id="in either order"
        ),
        pytest.param([(600, 1000, "square-inn", "split")], [1000, 1000], id="all stand before it"),
        pytest.param([(100, 9000, "inn-camp", "return")], [NEVER, NEVER], id="back to the refuge"),
        pytest.param([(600, 0, "square-inn", "return")], [0, 0], id="open again at once"),
    ],
)
def test_a_cut_road(cuts: list[tuple[int, int, str, Option]], expected: list[int]) -> None:
    assert delays(*(cut_after(*one) for one in cuts)) == expected


def test_screening_takes_its_time_for_everybody() -> None:
    assert delays(SCREENED) == [120, 120]


def test_who_returns_is_counted() -> None:
    tallies = without_scatter(cut_after(100, 9000, "inn-camp", "return"))[1]
    assert tallies[TALLIES.index("returned")] == 12


def test_nobody_departs_where_all_have_returned() -> None:
    chance = fixed(replace(breakdown("return", vehicle="B0"), per_1000_km=40))
    operation = replace(march(number=1, people=6, halts=(small.halt("inn", 600),)), uncertain=chance)
    script, network = rehearsed(operation, only_planned(operation, iterations=5))
    assert differences(script, 20) == []
    starts, ends, _ = times_of_runs(script, SEEDS, 0, 20)
    first, second = network.departures[ConvoyId("C")]
    drive = next(at for at, one in enumerate(network.activities) if one.kind == "drive")
    returned = ends[:, drive] == NEVER
    assert 0 < returned.sum() < 20
    assert (starts[:, first] < NEVER).all()
    assert ((starts[:, second] == NEVER) == returned).all()


def loads(people: int = 12) -> list[int]:
    """Count who is aboard each bus on the road."""
    trips = {trip.vehicle: trip for trip in two_buses(people)[1].trips}
    return [trips[VehicleId(f"B{n}")].stops[0].load.people for n in range(2)]


def without_scatter(
    *incidents: Incident, spares: tuple[Spare, ...] = (), people: int = 12
) -> tuple[list[int], list[int]]:
    """Return when each bus is at the camp, and what was counted; the oracle has to agree."""
    operation, plan = two_buses(people)
    script, network = rehearsed(replace(operation, uncertain=fixed(*incidents, spares=spares)), plan)
    assert differences(script, 1) == []
    _, ends, tallies = times_of_runs(script, SEEDS, 0, 1)
    last = {trip.vehicle: network.drives[trip.id, len(trip.stops) - 1] for trip in plan.trips}
    return [int(ends[0][last[VehicleId(f"B{n}")]]) for n in range(2)], tallies[0].tolist()


def delays(*incidents: Incident, spares: tuple[Spare, ...] = (), people: int = 12) -> list[int]:
    """Return by how much each bus is later at the camp than planned; NEVER when it does not get there."""
    found, planned_s = without_scatter(*incidents, spares=spares, people=people)[0], without_scatter(people=people)[0]
    return [NEVER if one == NEVER else one - other for one, other in zip(found, planned_s, strict=True)]
