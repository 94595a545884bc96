"""Who has left from where: counted once, then with what changed, always as counting all anew."""

from __future__ import annotations

from account.hard_day import case, hard_day
from safepassage.account.flows import Flow, Flows
from safepassage.ledger.board import Board
from safepassage.ledger.roll import roll_of


def test_counting_what_changed_is_counting_all_anew() -> None:
    """Through a day of seven hundred people, looked at now and then."""
    operation, travel, plan = case()
    day = hard_day()
    board = Board(roll_of(operation, travel, plan))
    flows = Flows(operation)
    seen: set[Flow] = set()
    for number, data in enumerate(day.events):
        board.apply(data)
        if number % 397 == 0:
            state = board.state()
            found = flows.count(board, state)
            assert found == Flows(operation).count(board, state)
            assert flows.count(board, state) == found
            seen |= set(found[0].values())
    assert len(seen) > 8
