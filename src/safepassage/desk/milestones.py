"""The live ledger read for an account, worked out once for each size of the log."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from safepassage.account.flows import Flows
from safepassage.account.milestones import Progress, Reached, since_start
from safepassage.account.record import Record, at, record_of
from safepassage.desk.running import Running

_known: WeakKeyDictionary[Running, tuple[int, object, Record, Flows]] = WeakKeyDictionary()


def record_now(running: Running) -> Record:
    """Return what the ledger amounts to now."""
    now, plan = running.now(), running.plan
    found = _known.get(running)
    if found is None or found[0] != now.size or found[1] is not now.state:
        operation = running.operation
        with running.keeper.lock:
            flows = found[3] if found is not None and found[3].operation is operation else Flows(operation)
            board, at_ms = running.keeper.board, running.clocks().wall_ms
            made = record_of(operation, plan, board, at_ms, state=now.state, flows=flows)
        found = _known[running] = now.size, now.state, made, flows
    return at(found[2], now_s(running))


def progress(running: Running) -> Progress:
    """Return what has happened."""
    return record_now(running).progress


def now_s(running: Running) -> int:
    """Return seconds from the operation's start to now, by the server's clock."""
    return since_start(running.operation, running.clocks().wall_ms)


def is_reached(running: Running, milestone: str) -> Reached | None:
    """Return whether a milestone has come about, and when."""
    return record_now(running).reached(milestone)
