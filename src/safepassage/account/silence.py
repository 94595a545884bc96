"""Devices of which nothing has come for a while: what they recorded since is not known here."""

from __future__ import annotations

from safepassage.ledger.board import Board
from safepassage.ledger.clocks import Interval
from safepassage.ledger.paper import is_paper


def last_heard(board: Board) -> dict[str, Interval]:
    """Return when each device in use recorded the last event that is here, or was enrolled; paper is never silent.

    Parameters
    ----------
    board
        The ledger.
    """
    merging = board.merging
    found: dict[str, Interval] = {}
    for device in merging.subjects("device"):
        if is_paper(device):
            continue
        facts = merging.history("device", device).facts
        if not facts or any(one.type == "device-revoked" for one in facts):
            continue
        last = merging.standing.at(device, merging.standing.last(device)) or facts[-1]
        found[device] = merging.timing.interval(last)
    return found


def servers(board: Board) -> frozenset[str]:
    """Return the devices that take in what others record: their own silence says nothing."""
    return frozenset(
        fact.device for kind in ("device", "ledger") for subject in board.merging.subjects(kind)
        for fact in board.merging.history(kind, subject).facts if fact.type in ("received", "opened")
    )  # fmt: skip
