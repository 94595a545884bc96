"""Milestones and clauses that hold something back, one by one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from safepassage.model.clauses import (
    BothOrNeither,
    Clause,
    Deadline,
    Milestone,
    Precedence,
    TimeWindow,
)
from safepassage.model.errors import InternalError
from safepassage.model.ids import ClauseId, MilestoneId, TripId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.time import Window
from safepassage.timetable.build import build
from safepassage.timetable.evaluate import NEVER, chain, evaluate
from safepassage.timetable.network import Network
from timetable.small import (
    CONVOY,
    Call,
    Run,
    milestone_ends,
    operation,
    person,
    plan,
    referral,
    timed,
    travel_of,
    vehicle,
    window,
)

ALL_DAY = (window(0, 10**6),)


def after(first: str, then: str, gap_s: int = 0) -> Precedence:
    return Precedence(id=ClauseId("k"), first=MilestoneId(first), then=MilestoneId(then), gap_s=gap_s)


def within(milestone: str, *windows: Window) -> TimeWindow:
    return TimeWindow(id=ClauseId("w"), milestone=MilestoneId(milestone), windows=windows)


def deed(name: str, duration_s: int = 0, *, earliest_s: int = 0, after_: tuple[str, ...] = ()) -> Milestone:
    return Milestone(
        id=MilestoneId(name), earliest_s=earliest_s, duration_s=duration_s, after=tuple(map(MilestoneId, after_))
    )


TERMS = deed("terms", 600, earliest_s=100)


def river(clauses: tuple[Clause, ...] = (), milestones: tuple[Milestone, ...] = ()) -> Operation:
    """Two buses take people from a and b to the destination."""
    people = [person("p"), person("q"), person("o", "b")]
    return operation(people, [vehicle("x"), vehicle("y")], clauses=clauses, milestones=milestones)


X = Run("x", "x", (Call("a", "depot-a", on="p", at_s=100), Call("e", "a-e", off="p", at_s=412)))
Y = Run("y", "y", (Call("a", "depot-b a-b", on="q", at_s=250), Call("b", "a-b", on="o", at_s=312),
                   Call("e", "b-e", off="q o", at_s=724)))  # fmt: skip
RIVER = plan([X, Y])
# Without clauses x leaves a at 112 and is done at 423; y leaves a at 262, b at 324, and is done at 736.


def departures(asked: Operation, made: Plan = RIVER) -> list[int]:
    """When x leaves a, y leaves a, y leaves b."""
    found = timed(asked, made)
    return [found["x"][0][3], found["y"][0][3], found["y"][1][3]]


def convoy(clauses: tuple[Clause, ...] = (), milestones: tuple[Milestone, ...] = ()) -> Operation:
    """Two vehicles leave together: x is there and y brings a patient and somebody who joins from a."""
    people = [person("p", "m"), person("q", "m"), person("j"), person("t", treatment_s=1000)]
    fleet = [vehicle(name, site="m", convoy=CONVOY) for name in "xy"]
    return operation(
        people,
        [*fleet, vehicle("s"), vehicle("z", site="a", kind="ambulance")],
        clauses=clauses,
        milestones=milestones,
    )


MARCH = plan(
    [
        Run("z", "z", (Call("a", on="t"), Call("h", "a-h", off="t"), Call("h", on="t", at_s=9),
                       Call("a", "a-h", off="t", at_s=9)), "referral"),
        Run("s", "s", (Call("a", "depot-a", on="j t", at_s=20), Call("m", "a-m", off="j t", at_s=30))),
        Run("x", "x", (Call("m", on="p", at_s=40), Call("e", "m-r r-e", off="p", at_s=60)), "convoy"),
        Run("y", "y", (Call("m", on="q j t", at_s=40), Call("e", "m-r r-e", off="q j t", at_s=70)), "convoy"),
    ],
    referrals=[referral("t", "z", "z")],
    order="x y",
)  # fmt: skip
# t: 12 + 60 + 11 = 83, treated to 1083, back at 1166; joins by 1166 + 14 + 150 + 12 = 1342.
# y is boarded at 1358, x leaves at 1338, y 20 s after; they arrive at 2538 and 2558 and are done at 2549 and 2571.


def leaves_s(asked: Operation, departures: Mapping[str, tuple[Window, ...]] | None = None) -> int:
    """When the head of the convoy leaves."""
    network = build(asked, travel_of(asked, MARCH, departures=departures), MARCH)
    return evaluate(network).start_s[network.departures[CONVOY][0]]


def test_without_clauses_all_is_as_early_as_it_can_be() -> None:
    assert departures(river()) == [112, 262, 324]
    assert timed(river(), RIVER)["y"][2][2] == 736
    assert leaves_s(convoy()) == 1338
    found = timed(convoy(), MARCH)
    assert [found[name][1][2] for name in "xy"] == [2549, 2571]


def test_a_milestone_comes_as_early_as_its_party_can() -> None:
    asked = river(milestones=(TERMS, deed("told", 50, after_=("terms", "start")), deed("never", after_=("nothing",))))
    network = build(asked, travel_of(asked, RIVER), RIVER)
    assert milestone_ends(asked, network) == {"terms": 700, "told": 750, "never": 0}


def test_a_milestone_comes_when_the_plan_says_so_but_not_earlier_than_it_can() -> None:
    asked = river(milestones=(TERMS,))
    for at_s, found_s in ((900, 900), (650, 700)):
        made = plan([X, Y], told={"terms": at_s, "left:a": 5})
        network = build(asked, travel_of(asked, made), made)
        assert milestone_ends(asked, network) == {"terms": found_s}


@pytest.mark.parametrize(
    ("name", "at_s"),
    [
        ("start", 0), ("left:a", 112), ("cleared:a", 262), ("left:b", 324), ("cleared:b", 324), ("all-arrived", 736),
        ("joined:a", 0), ("referrals-closed", 0),
    ],
)  # fmt: skip
def test_what_follows_a_milestone_of_shuttles_comes_after_it(name: str, at_s: int) -> None:
    asked = river(milestones=(deed("told", 50, after_=(name,)),))
    network = build(asked, travel_of(asked, RIVER), RIVER)
    assert milestone_ends(asked, network) == {"told": at_s + 50}


@pytest.mark.parametrize(
    ("name", "at_s"),
    [
        ("referrals-closed", 1166), ("left:a", 1180), ("cleared:a", 1180), ("joined:a", 1342), ("departed:c", 1338),
        ("left:m", 1338), ("cleared:m", 1358), ("arrived:c", 2571), ("all-arrived", 2571), ("joined:m", 0),
    ],
)  # fmt: skip
def test_what_follows_a_milestone_of_a_convoy_comes_after_it(name: str, at_s: int) -> None:
    asked = convoy(milestones=(deed("told", 50, after_=(name,)),))
    network = build(asked, travel_of(asked, MARCH), MARCH)
    assert milestone_ends(asked, network) == {"told": at_s + 50}


@pytest.mark.parametrize(
    ("clause", "left_s"),
    [
        # the first to leave waits, and so does everybody: nobody else may be the first
        (after("terms", "left:a", 5), [705, 705, 767]),
        (after("terms", "left:b"), [112, 262, 700]),
        # the last to leave waits, the first need not
        (after("terms", "cleared:a"), [112, 700, 762]),
        (after("left:a", "left:b", 300), [112, 262, 412]),
        (after("terms", "all-arrived", 500), [112, 262, 324]),
        (after("terms", "left:m"), [112, 262, 324]),
        (after("joined:b", "left:a"), [112, 262, 324]),
        (within("left:a", window(0, 50), window(130, 140)), [130, 262, 324]),
        # whoever leaves first by the plan stays the first
        (within("left:a", window(500, 600)), [500, 500, 562]),
        (within("cleared:a", window(0, 200), window(300, 310)), [112, 300, 362]),
        (within("cleared:b", window(330, 400)), [112, 262, 330]),
        (within("departed:c", window(330, 400)), [112, 262, 324]),
    ],
)
def test_departures_are_held_back(clause: Clause, left_s: list[int]) -> None:
    assert departures(river((clause,), (TERMS,))) == left_s


@pytest.mark.parametrize("gap_s", [0, 5000])
def test_clauses_that_bound_from_above_hold_nothing_back(gap_s: int) -> None:
    bounds = (
        Deadline(id=ClauseId("d"), milestone=MilestoneId("all-arrived"), due_s=gap_s),
        BothOrNeither(id=ClauseId("b"), milestones=(MilestoneId("left:a"), MilestoneId("terms")), within_s=gap_s),
    )
    assert departures(river(bounds, (TERMS,))) == [112, 262, 324]


def test_the_last_to_leave_by_the_plan_stays_the_last() -> None:
    # x comes to a late, and then leaves it after y: 400 + 12
    slow = X._replace(calls=(X.calls[0]._replace(not_before_s=400), X.calls[1]))
    clause = within("cleared:a", window(0, 390), window(600, 700))
    assert departures(river((clause,)), plan([slow, Y])) == [412, 600, 662]


def test_the_last_arrival_is_held_back_before_it_alights() -> None:
    stops = timed(river((after("terms", "all-arrived", 500),), (TERMS,)), RIVER)["y"]
    # 12 s of alighting end at 1200
    assert stops[2] == (724, 1188, 1200, 1200)
    stops = timed(river((within("all-arrived", window(0, 700), window(740, 800)),)), RIVER)["y"]
    assert stops[2] == (724, 728, 740, 740)


def test_a_window_of_an_arrival_adds_to_the_opening_window_of_its_site() -> None:
    people, fleet = [person("p")], [vehicle("x")]
    for windows, starts_s in (((window(0, 500),), 489), ((window(0, 499), window(495, 999)), 495)):
        asked = operation(people, fleet, clauses=[within("all-arrived", window(500, 600))], opens={"e": windows})
        made = plan([X])
        network = build(asked, travel_of(asked, made), made)
        service = network.services[TripId("x"), 1]
        assert evaluate(network).start_s[service] == starts_s
        assert network.activities[service].gate == "e w"


@pytest.mark.parametrize(
    ("clause", "left_s"),
    [
        (after("terms", "departed:c", 1000), 1700),
        (after("referrals-closed", "departed:c", 500), 1666),
        (after("joined:a", "departed:c", 9), 1351),
        (after("terms", "left:m", 1000), 1700),
        # the last of the convoy is held back: the head goes 20 s before
        (after("terms", "cleared:m", 1000), 1680),
        (within("departed:c", window(0, 1300), window(1400, 1500)), 1400),
        (within("left:m", window(0, 1300), window(1400, 1500)), 1400),
        (within("cleared:m", window(0, 1300), window(1400, 1500)), 1380),
        (within("departed:c", window(0, 1300)), NEVER),
        (after("terms", "arrived:c", 9), 1338),
    ],
)
def test_a_convoy_is_held_back_as_a_whole(clause: Clause, left_s: int) -> None:
    asked = convoy((clause,), (TERMS,))
    assert leaves_s(asked) == left_s
    if left_s < NEVER:
        found = timed(asked, MARCH)
        assert [found[name][0][3] for name in "xy"] == [left_s, left_s + 20]


def test_a_window_of_the_agreement_and_an_open_road_have_to_meet() -> None:
    asked = convoy((within("departed:c", window(1400, 1500), window(1600, 1700)),))
    assert leaves_s(asked, departures={"m-r": (window(0, 1410), window(1610, 1650))}) == 1610


def test_the_last_arrival_of_a_convoy_is_the_one_that_waits() -> None:
    found = timed(convoy((within("arrived:c", window(3000, 3010)),)), MARCH)
    assert [found[name][1][1:3] for name in "xy"] == [(2538, 2549), (2987, 3000)]
    held = timed(convoy((after("terms", "joined:a", 2000),), (TERMS,)), MARCH)["s"]
    assert held[1] == (1330, 2688, 2700, 2700)


def test_a_partys_milestone_waits_for_another_and_for_its_window() -> None:
    asked = river(
        (after("terms", "told", 80), within("told", window(0, 700), window(790, 800))), (TERMS, deed("told", 50))
    )
    network = build(asked, travel_of(asked, RIVER), RIVER)
    # terms at 700, told at 780 at the earliest, and from 790
    assert milestone_ends(asked, network) == {"terms": 700, "told": 790}


def test_a_site_that_is_served_twice_is_left_once() -> None:
    calls = (Call("a", "depot-a", on="p"), Call("a", on="q", at_s=120), Call("e", "a-e", off="p q", at_s=500))
    asked = river((after("terms", "left:a"),), (TERMS,))
    found = timed(asked, plan([Run("x", "x", calls)]))["x"]
    assert found == [(100, 100, 112, 112), (112, 112, 124, 700), (1000, 1000, 1012, 1012)]


def test_who_is_never_driven_anywhere_leaves_nothing() -> None:
    asked = river((after("terms", "left:a"),), (TERMS,))
    calls = (Call("a", "depot-a", on="p"), Call("a", off="p", at_s=9))
    assert timed(asked, plan([Run("x", "x", calls)]))["x"] == [(100, 100, 112, 112), (112, 112, 123, 123)]


def test_milestones_that_wait_for_each_other_are_our_fault() -> None:
    asked = river((after("b", "a"),), (deed("a"), deed("b", after_=("a",))))
    with pytest.raises(InternalError, match="wait for each other: milestone"):
        build(asked, travel_of(asked, RIVER), RIVER)


def test_the_chain_names_the_clause_that_ties_it() -> None:
    asked = convoy((after("terms", "departed:c", 1000),), (TERMS,))
    network: Network = build(asked, travel_of(asked, MARCH), MARCH)
    times = evaluate(network)
    links = chain(times, network.services[TripId("y"), 1])
    assert [network.activities[link].kind for link in links] == ["milestone", "convoy-departure", "drive", "alight"]
    tie = next(arc for arc in network.activities[links[1]].arcs if arc.before == links[0])
    assert (tie.why, tie.lag_s) == ("k", 1000)
