"""The board is a function of the set of events: order, repetition and what was asked in between never matter."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.wild import ROLL, wild_set
from safepassage.ledger.board import Board, BoardState, board_of
from safepassage.ledger.merging import Merging


def grown(order: list[bytes], asked: list[bool]) -> BoardState:
    """Hand a board events one by one, asking for its state where told, so that much is worked out already."""
    board = Board(ROLL)
    for data, ask in zip(order, asked, strict=True):
        board.apply(data)
        if ask:
            board.state()
    return board.state()


@pytest.mark.no_cover
@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(2, 25), st.sampled_from((0.1, 0.5, 1.0)))
def test_the_board_is_a_function_of_the_set(chance: random.Random, count: int, often: float) -> None:
    data = wild_set(chance, count)
    order = [*data, *(one for one in data if chance.random() < 0.2)]
    chance.shuffle(order)
    asked = [chance.random() < often for _ in order]
    assert grown(order, asked).sha256() == board_of(data, ROLL).sha256()


@pytest.mark.no_cover
def test_whatever_seeds_give_is_the_same_in_any_order() -> None:
    for seed in range(150):
        chance = random.Random(seed)
        data = wild_set(chance, chance.choice((12, 35)))
        expected = board_of(data, ROLL).sha256()
        order = chance.sample(data, len(data))
        assert grown(order, [chance.random() < 0.5 for _ in order]).sha256() == expected


def test_a_board_restored_in_between_goes_on_as_if_it_had_not_been() -> None:
    for seed in range(100):
        chance = random.Random(seed)
        data = wild_set(chance, 20)
        expected = board_of(data, ROLL).sha256()
        chance.shuffle(data)
        board = Board(ROLL)
        for one in data[:10]:
            board.apply(one)
        persons = [board.person(one) for one in board.merging.subjects("person")]
        again = Board(ROLL)
        again.merging.restore(board.merging.keep())
        again.remember(persons)
        for one in data[10:]:
            again.apply(one)
            if chance.random() < 0.3:
                again.state()
        assert again.state().sha256() == expected


def test_an_event_that_is_there_touches_nothing() -> None:
    data = wild_set(random.Random(1), 20)
    board = Board(ROLL)
    for one in data:
        board.apply(one)
    before = board.state()
    assert [board.apply(one) for one in data] == [set()] * len(data)
    assert board.state() == before
    assert len(board.merging) == len(set(data))


def test_without_a_roll_no_way_takes_time() -> None:
    board = Merging()
    for one in wild_set(random.Random(3), 35):
        board.add(one)
    assert all(board.history("person", one).facts is not None for one in board.subjects("person"))


def test_different_sets_have_different_boards() -> None:
    """So that the digests above could differ at all."""
    boards = {board_of(wild_set(random.Random(seed), 20), ROLL).sha256() for seed in range(20)}
    assert len(boards) == 20
