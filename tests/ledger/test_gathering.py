"""What is kept while people move is what counting all of them anew gives."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from ledger.wild import ROLL, wild_set
from safepassage.ledger.board import Board, BoardState
from safepassage.ledger.counts import aboard_vehicles
from safepassage.ledger.gathering import Sorted, trip_ends, unaccounted_for
from safepassage.ledger.people import PersonState


def apart(state: BoardState) -> Iterator[tuple[str, dict[tuple[str, str], list[str]]]]:
    """Look at every household, and tell of those in several places."""
    homes: dict[str, dict[tuple[str, str], list[str]]] = {}
    for one in state.people.values():
        away = one.referral not in ("", "returned") or one.choice not in ("", "consented") or one.died or one.removed
        home = one.household or next((ROLL.households[name] for name in one.records if name in ROLL.households), "")
        if home and not away:
            where = ("", "") if one.possible else (one.place.kind, one.place.id)
            homes.setdefault(home, {}).setdefault(where, []).append(one.id)
    yield from ((home, places) for home, places in sorted(homes.items()) if len(places) > 1)


def at_site(state: BoardState, site: str) -> tuple[list[str], list[str]]:
    def may_be(one: PersonState) -> bool:
        return any((where.kind, where.id) == ("site", site) for where in (one.place, *one.possible))

    there = [one for one in state.people.values() if may_be(one)]
    return [one.id for one in there if not one.possible], [one.id for one in there if one.possible]


def is_right(state: BoardState) -> None:
    people, ends = state.people, trip_ends(ROLL)
    assert list(people) == sorted(people)
    assert state.aboard == aboard_vehicles(people, state.vehicles, ROLL)
    for site, count in state.at_site.items():
        assert ([*count.sure], [*count.possible]) == at_site(state, site)
    places = {where.id for one in people.values() for where in (one.place, *one.possible) if where.kind == "site"}
    assert places <= state.at_site.keys()
    lost = [
        unaccounted_for(name, one, state.vehicles[one.aboard] if one.aboard else None, ends, ROLL)
        for name, one in people.items()
    ]
    assert state.unaccounted == tuple(one for one in lost if one)
    assert [(one.household, dict(one.places)) for one in state.apart] == [
        (home, {where: tuple(names) for where, names in places.items()}) for home, places in apart(state)
    ]
    assert state.open_referrals == tuple(name for name, one in people.items() if one.referral in ("out", "treated"))
    tokens = [(token, name) for name, one in people.items() for token in one.tokens]
    shared = {token: tuple(name for other, name in tokens if other == token) for token, _ in tokens}
    found = [one for one in state.contradictions if one.kind == "token"]
    assert sorted(one.subjects for one in found) == sorted(names for names in shared.values() if len(names) > 1)
    torn = [one.contradictions for one in people.values()] + [one.contradictions for one in state.vehicles.values()]
    assert len(state.contradictions) - len(found) == sum(map(len, torn))


@pytest.mark.no_cover
def test_wild_sets_are_counted_right_after_every_event() -> None:
    for seed in range(40):
        chance = random.Random(seed)
        board = Board(ROLL)
        for data in wild_set(chance, 25):
            board.apply(data)
            if chance.random() < 0.6:
                is_right(board.state())


def test_a_wild_set_is_counted_right_after_every_event() -> None:
    board = Board(ROLL)
    for data in wild_set(random.Random(5), 25):
        board.apply(data)
        is_right(board.state())


def test_things_are_put_in_order_replaced_and_taken_away() -> None:
    found: Sorted[int] = Sorted()
    for name, thing in (("b", 2), ("a", 1), ("c", None), ("b", 3), ("a", None), ("a", None)):
        found.put(name, thing)
    assert (found.names(), found.all()) == (("b",), (3,))
