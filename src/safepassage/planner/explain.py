"""Why there is no plan: the rules that clash, and changes that were tried and resolve it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct

from safepassage.model.clauses import Consent, Deadline, Precedence, TimeWindow, departed
from safepassage.model.errors import Fault
from safepassage.model.ids import ClauseId, MilestoneId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import Clash, Remedy
from safepassage.model.travel import Travel
from safepassage.planner.agreement import NEVER, earliest
from safepassage.planner.levers import closed_later, with_copy
from safepassage.rules.premises import premises

RULE_OF_CODE = {
    "child-without-adult": "child-unaccompanied",
    "household-too-large": "household-together",
    "household-destinations": "household-together",
    "household-unfit": "household-together",
    "apart-together": "kept-apart",
    "capacity-below-need": "seats",
    "final-site-capacity": "site-capacity",
    "no-ambulance": "ambulance",
    "no-ambulance-fits": "ambulance",
    "no-hospital": "hospital",
    "deadline-too-early": "clause-deadline",
    "window-impossible": "clause-window",
    "impossible-window": "clause-window",
    "window-after-deadline": "clause-window",
}
MOST_SUBJECTS = 8
MOST_VEHICLES = 3
ROUND_S = 300

Works = Callable[[Operation], bool]


class Explanation(Struct, frozen=True, kw_only=True):
    """What clashes and what would resolve it."""

    clashes: tuple[Clash, ...]
    remedies: tuple[Remedy, ...]


def broken_premises(operation: Operation, travel: Travel) -> tuple[Fault, ...]:
    """Return the premises that no plan can meet."""
    return tuple(fault for fault in premises(operation, travel) if fault.severity == "clash")


def of_premises(operation: Operation, faults: tuple[Fault, ...], works: Works) -> Explanation:
    """Explain an operation that contradicts itself before anything is planned.

    Parameters
    ----------
    operation
        What is asked for.
    faults
        Its broken premises; not empty.
    works
        Tells whether an operation that was changed can be planned.
    """
    clashes = tuple(_clash(fault) for fault in faults)
    remedies: dict[tuple[str, str], Remedy] = {}
    for fault in faults:
        for remedy in _remedies(operation, fault, works):
            remedies.setdefault((remedy.change, remedy.subject), remedy)
    return Explanation(clashes=clashes, remedies=tuple(remedies.values()))


def _clash(fault: Fault) -> Clash:
    ids = list(dict.fromkeys(_id(subject) for subject in fault.subjects))
    detail = f"{fault.what}; found {fault.found}" if fault.found else fault.what
    return Clash(
        rule=RULE_OF_CODE.get(fault.code, fault.code), subjects=tuple(ids[:MOST_SUBJECTS]), detail=detail
    )


def _id(subject: str) -> str:
    parts = subject.split("/")
    return parts[1] if len(parts) > 1 else subject


def _remedies(operation: Operation, fault: Fault, works: Works) -> Iterator[Remedy]:
    ids = [_id(subject) for subject in fault.subjects]
    match fault.code:
        case "capacity-below-need":
            yield from more_vehicles(operation, works)
        case "child-without-adult":
            for person in ids[:MOST_SUBJECTS]:
                yield Remedy(change="name-carer", subject=person, amount=1, unit="people")
        case "no-consented-road":
            for clause in operation.clauses:
                if isinstance(clause, Consent) and not clause.granted:
                    checked = works(_granted(operation, clause.id))
                    yield Remedy(change="grant-consent", subject=clause.id, amount=1, unit="", checked=checked)
        case "precedence-cycle":
            for clause in operation.clauses:
                if isinstance(clause, Precedence) and clause.id in ids:
                    checked = works(_without(operation, clause.id))
                    yield Remedy(change="drop-precedence", subject=clause.id, amount=1, unit="", checked=checked)
        case "final-site-capacity":
            yield from _larger_site(operation, works)
        case _:
            return


def more_vehicles(operation: Operation, works: Works) -> Iterator[Remedy]:
    """Try one, two or three more of the roomiest passenger vehicle."""
    carrying = [v for v in operation.vehicles if v.kind not in {"escort", "supply", "ambulance"} and v.seats]
    members = [v for v in carrying if v.convoy] or carrying
    if not members:
        return
    model = max(members, key=lambda v: (v.seats, v.wheelchair_bays))
    changed = operation
    for number in range(1, MOST_VEHICLES + 1):
        changed = with_copy(changed, model)
        if works(changed):
            yield Remedy(change="add-vehicle", subject=model.id, amount=number, unit="vehicles", checked=True)
            return


def _larger_site(operation: Operation, works: Works) -> Iterator[Remedy]:
    travelling = sum(person.travels for person in operation.people)
    finals = [site for site in operation.sites if site.kind in {"shelter", "destination"} and site.capacity]
    short = travelling - sum(site.capacity for site in finals)
    if not finals or short <= 0:
        return
    largest = max(finals, key=lambda site: site.capacity)
    for more in (short, short + 5, short + 20):
        changed = _capacity(operation, largest.id, largest.capacity + more)
        if works(changed):
            yield Remedy(change="larger-site", subject=largest.id, amount=more, unit="people", checked=True)
            return


def _capacity(operation: Operation, site_id: SiteId, capacity: int) -> Operation:
    sites = tuple(
        msgspec.structs.replace(site, capacity=capacity) if site.id == site_id else site for site in operation.sites
    )
    return msgspec.structs.replace(operation, sites=sites)


def _granted(operation: Operation, clause_id: ClauseId) -> Operation:
    clauses = tuple(
        msgspec.structs.replace(clause, granted=True)
        if isinstance(clause, Consent) and clause.id == clause_id
        else clause
        for clause in operation.clauses
    )
    return msgspec.structs.replace(operation, clauses=clauses)


def _without(operation: Operation, clause_id: ClauseId) -> Operation:
    clauses = tuple(clause for clause in operation.clauses if clause.id != clause_id)
    return msgspec.structs.replace(operation, clauses=clauses)


def closed_window(
    operation: Operation,
    convoy: str,
    bounds: dict[MilestoneId, int],
    reached: dict[MilestoneId, int],
    works: Works,
) -> Explanation:
    """Explain a convoy whose windows are over before it can leave.

    Parameters
    ----------
    operation
        What is asked for.
    convoy
        Its id.
    bounds
        Lower bounds of what has to come first: who is later than the window by these is proved to be.
    reached
        When the best plan found reaches them.
    works
        Tells whether a changed operation can be planned.
    """
    name = departed(next(c.id for c in operation.convoys if c.id == convoy))
    windows = [c for c in operation.clauses if isinstance(c, TimeWindow) and c.milestone == name]
    open_ended = msgspec.structs.replace(
        operation, clauses=tuple(c for c in operation.clauses if c not in windows)
    )
    proved = earliest(operation, bounds)[name] >= NEVER
    could_s = earliest(open_ended, bounds if proved else reached)[name]
    due_s = max((w.until_s for c in windows for w in c.windows), default=0)
    clashes = [
        Clash(
            rule="clause-window",
            subjects=tuple(c.id for c in windows),
            detail="" if proved else "no plan was found; that none exists is not proved",
            need=could_s,
            have=due_s,
            unit="instant",
        )
    ]
    times = earliest(open_ended, bounds if proved else reached)
    for clause in operation.clauses:
        if isinstance(clause, Precedence) and clause.then == name and times.get(clause.first, 0) + clause.gap_s > due_s:
            clashes.append(Clash(rule="clause-precedence", subjects=(clause.id, clause.first)))
    leaves_s = earliest(open_ended, reached)[name]
    remedies = []
    for slack_s in (0, ROUND_S, 2 * ROUND_S, 4 * ROUND_S):
        by_s = -(-(leaves_s - due_s) // ROUND_S) * ROUND_S + slack_s
        changed = operation
        for clause in windows:
            changed = closed_later(changed, clause.id, by_s)
        if works(changed):
            remedies.append(
                Remedy(change="extend-window", subject=windows[0].id, amount=by_s, unit="s", checked=True)
            )
            break
    return Explanation(clashes=tuple(clashes), remedies=tuple(remedies))


def missed_deadlines(operation: Operation, times: dict[MilestoneId, int], bound_s: int) -> Explanation:
    """Explain deadlines that the best plan found misses; empty when it keeps all.

    Parameters
    ----------
    operation
        What is asked for.
    times
        When the plan reaches each milestone.
    bound_s
        Lower bound of the last arrival: a deadline before it is proved to be too early.
    """
    clashes, remedies = [], []
    for clause in operation.clauses:
        if not isinstance(clause, Deadline) or times.get(clause.milestone, 0) <= clause.due_s:
            continue
        at_s = times[clause.milestone]
        proved = clause.milestone == "all-arrived" and bound_s > clause.due_s
        clashes.append(
            Clash(
                rule="clause-deadline",
                subjects=(clause.id,),
                detail="" if proved else "no plan was found that keeps it; that none exists is not proved",
                need=bound_s if proved else at_s,
                have=clause.due_s,
                unit="instant",
            )
        )
        remedies.append(
            Remedy(change="extend-deadline", subject=clause.id, amount=at_s - clause.due_s, unit="s", checked=True)
        )
    return Explanation(clashes=tuple(clashes), remedies=tuple(remedies))


def seats(operation: Operation) -> tuple[Clash, ...]:
    """Name what keeps people from finding a seat when the sum of places would do: households and people kept apart."""
    travelling = [person for person in operation.people if person.travels]
    carrying = [v for v in operation.vehicles if v.kind not in {"escort", "supply"} and (v.convoy or not operation.convoys)]
    clashes = [
        Clash(
            rule="seats",
            subjects=(),
            need=sum(person.mobility == "walking" for person in travelling),
            have=sum(vehicle.seats for vehicle in carrying),
            unit="seats",
        )
    ]
    largest = max(Counter(person.household for person in travelling).items(), key=lambda item: item[1])
    if largest[1] > 1:
        clashes.append(Clash(rule="household-together", subjects=(largest[0],), need=largest[1], unit="people"))
    apart = tuple(person.id for person in travelling if person.apart_from)
    if apart:
        clashes.append(Clash(rule="kept-apart", subjects=apart[:MOST_SUBJECTS]))
    return tuple(clashes)


def no_march(operation: Operation, convoy: str, works: Works) -> Explanation:
    """Explain a convoy that cannot get there: crews' hours, tanks, or a hold point's cap."""
    crews = msgspec.structs.replace(
        operation,
        vehicles=tuple(
            msgspec.structs.replace(v, crews=v.crews + 1) if v.convoy == convoy else v for v in operation.vehicles
        ),
    )
    if works(crews):
        return Explanation(
            clashes=(Clash(rule="daily-drive", subjects=(convoy,)),),
            remedies=(Remedy(change="more-crews", subject=convoy, amount=1, unit="crews", checked=True),),
        )
    tanks = msgspec.structs.replace(
        operation,
        vehicles=tuple(
            msgspec.structs.replace(v, range_m=0) if v.convoy == convoy else v for v in operation.vehicles
        ),
    )
    if works(tanks):
        tight = min((v for v in operation.vehicles if v.convoy == convoy and v.range_m), key=lambda v: v.range_m)
        return Explanation(clashes=(Clash(rule="range", subjects=(tight.id,), need=None, have=tight.range_m, unit="m"),), remedies=())
    return Explanation(clashes=(Clash(rule="march", subjects=(convoy,)),), remedies=())
