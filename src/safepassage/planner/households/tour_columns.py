"""A bound from whole tours: a horizon is impossible when tours that fit it cannot carry everybody, even in fractions.

At a horizon C the linear program chooses fractions of tours that end by C (at most as many as there are vehicles of
each group) and leaves as few people behind as it can; every pickup is visited at least as often as its people fill
vehicles. Any prices, heads' rewards pi, visits' rewards rho, room's prices mu, give a proof: if

    pi heads + rho visits - mu room > sum over groups of vehicles x best value of a tour within C,

then no plan ends by C, for summing the values of a plan's tours gives at least the left side. The value of the best
tour is found for all horizons at once, so prices found at one horizon prove the largest they can. The solver of the
linear program only proposes prices; they are made whole numbers and the proof is exact integer arithmetic.

References
----------
Desaulniers, Desrosiers and Solomon (2005), column generation, chapter 1: Lagrangian bound.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from msgspec import Struct

from safepassage.planner.households.problem import UNREACHABLE, Flags, HouseholdProblem, Integers
from safepassage.planner.households.relaxation import Relaxation, between_s
from safepassage.planner.households.tour_pricing import (
    NONE,
    Fees,
    Offer,
    Trips,
    best_loads,
    onward_from,
    onward_values,
    set_values,
    split,
    tour_values,
)
from safepassage.planner.households.tour_sets import MOST_PICKUPS, TripTable, trips_within

SCALE = 10**6
"""Prices are whole millionths of a person."""
PER_GROUP = 40
"""Columns taken at most per group and round."""


class Count(NamedTuple):
    """A limit on some trips of some groups, shapes (groups,), (sets, shelters): `at_least` an amount, else at most."""

    groups: Flags
    trips: Flags
    amount: int
    at_least: bool


class Limits(Struct, frozen=True, kw_only=True):
    """What a part of the plans must keep to.

    Attributes
    ----------
    fewest, most
        Shape (pickups,): visits of a pickup.
    whole
        Shape (pickups,): all people of a pickup board at one visit.
    allowed
        Shape (groups, sets, shelters): trips, by set of pickups and shelter, that a group may make.
    counts
        Further limits on numbers of trips.
    """

    fewest: Integers
    most: Integers
    whole: Flags
    allowed: Flags
    counts: tuple[Count, ...] = ()


class Column(NamedTuple):
    """A tour: its group, end, trips as pairs of set and shelter; per pickup loads and visits, per shelter people."""

    group: int
    end_s: int
    trips: tuple[tuple[int, int], ...]
    loads: Integers
    visits: Integers
    room: Integers


class Prices(NamedTuple):
    """Whole prices.

    Per pickup the rewards of a head, of a visit because there must be some (at least 0) and because there may be no
    more (at most 0); what room costs by shelter and a vehicle by group; rewards by further limit (at least 0 where
    there must be some, else at most 0).
    """

    head: Integers
    fewest: Integers
    most: Integers
    room: Integers
    vehicle: Integers
    counts: Integers


class Case(NamedTuple):
    """What tours are priced on: the relaxation, all trips within `horizon_s`, cut by start, seconds of service.

    `service_s` is by heads; `fits` (groups, sets) is the most heads that have places on a trip to a set; `onward_s`
    (groups, shelters) is the longest that can be left when a vehicle first comes to a shelter.
    """

    relaxed: Relaxation
    table: TripTable
    by_group: tuple[Trips, ...]
    onward: tuple[Trips, ...]
    service_s: Integers
    fits: Integers
    horizon_s: int
    onward_s: Integers


def prepare(problem: HouseholdProblem, relaxed: Relaxation, horizon_s: int, most: int) -> Case | None:
    """List the trips that fit a horizon; None when they are too many, or a trip may take no time."""
    if problem.pickups > MOST_PICKUPS or relaxed.setup_s < 1:
        return None
    table = trips_within(relaxed, between_s(problem), horizon_s, most)
    if table is None:
        return None
    groups, shelters = relaxed.groups, len(relaxed.room)

    def cut(start: int, starts: int) -> Trips:
        rows = slice(table.first[start], table.first[start + starts])
        origin = np.repeat(np.arange(starts), np.diff(table.first[start : start + starts + 1]))
        return Trips(origin, table.chosen[rows], table.shelter[rows], table.seconds[rows])

    places = int(groups.places.max())
    numerator, denominator = relaxed.rate
    leave_s = groups.available_s[:, None] + relaxed.ways.start[groups.speed, groups.yard]
    once_s = leave_s + relaxed.least_s + 2 * relaxed.setup_s
    soonest_s = (once_s[:, :, None] + relaxed.ways.out[groups.speed]).min(1)
    return Case(
        relaxed=relaxed,
        table=table,
        by_group=tuple(cut(group, 1) for group in range(len(groups.vehicles))),
        onward=tuple(
            cut(len(groups.vehicles) + speed * shelters, shelters) for speed in range(relaxed.ways.out.shape[0])
        ),
        service_s=-(-numerator * np.arange(places + 1) // denominator),
        fits=_fits(relaxed, table.mask),
        horizon_s=horizon_s,
        onward_s=np.maximum(horizon_s - soonest_s, 0),
    )


def _fits(relaxed: Relaxation, mask: Integers) -> Integers:
    """Count the places of each mobility that somebody in a set can use, shape (groups, sets)."""
    members = mask[:, None] >> np.arange(len(relaxed.heads)) & 1
    fits: Integers = np.minimum(relaxed.groups.places_of[:, None], members @ relaxed.heads_of).sum(2)
    return fits


def no_limits(case: Case) -> Limits:
    """Limits that every plan keeps: as many visits as people fill vehicles."""
    relaxed = case.relaxed
    heads, count = relaxed.heads, len(relaxed.groups.vehicles)
    alone = np.minimum(relaxed.groups.places_of[:, None], relaxed.heads_of).sum(2).max(0)
    return Limits(
        fewest=-(-heads // np.maximum(alone, 1)),
        most=np.full(len(heads), UNREACHABLE),
        whole=np.zeros(len(heads), np.bool_),
        allowed=np.ones((count, len(case.table.mask), len(relaxed.room)), np.bool_),
    )


class Priced(NamedTuple):
    """What prices prove: `proof` (horizon + 1,), no plan ends by an instant where it is positive; and where to look."""

    proof: Integers
    value: Integers
    offers: tuple[Offer, ...]
    onward: tuple[Integers, ...]
    fees: Fees


def price(case: Case, limits: Limits, prices: Prices) -> Priced:
    """Find the values of the best tours of every group for all horizons, and what follows."""
    relaxed, groups = case.relaxed, case.relaxed.groups
    value = head_values(relaxed, limits, prices)
    best = set_values(case.table.parent, case.table.added, value)
    levels, level = np.unique(prices.room, return_inverse=True)
    fees = Fees(levels, level, case.service_s)
    visits = prices.fewest @ limits.fewest + prices.most @ np.where(prices.most < 0, limits.most, 0)
    amounts = np.array([limit.amount for limit in limits.counts], np.int64)
    owed = prices.head @ relaxed.heads + visits - prices.room @ relaxed.room + prices.counts @ amounts
    proof = np.full(case.horizon_s + 1, owed)
    offers: list[Offer] = []
    onward: list[Integers] = []
    for group, count in enumerate(groups.vehicles):
        offer = Offer(best, _extra(limits, prices, group), case.fits[group])
        offers.append(offer)
        twin = _twin(case, offers)
        onward.append(onward[twin] if twin >= 0 else _onward(case, group, offer, fees))
        proof -= count * tour_values(case.by_group[group], offer, fees, onward[-1], case.horizon_s)
    return Priced(proof, value, tuple(offers), tuple(onward), fees)


def head_values(relaxed: Relaxation, limits: Limits, prices: Prices) -> Integers:
    """Value of a visit by pickup and heads, NONE where households do not make up that many."""
    heads = np.arange(relaxed.possible.shape[1])
    value = prices.head[:, None] * heads + (prices.fewest + prices.most)[:, None]
    fits = relaxed.possible & (heads > 0) & (~limits.whole[:, None] | (heads == relaxed.heads[:, None]))
    return np.where(fits, value, NONE)


def _extra(limits: Limits, prices: Prices, group: int) -> Integers:
    """Add up what a group's trips earn by further limits, NONE for those it may not make; shape (sets, shelters)."""
    allowed = limits.allowed[group]
    extra = np.zeros(allowed.shape, np.int64)
    for limit, reward in zip(limits.counts, prices.counts.tolist(), strict=True):
        if limit.groups[group] and reward:
            extra += reward * limit.trips
    extra[~allowed] = NONE
    return extra


def _twin(case: Case, offers: list[Offer]) -> int:
    """Return the group before the last that goes on from shelters exactly alike, -1 when there is none."""
    last, groups = len(offers) - 1, case.relaxed.groups
    for group in range(last):
        alike = groups.speed[group] == groups.speed[last] and (case.onward_s[group] >= case.onward_s[last]).all()
        if alike and all(np.array_equal(*pair) for pair in zip(offers[group][1:], offers[last][1:], strict=True)):
            return group
    return -1


def _onward(case: Case, group: int, offer: Offer, fees: Fees) -> Integers:
    groups = case.relaxed.groups
    speed = int(groups.speed[group])
    across_s = np.minimum(case.relaxed.ways.across[speed] + case.relaxed.setup_s, UNREACHABLE)
    if len(fees.of) == 1:
        across_s[:] = UNREACHABLE  # nothing to gain from another shelter
    return onward_values(case.onward[speed], offer, fees, across_s, case.onward_s[group])


def columns(case: Case, prices: Prices, priced: Priced, horizon_s: int) -> list[Column]:
    """Return the best tours that are worth more than a vehicle costs, some per group, for the linear program."""
    found = []
    for group in range(len(case.by_group)):
        offer, onward = priced.offers[group], priced.onward[group]
        high, load, onto = best_loads(case.by_group[group], offer, priced.fees, onward, (horizon_s, -1))
        order = np.argsort(-high, kind="stable")[:PER_GROUP]
        for trip in order[high[order] > prices.vehicle[group]].tolist():
            first = _Step(trip, int(load[trip]), int(case.by_group[group].shelter[trip]), int(onto[trip]))
            found.append(_tour(case, priced, group, first, horizon_s))
    return found


class _Step(NamedTuple):
    """A trip (-1: none, just a drive), its heads, where to, and the level its people pay later on (-1: the end)."""

    trip: int
    heads: int
    shelter: int
    onto: int


def _tour(case: Case, priced: Priced, group: int, step: _Step, horizon_s: int) -> Column:
    """Write out the best tour until a horizon that begins with a step."""
    trips, offer, fees = case.by_group[group], priced.offers[group], priced.fees
    speed, count = int(case.relaxed.groups.speed[group]), len(case.relaxed.heads)
    loads, visits, room = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros_like(case.relaxed.room)
    made = []
    here, left_s, later = -1, horizon_s, np.zeros(len(fees.of), np.int64)
    while True:
        there, level = step.shelter, int(fees.level[step.shelter])
        if step.trip >= 0:
            chosen = int(trips.chosen[step.trip])
            boarded = split((case.table.parent, case.table.added, offer.best), priced.value, chosen, step.heads)
            loads += boarded
            visits += boarded > 0
            made.append((chosen, there))
            left_s -= int(trips.seconds[step.trip] + case.service_s[step.heads])
            later[level if step.onto < 0 else step.onto] += step.heads
        else:
            left_s -= int(case.relaxed.ways.across[speed, here, there]) + case.relaxed.setup_s
        room[there] += later[level]
        later[level] = 0
        if step.onto < 0:
            return Column(group, horizon_s - left_s, tuple(made), loads, visits, room)
        here, trips = there, case.onward[speed]
        step = _next_step(case, priced, group, (here, left_s, step.onto if step.onto < level else -1))


def _next_step(case: Case, priced: Priced, group: int, at: tuple[int, int, int]) -> _Step:
    """Find the step that attains the best continuation from a shelter, with seconds left, to a level (-1: any)."""
    here, left_s, wanted = at
    speed, onward, level = int(case.relaxed.groups.speed[group]), priced.onward[group], priced.fees.level
    values = onward[here, :, left_s]
    if wanted < 0:
        wanted = int(level[here]) + int(np.argmax(values[int(level[here]) :]))
    trips = case.onward[speed]
    leaving = np.flatnonzero(trips.origin == here)
    part = Trips(*(column[leaving] for column in trips))
    high, load, onto = best_loads(part, priced.offers[group], priced.fees, onward, (left_s, wanted))
    if len(high) and high.max() == values[wanted]:
        at_best = int(np.argmax(high))
        return _Step(int(leaving[at_best]), int(load[at_best]), int(part.shelter[at_best]), int(onto[at_best]))
    across_s = case.relaxed.ways.across[speed, here] + case.relaxed.setup_s
    for there in np.flatnonzero((across_s <= left_s) & (np.arange(len(level)) != here) & (level >= wanted)).tolist():
        if values[wanted] == 0 and level[there] == wanted:
            return _Step(-1, 0, there, -1)
        rest = onward_from(onward, there, int(level[there]), wanted, left_s - int(across_s[there]))
        if rest == values[wanted]:
            return _Step(-1, 0, there, wanted)
    raise AssertionError
