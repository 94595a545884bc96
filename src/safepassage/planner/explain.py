"""Why there is no plan: the rules that clash, with their figures, and changes that were tried and resolve it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from safepassage.model.clauses import Deadline, Precedence, TimeWindow, departed
from safepassage.model.errors import Fault
from safepassage.model.ids import ClauseId, ConvoyId
from safepassage.model.operation import Operation
from safepassage.model.people import MOBILITIES
from safepassage.model.plan import Clash, Plan, Remedy
from safepassage.model.travel import Travel
from safepassage.planner import remedies
from safepassage.planner.agreement import NEVER, earliest
from safepassage.planner.attempt import Attempt
from safepassage.planner.columns import places
from safepassage.planner.remedies import Trial
from safepassage.planner.writing import MOST_SUBJECTS, NOT_PROVED
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
PLACE_RULES = ("seats", "wheelchair-bays", "stretcher-places")
PLACE_UNITS = ("seats", "wheelchair-bays", "stretchers")
SEATING = frozenset(("seats", "seats-unproved"))
SHUTTLING = frozenset(("shuttle", "shuttle-places"))
REFERRING = frozenset(("ambulance", "hospital", "no-ambulance-way"))


class Explanation(Struct, frozen=True, kw_only=True):
    """What clashes, what would resolve it, and whether it is proved that no plan exists."""

    clashes: tuple[Clash, ...]
    remedies: tuple[Remedy, ...]
    proved: bool = True


class Failed(Struct, frozen=True, kw_only=True):
    """An attempt that gave no plan.

    The clashes as the stages tell them, how far it got, the plan that breaks a clause.
    """

    clashes: tuple[Clash, ...]
    attempt: Attempt
    plan: Plan | None = None


def broken_premises(operation: Operation, travel: Travel) -> tuple[Fault, ...]:
    """Return the premises that no plan can meet."""
    return tuple(fault for fault in premises(operation, travel) if fault.severity == "clash")


def of_premises(operation: Operation, faults: tuple[Fault, ...], trial: Trial) -> Explanation:
    """Explain an operation that contradicts itself before anything is planned.

    Parameters
    ----------
    operation
        What is asked for.
    faults
        Its broken premises; not empty.
    trial
        Plans a changed operation.
    """
    found: dict[tuple[str, str], Remedy] = {}
    for code in dict.fromkeys(fault.code for fault in faults):
        alike = [fault for fault in faults if fault.code == code]
        ids = list(dict.fromkeys(_id(subject) for fault in alike for subject in fault.subjects))
        for remedy in _of_code(operation, code, alike, ids, trial):
            found.setdefault((remedy.change, remedy.subject), remedy)
    return Explanation(clashes=tuple(_clash(fault) for fault in faults), remedies=tuple(found.values()))


def _clash(fault: Fault) -> Clash:
    ids = list(dict.fromkeys(_id(subject) for subject in fault.subjects))
    rule, unit = RULE_OF_CODE.get(fault.code, fault.code), ""
    need: int | None = None
    have: int | None = None
    figures = re.search(r"need (\d+), have (\d+)", fault.found)
    instants = re.search(r"at the earliest (\d+) s, at the latest (\d+) s", fault.found)
    if figures:
        kind = _kind_of(fault)
        rule, unit = (PLACE_RULES[kind], PLACE_UNITS[kind]) if rule == "seats" else (rule, "people")
        need, have = int(figures[1]), int(figures[2])
    elif instants:
        need, have, unit = int(instants[1]), int(instants[2]), "instant"
    detail = f"{fault.what}; found {fault.found}" if fault.found and need is None else fault.what
    return Clash(rule=rule, subjects=tuple(ids[:MOST_SUBJECTS]), detail=detail, need=need, have=have, unit=unit)


def _kind_of(fault: Fault) -> int:
    """Tell which mobility a fault of places is about, as a number."""
    return next((kind for kind, name in enumerate(MOBILITIES) if fault.what.endswith(f"mobility {name}")), 0)


def _id(subject: str) -> str:
    parts = subject.split("/")
    return parts[1] if len(parts) > 1 else subject


def _of_code(operation: Operation, code: str, faults: list[Fault], ids: list[str], trial: Trial) -> Iterator[Remedy]:
    match code:
        case "capacity-below-need":
            for kind in dict.fromkeys(_kind_of(fault) for fault in faults):
                yield from remedies.more_vehicles(operation, trial, kind=kind)
        case "child-without-adult":
            yield from remedies.accompanied(operation, ids[:MOST_SUBJECTS], trial)
        case "no-consented-road":
            yield from remedies.granted(operation, trial)
        case "precedence-cycle":
            yield from remedies.one_dropped(operation, ids, trial)
        case "final-site-capacity":
            yield from remedies.larger_site(operation, trial)
        case "deadline-too-early":
            yield from _sooner_than_possible(operation, faults, ids, trial)
        case _:
            return


def _sooner_than_possible(operation: Operation, faults: list[Fault], ids: list[str], trial: Trial) -> Iterator[Remedy]:
    short_s = max((clash.need or 0) - (clash.have or 0) for clash in map(_clash, faults))
    windows = tuple(clause.id for clause in operation.clauses if isinstance(clause, TimeWindow) and clause.id in ids)
    if windows:
        yield from remedies.longer_window(operation, windows, short_s, trial)
    for clause in operation.clauses:
        if isinstance(clause, Deadline) and clause.id in ids:
            yield from remedies.later_deadline(operation, clause, clause.due_s + short_s, trial)


def why(operation: Operation, failed: Failed, trial: Trial) -> Explanation:
    """Explain an attempt that gave no plan.

    Parameters
    ----------
    operation
        What is asked for.
    failed
        What the stages tell.
    trial
        Plans a changed operation.
    """
    first = failed.clashes[0]
    proved = failed.attempt.proved and failed.plan is None and first.proved
    if first.rule == "clause-window" and first.subjects and first.subjects[0] in {c.id for c in operation.convoys}:
        return closed_window(operation, ConvoyId(first.subjects[0]), failed.attempt, trial)
    if first.rule in SEATING:
        return _seats(operation, first, trial, proved=proved)
    if first.rule == "march":
        return no_march(operation, first.subjects[0], trial)
    if failed.plan is not None:
        return _of_plan(operation, failed, failed.plan, trial)
    found: tuple[Remedy, ...] = ()
    if first.rule in SHUTTLING:
        found = tuple(remedies.more_shuttles(operation, trial))
    elif first.rule in REFERRING:
        found = tuple(remedies.more_ambulances(operation, trial))
    return Explanation(clashes=_few(failed.clashes, proved=proved), remedies=found, proved=proved)


def _few(clashes: tuple[Clash, ...], *, proved: bool = True) -> tuple[Clash, ...]:
    """Name not all of many subjects; what is not proved says so."""
    return tuple(
        msgspec.structs.replace(clash, subjects=clash.subjects[:MOST_SUBJECTS], proved=clash.proved and proved)
        for clash in clashes
    )


def closed_window(operation: Operation, convoy: ConvoyId, attempt: Attempt, trial: Trial) -> Explanation:
    """Explain a convoy whose windows are over before it can leave.

    Parameters
    ----------
    operation
        What is asked for.
    convoy
        Which.
    attempt
        Its lower bounds prove how early the convoy could leave, its facts tell how early it does.
    trial
        Plans a changed operation.
    """
    name = departed(convoy)
    windows = [c for c in operation.clauses if isinstance(c, TimeWindow) and c.milestone == name]
    others = tuple(c for c in operation.clauses if c not in windows)
    open_ended = msgspec.structs.replace(operation, clauses=others)
    proved = earliest(operation, attempt.bounds)[name] >= NEVER
    times = earliest(open_ended, attempt.bounds if proved else attempt.facts)
    due_s = max((w.until_s for c in windows for w in c.windows), default=0)
    clashes = [
        Clash(
            rule="clause-window",
            subjects=tuple(c.id for c in windows),
            detail="" if proved else NOT_PROVED,
            proved=proved,
            need=max(times[name], due_s if proved else due_s + 1),
            have=due_s,
            unit="instant",
        )
    ]
    clashes += [
        Clash(rule="clause-precedence", subjects=(clause.id,))
        for clause in operation.clauses
        if isinstance(clause, Precedence) and clause.then == name and due_s < times.get(clause.first, 0) + clause.gap_s
    ]
    leaves_s = earliest(open_ended, attempt.facts)[name]
    found = remedies.longer_window(operation, tuple(c.id for c in windows), leaves_s - due_s, trial)
    return Explanation(clashes=tuple(clashes), remedies=tuple(found), proved=proved)


def _seats(operation: Operation, first: Clash, trial: Trial, *, proved: bool) -> Explanation:
    found = tuple(remedies.more_vehicles(operation, trial))
    clashes = [*([first] if first.rule == "seats-unproved" else []), *seats(operation)]
    clashes = [msgspec.structs.replace(clash, proved=proved) for clash in clashes]
    return Explanation(clashes=tuple(clashes), remedies=found, proved=proved)


def seats(operation: Operation) -> tuple[Clash, ...]:
    """Name what keeps people from finding a seat when the sum of places would do: households and people kept apart."""
    travelling = [person for person in operation.people if person.travels]
    carrying = [places(v) for v in operation.vehicles if bool(v.convoy) == bool(operation.convoys)]
    clashes = [
        Clash(
            rule="seats",
            subjects=(),
            need=sum(person.mobility == "walking" for person in travelling),
            have=sum(walking for walking, _, _ in carrying),
            unit="seats",
        )
    ]
    largest = Counter(person.household for person in travelling).most_common(1)
    if largest and largest[0][1] > 1:
        clashes.append(Clash(rule="household-together", subjects=(largest[0][0],), need=largest[0][1], unit="people"))
    apart = tuple(person.id for person in travelling if person.apart_from)
    if apart:
        clashes.append(Clash(rule="kept-apart", subjects=apart[:MOST_SUBJECTS]))
    return tuple(clashes)


def no_march(operation: Operation, convoy: str, trial: Trial) -> Explanation:
    """Explain a convoy that cannot get there: crews' hours, tanks, or none of these alone."""
    crews = tuple(remedies.more_crews(operation, convoy, trial))
    if crews:
        return Explanation(
            clashes=(Clash(rule="daily-drive", subjects=(convoy,), proved=False),), remedies=crews, proved=False
        )
    ranged = [v for v in operation.vehicles if v.convoy == convoy and v.range_m]
    vehicles = tuple(msgspec.structs.replace(v, range_m=0) if v.convoy == convoy else v for v in operation.vehicles)
    if ranged and trial(msgspec.structs.replace(operation, vehicles=vehicles)):
        tight = min(ranged, key=lambda v: v.range_m)
        clash = Clash(rule="range", subjects=(tight.id,), have=tight.range_m, unit="m", proved=False)
        return Explanation(clashes=(clash,), remedies=(), proved=False)
    return Explanation(clashes=(Clash(rule="march", subjects=(convoy,), proved=False),), remedies=(), proved=False)


def _of_plan(operation: Operation, failed: Failed, plan: Plan, trial: Trial) -> Explanation:
    """Explain a plan that keeps everything but some clauses."""
    times = {reading.milestone: reading.at_s for reading in plan.milestones}
    clauses = {clause.id: clause for clause in operation.clauses}
    clashes: list[Clash] = []
    found: list[Remedy] = []
    for clash in failed.clashes:
        late = [clauses.get(ClauseId(subject)) for subject in clash.subjects]
        deadlines = [clause for clause in late if isinstance(clause, Deadline)]
        if clash.rule != "clause-deadline" or not deadlines:
            clashes.append(clash)
            continue
        for clause in deadlines:
            at_s = times[clause.milestone]
            clashes.append(missed(clause, at_s, failed.attempt.bound_s))
            found += remedies.later_deadline(operation, clause, at_s, trial)
    proved = all(clash.proved for clash in clashes)
    return Explanation(clashes=_few(tuple(clashes)), remedies=tuple(found), proved=proved)


def missed(clause: Deadline, at_s: int, bound_s: int) -> Clash:
    """Tell a missed deadline: proved, when even the bound of the last arrival is later."""
    proved = clause.milestone == "all-arrived" and bound_s > clause.due_s
    return Clash(
        rule="clause-deadline",
        subjects=(clause.id,),
        detail="" if proved else NOT_PROVED,
        proved=proved,
        need=bound_s if proved else at_s,
        have=clause.due_s,
        unit="instant",
    )
