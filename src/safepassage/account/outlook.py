"""What is still to come, by the plan's network with the facts in it; nothing due has happened before now."""

from __future__ import annotations

from safepassage.account.due import stays_of
from safepassage.account.laying import known_of, laid
from safepassage.account.record import Record
from safepassage.ledger.board import Board
from safepassage.model.clauses import ALL_ARRIVED
from safepassage.model.errors import InternalError
from safepassage.model.travel import Travel
from safepassage.timetable.build import build
from safepassage.timetable.evaluate import NEVER, Times
from safepassage.timetable.forecast import Known, forecast
from safepassage.timetable.network import Reached


def expected_s(record: Record, board: Board, travel: Travel) -> dict[str, int]:
    """Return when each milestone of the plan that has not come about is to be expected, in seconds since the start.

    Empty without a plan that moves anybody, or where the plan, changed by hand, waits for itself. What should have come
    about by now and has not is left out: when it will is not known. So is that everybody has arrived, while somebody is
    missing or stays in hospital: no plan says when.

    Parameters
    ----------
    record, board
        The ledger, and what it amounts to.
    travel
        Ways between the operation's sites.
    """
    operation, plan = record.operation, record.plan
    if plan is None or not plan.trips:
        return {}
    try:
        network = build(operation, travel, plan)
    except InternalError:
        return {}
    start_s = int(operation.start.timestamp())
    lanes = []
    for vehicle, stays in stays_of(operation, plan).items():
        history = board.merging.history("vehicle", vehicle)
        lanes.append((stays, laid(stays, zip(history.facts, history.times, strict=True))))
    known = known_of(network, plan, lanes, start_s, travel)
    for name, one in record.progress.reached.items():
        if one.by == "word" and one.at_s is not None and name in network.milestones:
            known[network.milestones[name]] = Known(start_s=one.at_s, end_s=one.at_s)
    times = forecast(network, known, record.at_s)
    found = {name: _at(one, times) for name, one in network.reached.items() if record.reached(name) is None}
    if _stays_behind(record):
        found.pop(ALL_ARRIVED, None)
    return {name: at_s for name, at_s in found.items() if at_s is not None and at_s >= record.at_s}


def _stays_behind(record: Record) -> bool:
    missing = any(one.reason == "missing" for one in record.state.unaccounted)
    return missing or any(one.referral == "retained" for one in record.state.people.values())


def _at(reached: Reached, times: Times) -> int | None:
    """Return when a milestone comes about; None where a part of it never does."""
    found = []
    for moment in reached.moments:
        at_s = (times.start_s if moment.from_start else times.end_s)[moment.position]
        if at_s == NEVER:
            return None
        found.append(at_s + moment.lag_s)
    return (min(found) if reached.first else max(found)) if found else None
