"""The figures told: objective, bound, status."""

from __future__ import annotations

from collections.abc import Iterator

from safepassage.model.plan import Objective, Violation
from safepassage.rules.case import Case
from safepassage.rules.violations import broken


def figures(case: Case) -> Iterator[Violation]:
    """Demand that the objective told is what the sequences give."""
    real = recomputed(case)
    told = case.plan.objective
    if told is None:
        yield broken("objective", "objective", "objective")
        return
    for name in ("unserved", "makespan_s", "exposure_person_s", "distance_m"):
        said, is_so = getattr(told, name), getattr(real, name)
        if said != is_so:
            yield broken("objective", f"objective-{name}", f"objective/{name}", told=said, real=is_so)


def bound(case: Case) -> Iterator[Violation]:
    """No bound lies above the makespan it bounds, and an optimal plan meets it."""
    told, makespan_s = case.plan.bound_s, recomputed(case).makespan_s
    if told is not None and told > makespan_s:
        yield broken("bound", "bound-above", "bound_s", bound_s=told, makespan_s=makespan_s)
    if case.plan.status == "optimal" and (told is None or told < makespan_s):
        yield broken("bound", "bound-below", "status", bound_s=told, makespan_s=makespan_s)


def recomputed(case: Case) -> Objective:
    """Count people in the demand who are not delivered, last delivery, sum of deliveries, and all driving."""
    times = [ride.alights.end_s for ride in case.delivered.values()]
    asked = [person.id for person in case.operation.people if person.choice == "consented"]
    return Objective(
        unserved=sum(person not in case.delivered for person in asked),
        makespan_s=max(times, default=0),
        exposure_person_s=sum(times),
        distance_m=sum(drive.length_m for chain in case.drives.values() for drive in chain),
    )
