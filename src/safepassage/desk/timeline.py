"""The plan beside what happened and what follows from it: when each vehicle came and went, and when it will.

What has not happened is forecast by the timetable network with the facts in it: the order of the plan is kept, and
nothing that is due has happened before now.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from safepassage.account.due import late_s, stays_of
from safepassage.account.laying import Happened, Planned, known_of, laid
from safepassage.desk.roles import Who, require
from safepassage.desk.running import Now, Running
from safepassage.ledger.clocks import Interval
from safepassage.model.errors import InternalError
from safepassage.model.plan import Plan
from safepassage.model.travel import Travel
from safepassage.reports.live_gantt import Stay, VehicleLine
from safepassage.roads.table import travel
from safepassage.timetable.build import build
from safepassage.timetable.evaluate import NEVER, Times
from safepassage.timetable.forecast import Known, forecast
from safepassage.timetable.network import Network

_UNSAID_MS: Final = 2**59
"""Beyond this an interval has no end."""

Lane = tuple[tuple[Planned, ...], tuple[Happened, ...]]


class Timelines(Struct, frozen=True, kw_only=True):
    """The lines of all vehicles that the plan moves, as of when, and why there is no forecast (empty: there is)."""

    lines: tuple[VehicleLine, ...]
    now_s: int
    size: int
    trouble: str = ""


class Timeline:
    """Reads the plan's network, which is built when it is first asked for.

    Parameters
    ----------
    running
        The ledger, with its operation and plan.
    """

    def __init__(self, running: Running) -> None:
        self._running = running
        self._lock = threading.Lock()
        self._built: tuple[Plan, Network | None, str] | None = None

    def read(self, who: Who) -> Timelines | None:
        """Return every vehicle's line; None without a plan that moves any.

        Parameters
        ----------
        who
            Who looks.

        Raises
        ------
        NotPermittedError
            When they may not look at the board.
        """
        require(who, "see-board")
        plan, operation = self._running.plan, self._running.operation
        if plan is None or not plan.trips:
            return None
        now = self._running.now()
        start_s = int(operation.start.timestamp())
        now_s = self._running.clocks().wall_ms // 1000 - start_s
        lanes = lanes_of(self._running, plan)
        network, trouble = self._network(plan)
        times = None if network is None else expected(self._running, plan, network, lanes, now_s)
        lines = tuple(_line(vehicle, lane, (network, times), start_s, now_s) for vehicle, lane in lanes.items())
        return Timelines(lines=lines, now_s=now_s, size=now.size, trouble=trouble)

    def _network(self, plan: Plan) -> tuple[Network | None, str]:
        with self._lock:
            if self._built is None or self._built[0] is not plan:
                operation = self._running.operation
                try:
                    self._built = (plan, build(operation, ways_of(self._running), plan), "")
                except InternalError as error:
                    # a plan that somebody changed by hand may wait for itself
                    self._built = (plan, None, str(error))
            return self._built[1:]


def ways_of(running: Running) -> Travel:
    """Return the ways between the operation's sites: as they were read, else worked out from its list of links."""
    return running.travel or travel(running.operation)


def lanes_of(running: Running, plan: Plan) -> dict[str, Lane]:
    """Return each vehicle's stays, as planned and as recorded.

    Parameters
    ----------
    running
        The ledger.
    plan
        In force.
    """
    return {vehicle: _lane(running, vehicle, stays) for vehicle, stays in stays_of(running.operation, plan).items()}


def _lane(running: Running, vehicle: str, planned: tuple[Planned, ...]) -> Lane:
    with running.keeper.lock:
        history = running.keeper.board.merging.history("vehicle", vehicle)
    return planned, laid(planned, zip(history.facts, history.times, strict=True))


def expected(running: Running, plan: Plan, network: Network, lanes: Mapping[str, Lane], now_s: int) -> Times:
    """Return when everything came about that is recorded, and when the rest will at the earliest.

    Parameters
    ----------
    running
        The ledger.
    plan, network
        In force, and built from it.
    lanes
        From `lanes_of`.
    now_s
        Seconds since the operation's start.
    """
    start_s = int(running.operation.start.timestamp())
    known = known_of(network, plan, lanes.values(), start_s, ways_of(running)) | _reached(
        network, running.now(), start_s
    )
    return forecast(network, known, now_s)


def _reached(network: Network, now: Now, start_s: int) -> dict[int, Known]:
    """Say which milestones parties have reached, by the first word on each."""
    found = {}
    for name, state in now.state.milestones.items():
        times = [word.time.likely_ms // 1000 - start_s for word in state.words if word.says == "reached"]
        if times and name in network.milestones:
            found[network.milestones[name]] = Known(start_s=min(times), end_s=min(times))
    return found


def _line(
    vehicle: str, lane: Lane, ahead: tuple[Network | None, Times | None], start_s: int, now_s: int
) -> VehicleLine:
    planned, happened = lane
    network, times = ahead
    last = max((place for place, what in enumerate(happened) if what.known()), default=-1)
    stays = []
    for place, (stay, what) in enumerate(zip(planned, happened, strict=True)):
        arrive_s = depart_s = None
        if network is not None and times is not None:
            drive = network.drives.get(stay.stops[0]) if stay.stops else None
            onward = network.drives[planned[place + 1].stops[0]] if place + 1 < len(planned) else None
            arrive_s = None if drive is None or place <= last else _unless_never(times.end_s[drive])
            gone = what.departed is not None or place < last
            depart_s = None if onward is None or gone else _unless_never(times.start_s[onward])
        stays.append(
            Stay(
                site=stay.site,
                planned=(stay.arrive_s, stay.depart_s),
                actual=(_span(what.arrived, start_s), _span(what.departed, start_s)),
                forecast=(arrive_s, depart_s),
            )
        )
    return VehicleLine(vehicle=vehicle, stays=tuple(stays), late_s=late_s(_moves(stays), now_s))


def _moves(stays: Sequence[Stay]) -> Iterator[tuple[int | None, int | None]]:
    for stay in stays:
        for planned, actual in zip(stay.planned, stay.actual, strict=True):
            yield planned, None if actual is None else actual[1]


def _unless_never(at_s: int) -> int | None:
    return None if at_s == NEVER else at_s


def _span(time: Interval | None, start_s: int) -> tuple[int, int, int] | None:
    """Return the earliest, likely and latest second of an event; an end that is not known is its likely time."""
    if time is None:
        return None
    ends = (time.earliest_ms, time.likely_ms, time.latest_ms)
    early, likely, late = (
        (end if abs(end) < _UNSAID_MS else time.likely_ms) // 1000 - start_s for end in ends
    )  # fmt: skip
    return early, likely, late
