"""The day of the reference case ends with everyone in one place and every planted contradiction shown."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache

import pytest

from ledger.simulation.day import POSTS, Day, reference_day
from ledger.simulation.loop import HOUR
from safepassage.ledger.board import BoardState, board_of, tally
from safepassage.ledger.envelope import decode

pytestmark = pytest.mark.no_cover


def day() -> Day:
    """Play the day once for all tests."""
    return reference_day()


@cache
def board() -> BoardState:
    """Return the board of the whole day, from its events in another order."""
    mixed = list(day().events)
    random.Random("mixed").shuffle(mixed)
    return board_of(mixed, day().roll)


def departure_s() -> int:
    """Return when the last vehicle of the convoy leaves the assembly."""
    return max(convoy.departs_s + convoy.spacing_s * len(convoy.order) for convoy in day().plan.convoys)


def test_the_day_is_that_of_the_case() -> None:
    operation = day().operation
    assert len(operation.people) == 700
    assert sum(vehicle.kind == "bus" for vehicle in operation.vehicles) == 16
    assert sum(POSTS.values()) == 20
    recorded = Counter(event.site for event in map(decode, day().events) if event.type == "head-counted")
    on_the_way = {"border", "qara-road", "homs", "palmyra", "desert-hold", "desert-junction"}
    assert {site for site in recorded if site in on_the_way} == on_the_way


def test_devices_were_offline_for_hours() -> None:
    recorded = {one.data: one.at_ms for one in day().world.recorded.values()}
    known_ms: dict[str, int] = {}
    for data in day().events:
        at_ms = recorded.get(data)
        if at_ms is not None:
            device = decode(data).device
            known_ms[device] = max(known_ms.get(device, 0), at_ms)
    latest = 0
    late = []
    for data in day().events:
        at_ms = recorded.get(data)
        if at_ms is not None:
            latest = max(latest, at_ms)
            late.append(latest - at_ms)
    assert sum(wait > 2 * HOUR for wait in late) > 100


def test_every_promise_is_kept() -> None:
    assert day().verdict.good, day().verdict
    assert day().verdict.false_alarms == ()
    assert day().verdict.unprovable == ()


def test_everyone_is_in_one_place() -> None:
    state = board()
    assert tally(state) == {"site": 700}
    assert {one.place.id for one in state.people.values()} == {"al-bukamal"}
    assert [person for person, one in state.people.items() if one.possible] == []
    assert {one.custody for one in state.people.values()} == {"islamic-state"}
    assert (state.unaccounted, state.apart) == ((), ())
    assert {count.sure for count in state.aboard.values()} == {()}


def test_every_planted_contradiction_was_shown() -> None:
    events = [data for data in day().events if decode(data).type != "resolved"]
    shown = {(one.kind, one.subjects) for one in board_of(events, day().roll).contradictions}
    assert shown == {(one.kind, one.persons) for one in day().plants}
    assert len(shown) >= 12


def test_what_was_resolved_is_shown_no_more() -> None:
    left = {(one.kind, one.subjects) for one in board().contradictions}
    assert left == {(one.kind, one.persons) for one in day().plants if one.kind != "journey"}


def test_referrals_are_closed() -> None:
    state = board()
    assert state.open_referrals == ()
    assert sum(one.referral == "returned" for one in state.people.values()) == 25


def test_counts_at_departure_are_those_of_the_manifests() -> None:
    state = board_of(day().until(departure_s()), day().roll)
    carried = 0
    for trip in day().plan.trips:
        rides = next((one.rides for one in day().plan.manifests if one.trip == trip.id), ())
        if trip.kind != "convoy" or not rides:
            continue
        count = state.aboard[trip.vehicle]
        assert count.trip == trip.id
        assert set(count.expected) == {ride.person for ride in rides}
        assert (count.missing, count.extra) == ((), ())
        assert count.head_count is not None
        assert count.head_count.count == len(rides)
        carried += len(count.expected)
    assert carried == 700
    assert len(state.open_referrals) == 0
