"""A bound from trips: the time that all trips and the empty drives between them take together.

Prices: pi for a head carried, rho for a visit (every pickup is visited at least as often as its people fill vehicles),
mu for a place at a shelter, sigma for leaving a shelter (at most as often as trips end there),
kappa for coming into a set of pickups (`trip_cuts`), delta for a vehicle of a
group that leaves its yard, tau for a second of a vehicle of a type. If no trip of any type, with the cheapest way to
come to its first pickup, is worth more than its time costs, then the trips of a plan together are not either:

    pi heads + rho visits + kappa arrivals - mu room - delta vehicles
        <= sum over types of tau x seconds that its vehicles have until C,

so every C for which this fails is impossible. A linear program over trips found so far proposes prices; rewards along
violated trips are lowered until the exact pricing, in whole numbers, finds none, by one common factor at last.

References
----------
Farley (1990), a note on bounding a class of linear programming problems, including cutting stock problems.
Wentges (1997), weighted Dantzig-Wolfe decomposition: prices between the best and the last ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from ortools.linear_solver import pywraplp

from safepassage.planner.households.problem import HouseholdProblem, Integers
from safepassage.planner.households.radial import Flow, cheapest_flow
from safepassage.planner.households.relaxation import Relaxation, between_s
from safepassage.planner.households.trip_cuts import Cuts
from safepassage.planner.households.trip_pricing import (
    FAR,
    Drives,
    Found,
    Worth,
    lower_rewards,
    price_trips,
    trip_of,
)

SCALE = 2**12
"""Prices are whole parts of a second of one vehicle of the fleet."""
SEEDING = (1.02, 1.1, 1.3)
"""The first trips are those that would be worth their time if rewards were so much larger."""
MET = 3
"""Rounds of repair whose violated trips enter the linear program."""
REPAIRS = 12
"""Rounds that lower rewards trip by trip, before all are lowered alike."""

ENTRY_S, TINY = 3000.0, 1e-7
"""What the linear program pays to do without an arrival; shares of a trip below the second are none."""
NEAR = 1.0005
"""Sets of pickups are looked for once the linear program is as near as this to what is proved."""
PATIENCE, GAIN = 3, 1.001
"""The bound goes on while its last so many rounds of sets have raised it by this factor."""
LEGS = 4
"""Empty drives to a pickup that the linear program knows, by kind."""


class Type(NamedTuple):
    """Vehicles of one speed and number of places: their groups, and what they drive."""

    groups: Integers
    places: int
    drives: Drives


class Prices(NamedTuple):
    """Whole prices: `head`, `visit` (pickups,), `room` (shelters,), `leave` (types, shelters).

    Further `vehicle` (groups,), `second` (types,), and `entry` (sets of pickups,) of coming into a set.
    """

    head: Integers
    visit: Integers
    room: Integers
    leave: Integers
    vehicle: Integers
    second: Integers
    entry: Integers


class Trip(NamedTuple):
    """A trip of a type: pickups and heads in order, heads aboard at the start, shelter, seconds without coming."""

    kind: int
    pickups: Integers
    heads: Integers
    aboard: int
    shelter: int
    seconds: int


class Fleet(Struct, frozen=True):
    """The relaxed problem with its vehicles by type, the visits that every pickup needs, and sets of pickups."""

    relaxed: Relaxation
    types: tuple[Type, ...]
    visits: Integers
    cuts: Cuts


def fleet(problem: HouseholdProblem, relaxed: Relaxation) -> Fleet:
    """Sort vehicles into types."""
    groups, ways = relaxed.groups, relaxed.ways
    inner_s = np.minimum(between_s(problem), FAR)
    kinds, kind = np.unique(np.c_[groups.speed, groups.places], axis=0, return_inverse=True)
    types = []
    for number, (speed, places) in enumerate(kinds.tolist()):
        own = np.flatnonzero(kind == number)
        drives = Drives(
            between=inner_s[speed],
            out=np.minimum(ways.out[speed], FAR),
            back=np.minimum(ways.back[speed], FAR),
            start=np.minimum(ways.start[speed, groups.yard[own]], FAR),
        )
        types.append(Type(own, places, drives))
    most = int(groups.places.max())
    return Fleet(relaxed, tuple(types), -(-relaxed.heads // most), Cuts(relaxed.heads, most))


def trip_bound(own: Fleet, late: Callable[[], bool], rounds: float, tell: Callable[[int], None]) -> int:
    """Raise a bound by trips as far as time and rounds allow.

    Parameters
    ----------
    own
        The vehicles and what is to be carried.
    late, rounds
        When to stop.
    tell
        Called with every better bound.
    """
    flow = cheapest_flow(own.relaxed)
    if flow is None:
        return 0
    program, centre = _Program(own), _first_prices(own, flow)
    best_s = proved_s(own, centre)
    tell(best_s)
    for more in SEEDING:
        tempting = centre._replace(head=np.floor(centre.head * more).astype(np.int64))
        program.add(make_feasible(own, _copy(tempting), late)[1])
    at_cuts: list[int] = []
    while rounds > 0 and not late():
        rounds -= 1
        prices, added = program.prices(), 0
        if prices is None:
            break
        for tried in (_between(prices, centre), prices):
            feasible, trips = make_feasible(own, _copy(tried), late)
            added += program.add(trips)
            if feasible is not None and (bound_s := proved_s(own, feasible)) > best_s:
                best_s, centre = bound_s, feasible
                tell(best_s)
            if added > len(own.visits) // 10:
                break
        if added and program.value_s > best_s * NEAR:
            continue
        stalled = len(at_cuts) >= PATIENCE and best_s < at_cuts[-PATIENCE] * GAIN
        at_cuts.append(best_s)
        if stalled or not program.cut() + added:
            break
    return best_s


def proved_s(own: Fleet, prices: Prices) -> int:
    """Return the first instant by which feasible prices do not exclude that all have arrived."""
    relaxed, groups = own.relaxed, own.relaxed.groups
    owed = int(prices.head @ relaxed.heads + prices.visit @ own.visits - prices.room @ relaxed.room)
    owed -= int(prices.vehicle @ groups.vehicles)
    owed += own.cuts.owed(prices.entry)
    numerator, denominator = relaxed.rate
    more_s = relaxed.service_s + -numerator * int(relaxed.heads.sum()) // denominator
    owed += int(prices.second.min()) * max(more_s, 0)
    weight = np.zeros_like(groups.vehicles)
    for kind, second in zip(own.types, prices.second, strict=True):
        weight[kind.groups] = second * groups.vehicles[kind.groups]
    rate = before = 0
    order = np.argsort(groups.available_s, kind="stable").tolist()
    for position, group in enumerate(order):
        rate += int(weight[group])
        before += int(weight[group] * groups.available_s[group])
        until_s = -(-(owed + before) // rate) if rate else 0
        if position + 1 == len(order) or (rate and until_s <= groups.available_s[order[position + 1]]):
            return max(until_s, 0)
    raise AssertionError


def make_feasible(own: Fleet, prices: Prices, late: Callable[[], bool]) -> tuple[Prices | None, list[Trip]]:
    """Lower rewards until no trip is worth more than its time; also the violated trips met at first.

    The rewards are changed in place. None when the time is up or it takes too many rounds.
    """
    met: list[Trip] = []
    _settle(own, prices)
    for repair in range(2 * REPAIRS):
        clean = True
        for kind in range(len(own.types)):
            worth, drives = _worth(own, kind, prices), own.types[kind].drives
            found = price_trips(drives, worth, own.relaxed.heads, own.types[kind].places)
            (bad,) = np.nonzero(found.excess > 0)
            if not len(bad):
                continue
            clean = False
            order = bad[np.argsort(-found.excess[bad], kind="stable")]
            if repair < MET:
                met += [_written(own, kind, found, last) for last in order.tolist()]
            if repair < REPAIRS:
                lower_rewards(found, drives, worth, (prices.head, prices.visit), order)
                continue
            factor = lower_rewards(found, drives, worth, (prices.head.copy(), prices.visit.copy()), order)
            for reward in (prices.head, prices.visit, prices.entry):
                reward[:] = np.floor(reward * factor).astype(np.int64)
        if clean:
            return prices, met
        if late():
            break
    return None, met


def _worth(own: Fleet, kind: int, prices: Prices) -> Worth:
    """Rewards net of the time of services; prices of a second are multiples of the denominator of the rate."""
    relaxed = own.relaxed
    numerator, denominator = relaxed.rate
    second = int(prices.second[kind])
    stop, drive = own.cuts.rewards(prices.entry)
    return Worth(
        heads=prices.head - second // denominator * numerator,
        visits=prices.visit + stop - second * relaxed.setup_s,
        second=second,
        stop=second * relaxed.setup_s,
        room=prices.room,
        leave=prices.leave[kind],
        first=prices.vehicle[own.types[kind].groups],
        drives=drive + second * own.types[kind].drives.between,
    )


def _written(own: Fleet, kind: int, found: Found, last: int) -> Trip:
    relaxed, drives = own.relaxed, own.types[kind].drives
    pickups, heads, aboard = trip_of(found, last)
    shelter = int(found.shelter[last])
    numerator, denominator = relaxed.rate
    seconds = int(drives.between[pickups[:-1], pickups[1:]].sum() + drives.out[last, shelter])
    seconds += relaxed.setup_s * (len(pickups) + 1) + numerator * int(heads.sum()) // denominator
    return Trip(kind, pickups, heads, aboard, shelter, seconds)


def _settle(own: Fleet, prices: Prices) -> None:
    """Let no drive between shelters, empty or with people aboard, be worth more than its time."""
    setup_s = own.relaxed.setup_s
    for number, kind in enumerate(own.types):
        across_s = np.minimum(own.relaxed.ways.across[_speed(own, kind)], FAR) * int(prices.second[number])
        prices.leave[number] = (prices.leave[number][:, None] + across_s).min(0)
        ride = (across_s + setup_s * int(prices.second[number])) // kind.places
        prices.room[:] = np.minimum(prices.room, (prices.room[None, :] + ride).min(1))


def _speed(own: Fleet, kind: Type) -> int:
    return int(own.relaxed.groups.speed[kind.groups[0]])


def _first_prices(own: Fleet, flow: Flow) -> Prices:
    """Prices of the flow of places, which prove the bound by work: a place is a share of a vehicle."""
    numerator, denominator = own.relaxed.rate
    second = SCALE * denominator
    most = max(kind.places for kind in own.types)
    return Prices(
        head=(flow.head + own.relaxed.setup_s) * second // most + SCALE * numerator,
        visit=np.full(len(own.relaxed.heads), second * own.relaxed.setup_s),
        room=-(-flow.room * second // most),
        leave=np.tile(flow.leave * second, (len(own.types), 1)),
        vehicle=flow.vehicle * second,
        second=np.full(len(own.types), second),
        entry=np.zeros(0, np.int64),
    )


def _copy(prices: Prices) -> Prices:
    return Prices(*(part.copy() for part in prices))


def _between(one: Prices, other: Prices) -> Prices:
    short = Prices(*other[:-1], np.pad(other.entry, (0, len(one.entry) - len(other.entry))))
    return Prices(*((a + b) // 2 for a, b in zip(one, short, strict=True)))


class _Program:
    """The linear program over the trips met: the least horizon by which fractions of them can be driven."""

    def __init__(self, own: Fleet) -> None:
        self._own, self._known = own, set[tuple[int, bytes, bytes, int]]()
        self._columns: list[tuple[Trip, pywraplp.Variable]] = []
        self._entry: list[pywraplp.Constraint] = []
        self.value_s = 0.0
        self._driven: list[tuple[int, float]] = []
        solver = self._solver = pywraplp.Solver.CreateSolver("GLOP")
        relaxed, endless = own.relaxed, solver.infinity()
        groups, kinds = relaxed.groups, range(len(own.types))
        pickups, shelters = range(len(relaxed.heads)), range(len(relaxed.room))
        self._head = [solver.Constraint(float(heads), endless) for heads in relaxed.heads]
        self._visit = [solver.Constraint(float(visits), endless) for visits in own.visits]
        self._room = [solver.Constraint(-endless, float(room)) for room in relaxed.room]
        self._start = [[solver.Constraint(-endless, 0.0) for _ in pickups] for _ in kinds]
        self._leave = [[solver.Constraint(-endless, 0.0) for _ in shelters] for _ in kinds]
        self._vehicle = [solver.Constraint(-endless, float(count)) for count in groups.vehicles]
        horizon = solver.NumVar(0.0, endless, "")
        solver.Objective().SetCoefficient(horizon, 1.0)
        self._time = []
        for kind in own.types:
            started_s = int(groups.vehicles[kind.groups] @ groups.available_s[kind.groups])
            self._time.append(solver.Constraint(-endless, -float(started_s)))
            self._time[-1].SetCoefficient(horizon, -float(groups.vehicles[kind.groups].sum()))
        vehicles = float(groups.vehicles.sum())
        for rows, cost_s in ((self._head, 400.0), (self._visit, 3000.0)):
            for row in rows:
                self._column(cost_s / vehicles, [(row, 1.0)])
        for number, kind in enumerate(own.types):
            self._add_legs(number, kind)

    def _column(self, cost: float, entries: list[tuple[pywraplp.Constraint, float]]) -> pywraplp.Variable:
        column = self._solver.NumVar(0.0, self._solver.infinity(), "")
        if cost:
            self._solver.Objective().SetCoefficient(column, cost)
        for row, amount in entries:
            row.SetCoefficient(column, amount)
        return column

    def _add_legs(self, number: int, kind: Type) -> None:
        """Add the shorter empty drives to every pickup; leaving the others out only makes prices worse, never wrong."""
        for pickup in np.flatnonzero(self._own.relaxed.heads).tolist():
            start = (self._start[number][pickup], -1.0)
            for legs_s, rows in (
                (kind.drives.back[:, pickup], self._leave[number]),
                (kind.drives.start[:, pickup], [self._vehicle[group] for group in kind.groups]),
            ):
                for near in np.argsort(legs_s, kind="stable")[:LEGS].tolist():
                    if legs_s[near] < FAR:
                        self._column(0.0, [start, (rows[near], 1.0), (self._time[number], float(legs_s[near]))])

    def add(self, trips: list[Trip]) -> int:
        """Add trips that start empty and are not yet known; return how many."""
        added = 0
        for trip in trips:
            key = (trip.kind, trip.pickups.tobytes(), trip.heads.tobytes(), trip.shelter)
            if trip.aboard or key in self._known:
                continue
            self._known.add(key)
            added += 1
            entries = [
                (self._start[trip.kind][int(trip.pickups[0])], 1.0),
                (self._leave[trip.kind][trip.shelter], -1.0),
                (self._room[trip.shelter], float(trip.heads.sum())),
                (self._time[trip.kind], float(trip.seconds)),
            ]
            for pickup in np.unique(trip.pickups).tolist():
                here = trip.pickups == pickup
                entries += [
                    (self._head[pickup], float(trip.heads[here].sum())),
                    (self._visit[pickup], float(here.sum())),
                ]
            arrivals = self._own.cuts.arrivals(trip.pickups)
            entries += [(self._entry[own], float(arrivals[own])) for own in np.flatnonzero(arrivals).tolist()]
            self._columns.append((trip, self._column(0.0, entries)))
        return added

    def cut(self) -> int:
        """Add rows for sets of pickups into which too few vehicles come; return how many."""
        pickups, cuts, old = len(self._own.visits), self._own.cuts, len(self._entry)
        visits, drives = np.zeros(pickups), np.zeros((pickups, pickups))
        for number, share in self._driven:
            trip = self._columns[number][0]
            np.add.at(visits, trip.pickups, share)
            np.add.at(drives, (trip.pickups[:-1], trip.pickups[1:]), share)
        added = cuts.add(cuts.find(visits, drives))
        endless, vehicles = self._solver.infinity(), float(self._own.relaxed.groups.vehicles.sum())
        for needs in cuts.needs[old:].tolist():
            self._entry.append(self._solver.Constraint(float(needs), endless))
            self._column(ENTRY_S / vehicles, [(self._entry[-1], 1.0)])
        for trip, column in self._columns:
            arrivals = cuts.arrivals(trip.pickups, old)
            for own in np.flatnonzero(arrivals).tolist():
                self._entry[old + own].SetCoefficient(column, float(arrivals[own]))
        return added

    def prices(self) -> Prices | None:
        """Solve and make the dual values whole prices; None when the solver gives up: what is proved stands."""
        if self._solver.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        self.value_s = float(self._solver.Objective().Value())
        shares = [column.solution_value() for _, column in self._columns]
        self._driven = [(number, share) for number, share in enumerate(shares) if share > TINY]
        scale = SCALE * float(self._own.relaxed.groups.vehicles.sum())

        def whole(rows: list[pywraplp.Constraint], sign: float) -> Integers:
            values = np.array([row.dual_value() for row in rows])
            return np.floor(np.maximum(sign * values, 0.0) * scale).astype(np.int64)

        denominator = self._own.relaxed.rate[1]
        return Prices(
            head=whole(self._head, 1.0),
            visit=whole(self._visit, 1.0),
            room=whole(self._room, -1.0),
            leave=np.array([whole(rows, -1.0) for rows in self._leave]),
            vehicle=whole(self._vehicle, -1.0),
            second=whole(self._time, -1.0) // denominator * denominator,
            entry=whole(self._entry, 1.0),
        )
