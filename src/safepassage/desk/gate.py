"""What speaks against a departure: who is missing, whose way back is open, what was agreed to come first.

The gate advises whoever stands at the bus, and asks for a reason of who leaves nevertheless. Devices that are offline
record what happens; nothing that has happened is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from safepassage.account.milestones import convoy_vehicles
from safepassage.desk.milestones import is_reached, now_s
from safepassage.desk.running import Running
from safepassage.ledger.board import BoardState
from safepassage.ledger.counts import Count
from safepassage.model.clauses import Precedence, TimeWindow, cleared, departed, left
from safepassage.model.ids import SiteId
from safepassage.reports.exceptions import named
from safepassage.reports.words import Phrase, Setting, called, counted, say


class Held(Struct, frozen=True, kw_only=True):
    """One thing that speaks against a departure: its kind, and what is so."""

    kind: str
    says: Phrase


def gate(running: Running, vehicle: str) -> tuple[Held, ...]:
    """Return what speaks against a vehicle's departure now, the gravest first.

    Parameters
    ----------
    running
        The ledger.
    vehicle
        Its id.
    """
    state, setting = running.now().state, running.setting
    row = state.aboard.get(vehicle)
    found = list(_of_people(running, vehicle, row)) if row is not None else []
    one = state.vehicles.get(vehicle)
    if one is not None and one.broken_down:
        found.append(Held(kind="broken-down", says=say("gate.broken-down", what=called(setting, vehicle, "vehicle"))))
    site = stands_at(running, vehicle)
    found += _of_clauses(running, vehicle, site)
    found += [Held(kind="window", says=say("gate.window-closed", what=called(setting, site, "site")))
              for window in state.windows.values() if site and window.id == site and not window.open]  # fmt: skip
    return tuple(found)


def stands_at(running: Running, vehicle: str) -> str:
    """Return the site where a vehicle is or that it left last; until it is told of, the one where it begins."""
    one = running.now().state.vehicles.get(vehicle)
    begins = next((str(other.site) for other in running.operation.vehicles if other.id == vehicle), "")
    return (one.place.site if one is not None else "") or begins


def _of_people(running: Running, vehicle: str, row: Count) -> Iterator[Held]:
    setting, state = running.setting, running.now().state
    away = {record for person in state.open_referrals for record in state.people[person].records}
    missing = tuple(one for one in _missing(running, vehicle, row) if one not in away)
    if missing:
        people = counted("person", len(missing))
        yield Held(kind="manifest", says=say("gate.missing", people=people, who=named(missing)))
    back = tuple(sorted(_owed(running, row, away, state)))
    if back:
        yield Held(kind="referral", says=say("gate.referral", people=counted("person", len(back)), who=named(back)))
    if row.extra:
        people = counted("person", len(row.extra))
        yield Held(kind="manifest", says=say("gate.extra", people=people, who=named(row.extra)))
    if row.possible:
        people = counted("person", len(row.possible))
        yield Held(kind="conflict", says=say("gate.unsure", people=people, who=named(row.possible)))
    yield from _of_count(row, setting, vehicle)


def _missing(running: Running, vehicle: str, row: Count) -> tuple[str, ...]:
    """Return who is to be aboard when the vehicle leaves where it stands, by the plan, and is not."""
    trip = next((one for one in running.plan.trips if one.id == row.trip), None) if running.plan else None
    site = stands_at(running, vehicle)
    stop = next((index for index, one in enumerate(trip.stops) if one.site == site), None) if trip else None
    if trip is None or stop is None or running.plan is None:
        return row.missing
    rides = next((one.rides for one in running.plan.manifests if one.trip == trip.id), ())
    with running.keeper.lock:
        records = running.keeper.board.merging.records
        due = {records(one.person)[0] for one in rides if one.board <= stop < one.alight}
    return tuple(sorted(due - {*row.sure, *row.possible}))


def _of_count(row: Count, setting: Setting, vehicle: str) -> Iterator[Held]:
    what = called(setting, vehicle, "vehicle")
    if row.head_count is None and row.sure:
        yield Held(kind="count", says=say("gate.not-counted", what=what))
    elif row.head_count is not None and row.head_count.count != len(row.sure):
        yield Held(kind="count", says=say("gate.count", n=row.head_count.count, sure=len(row.sure)))


def _owed(running: Running, row: Count, away: set[str], state: BoardState) -> set[str]:
    """Return those whose way back from hospital is open and who belong aboard: expected, or of a household aboard."""
    households = running.keeper.board.roll.households
    aboard = {state.people[one].household or households.get(one, "") for one in row.sure} - {""}
    return {one for one in away if one in row.expected or households.get(one, "-") in aboard}


def _of_clauses(running: Running, vehicle: str, site: str) -> Iterator[Held]:
    """Yield the clauses that the departure would break: what comes first has not, or it is not in a window."""
    setting, operation = running.setting, running.operation
    own = _milestones_of(running, vehicle, site)
    at_s = now_s(running)
    for clause in operation.clauses:
        what = called(setting, clause.id, "clause")
        if isinstance(clause, Precedence) and clause.then in own:
            first = is_reached(running, clause.first)
            if first is None:
                milestone = called(setting, clause.first, "milestone")
                yield Held(kind="milestone", says=say("gate.milestone", what=what, milestone=milestone))
            elif first.at_s is not None and at_s < first.at_s + clause.gap_s:
                yield Held(kind="milestone", says=say("gate.too-early", what=what))
        elif isinstance(clause, TimeWindow) and clause.milestone in own and not _in_window(running, clause, at_s):
            yield Held(kind="window", says=say("gate.window", what=what))


def _milestones_of(running: Running, vehicle: str, site: str) -> set[str]:
    """Return the milestones that a departure may be; a patient's drive to hospital and back is none of them."""
    operation, plan = running.operation, running.plan
    row = running.now().state.aboard.get(vehicle)
    kind = next((one.kind for one in plan.trips if row and one.id == row.trip), "") if plan else ""
    ambulance = any(one.id == vehicle and one.kind == "ambulance" for one in operation.vehicles)
    if not site or kind == "referral" or (ambulance and kind != "convoy"):
        return set()
    convoys = [one for one in operation.convoys if one.assembly == site]
    own = {departed(one.id) for one in convoys if vehicle in convoy_vehicles(operation, plan, one.id)}
    return {*map(str, own), str(left(SiteId(site))), str(cleared(SiteId(site)))}


def _in_window(running: Running, clause: TimeWindow, at_s: int) -> bool:
    """Tell whether now is in one of a clause's windows, or in what the parties extended or opened since."""
    told = running.now().state.windows.get(clause.id)
    if told is not None and not told.open and not told.extended:
        return False
    until_s = told.until_ms // 1000 - int(running.operation.start.timestamp()) if told and told.until_ms else 0
    return any(one.from_s <= at_s <= max(one.until_s, until_s) for one in clause.windows)
