"""Seats: places first, then time; who cannot be seated is proved to be."""

from __future__ import annotations

from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from planner.small import marching, operation, people, person, vehicle
from safepassage.model.ids import SiteId
from safepassage.planner.engine import Clock, Effort
from safepassage.planner.seat_bounds import boarding_bound_s, fewest_vehicles, spread_bound_s, total_bound_s
from safepassage.planner.seat_needs import seat_needs
from safepassage.planner.seat_problem import LEFT, Aboard, Passenger, Seat, SeatProblem
from safepassage.planner.seat_search import greedy
from safepassage.planner.seat_timing import Timed, boarded_s
from safepassage.planner.seats import Seating, improve, seatable, settle

EFFORT = Effort(iterations=400, work=1.0, seed=0)
END = SiteId("end")


def seats(*rooms: tuple[int, int, int], offset_s: int = 30) -> tuple[Seat, ...]:
    return tuple(Seat(vehicle=f"V{n}", group=0, places=room, offset_s=n * offset_s) for n, room in enumerate(rooms))


def passenger(walking: int, *vehicles: int, lying: int = 0, ready_s: int = 0, apart: tuple[int, ...] = ()) -> Passenger:
    return Passenger(
        sizes=(walking, 0, lying),
        board_s=10 * walking + 90 * lying,
        alight_s=5 * walking + 80 * lying,
        ready_s=ready_s,
        vehicles=vehicles,
        apart=frozenset(apart),
    )


def problem(own: tuple[Seat, ...], *passengers: Passenger, everyone: bool = True, bays: int = 0) -> SeatProblem:
    return SeatProblem(
        seats=own,
        passengers=passengers,
        setup_s=60,
        earliest_s=(0,),
        march_s=(1000,),
        ends=(END,),
        start_bays=(bays,),
        busy=(((),) * bays,),
        end_bays=(bays,),
        room={},
        everyone=everyone,
    )


def settled(asked: SeatProblem) -> Seating:
    return settle(asked, EFFORT, Clock(inf))


def test_what_greed_cannot_seat_the_solver_does() -> None:
    # best fit puts 4 beside 4 into 8 and leaves 3 + 3 + 2 for 7
    asked = problem(seats((8, 0, 0), (9, 0, 0)), *(passenger(n, 0, 1) for n in (4, 4, 3, 3, 3)))
    assert LEFT in greedy(asked)
    found = settled(asked)
    assert found.possible
    assert found.left == 0
    loads = [sum(p.people for p, v in zip(asked.passengers, found.vehicle, strict=True) if v == n) for n in (0, 1)]
    assert loads == [8, 9]


def test_that_nobody_can_seat_them_all_is_proved() -> None:
    found = settled(problem(seats((7, 0, 0), (7, 0, 0)), *(passenger(4, 0, 1) for _ in range(3))))
    assert found.possible is False
    assert found.fewest


def test_without_work_it_is_not_settled() -> None:
    asked = problem(seats((8, 0, 0), (9, 0, 0)), *(passenger(n, 0, 1) for n in (4, 4, 3, 3, 3)))
    lazy = Effort(iterations=0, work=0.0, seed=0)
    assert settle(asked, lazy, Clock(inf)).possible is None
    assert seatable(asked, lazy, Clock(inf)) is None


def test_somebody_too_large_for_any_vehicle_needs_no_solver() -> None:
    asked = problem(seats((4, 0, 0)), passenger(5, 0), passenger(2, 0))
    assert settled(asked) == Seating(vehicle=(LEFT, 0), left=5, possible=False, fewest=True)
    assert settled(replace(asked, everyone=False)).left == 5


def test_the_fewest_are_left_behind() -> None:
    asked = problem(seats((8, 0, 0)), *(passenger(n, 0) for n in (5, 4, 4)), everyone=False)
    found = settled(asked)
    assert found.left == 5
    assert found.fewest
    assert found.possible is False


def test_those_kept_apart_ride_apart_or_not_at_all() -> None:
    asked = problem(seats((9, 0, 0), (9, 0, 0)), passenger(1, 0, 1, apart=(1,)), passenger(1, 0, 1, apart=(0,)))
    assert len(set(settled(asked).vehicle)) == 2
    alone = problem(seats((9, 0, 0)), passenger(1, 0, apart=(1,)), passenger(1, 0, apart=(0,)))
    assert settled(alone).possible is False


def test_an_end_takes_no_more_than_its_room() -> None:
    own = (*seats((9, 0, 0)), Seat(vehicle="W", group=1, places=(9, 0, 0), offset_s=0))
    asked = replace(
        problem(own, *(passenger(2, 0, 1) for _ in range(4))),
        ends=(END, SiteId("school")),
        earliest_s=(0, 0),
        march_s=(1, 1),
        start_bays=(0, 0),
        busy=((), ()),
        end_bays=(0, 0),
        room={END: 4},
    )
    assert settled(asked).vehicle.count(0) == 2
    assert settled(replace(asked, room={END: 4, SiteId("school"): 3})).possible is False


def test_latecomers_take_their_own_call() -> None:
    asked = problem(seats((9, 0, 0)), passenger(4, 0), passenger(1, 0, ready_s=1000))
    assert boarded_s(asked, 0, [0]) == 100
    assert boarded_s(asked, 0, [0, 1]) == 1070
    assert boarded_s(asked, 0, []) == 0


def test_late_calls_share_the_bays() -> None:
    own = seats((9, 0, 0), (9, 0, 0), (9, 0, 0), offset_s=0)
    late = [passenger(1, n, ready_s=1000) for n in range(3)]
    one_bay, free = (Timed(problem(own, *late, bays=n), [[0], [1], [2]]) for n in (1, 0))
    assert one_bay.outcome().total_s - free.outcome().total_s == 2 * 70 + 2 * 65


def test_bundles_move_where_they_cost_no_time() -> None:
    # all in the first vehicle: it would leave late; the search divides them
    own = seats((40, 0, 0), (40, 0, 0), offset_s=0)
    asked = problem(own, *(passenger(2, 0, 1) for _ in range(10)))
    start = Seating(vehicle=(0,) * 10, left=0, possible=True, fewest=True)
    found = improve(asked, start, EFFORT, Clock(inf))
    assert sorted(found.vehicle.count(n) for n in (0, 1)) == [5, 5]


def test_nobody_moves_without_another_vehicle() -> None:
    asked = problem(seats((9, 0, 0)), passenger(2, 0))
    start = Seating(vehicle=(0,), left=0, possible=True, fewest=True)
    assert improve(asked, start, EFFORT, Clock(inf)).vehicle == (0,)


@st.composite
def problems(draw: st.DrawFn) -> SeatProblem:
    count = draw(st.integers(1, 3))
    own = tuple(
        replace(seat, rank=draw(st.integers(0, 1)), free_s=draw(st.sampled_from((0, 300))))
        for seat in seats(*(draw(st.tuples(st.integers(0, 8), st.just(0), st.integers(0, 2))) for _ in range(count)))
    )
    numbers = st.integers(0, 4)
    riding = [
        passenger(draw(numbers), *range(count), lying=draw(st.integers(0, 1)), ready_s=draw(st.sampled_from((0, 500))))
        for _ in range(draw(st.integers(1, 6)))
    ]
    riding = [one for one in riding if one.people]
    return problem(own, *riding, everyone=draw(st.booleans()), bays=draw(st.integers(0, 2)))


@settings(max_examples=60)
@given(problems())
def test_seatings_keep_places_and_bounds(asked: SeatProblem) -> None:
    found = settled(asked)
    if found.possible is False and asked.everyone:
        return
    better = improve(asked, found, replace(EFFORT, iterations=50), Clock(inf))
    for seated in (found.vehicle, better.vehicle):
        aboard = Aboard(asked, seated)
        assert all(left >= 0 for own in aboard.left for left in own)
    assert better.vehicle.count(LEFT) == found.vehicle.count(LEFT)
    before, after = (Timed(asked, Aboard(asked, one).members).outcome() for one in (found.vehicle, better.vehicle))
    assert after <= before
    if not found.left and asked.passengers:
        timed = Timed(asked, Aboard(asked, better.vehicle).members)
        assert total_bound_s(asked) <= after.total_s
        assert boarding_bound_s(asked, 0, [0] * len(asked.seats)) <= timed._boarded_s(0)


def test_bounds_by_hand() -> None:
    asked = problem(seats((10, 0, 0), (10, 0, 0)), passenger(10, 0, 1), passenger(10, 0, 1), bays=1)
    # one bay: two settings up and all the alighting; without a limit the second vehicle ends last
    assert spread_bound_s(asked, 0) == 2 * 60 + 100
    assert spread_bound_s(replace(asked, end_bays=(0,)), 0) == 30 + 60 + 50
    assert boarding_bound_s(asked, 0, [0, 0]) == 2 * 60 + 200 - 30
    assert spread_bound_s(replace(asked, passengers=()), 0) == 0
    assert boarding_bound_s(replace(asked, passengers=()), 0, [0, 0]) == 0
    assert fewest_vehicles(asked.seats, asked.passengers) == 2


def test_the_common_sizes_of_buses_are_tried() -> None:
    asked = marching([*people(46), person("P99")], vehicle("B1", convoy="C", seats=45))
    assert [(need.seats, need.need, need.have, need.enough) for need in seat_needs(asked, seed=0)] == [
        (45, 47, 45, False),
        (49, 47, 49, True),
        (53, 47, 53, True),
    ]
    assert seat_needs(operation(people(2), [vehicle("V")]), seed=0) == ()
