"""What makes an operation contradictory before anybody plans it."""

from __future__ import annotations

from msgspec.structs import replace

from safepassage.model.errors import Fault
from safepassage.model.operation import Operation
from safepassage.model.travel import Travel
from safepassage.rules.premises import agreements, company, fleet, reach, windows

__all__ = ["premises"]


def premises(operation: Operation, travel: Travel) -> tuple[Fault, ...]:
    """Find what no plan could meet (`clash`), and what a person should look at (`warning`).

    Where not everyone has to be served, what only leaves somebody behind is a warning.

    Parameters
    ----------
    operation
        Everything asked for; unknown ids have been refused before.
    travel
        Only its table of links is used: connectivity is worked out here, with clauses and closures and without.

    Returns
    -------
    tuple of Fault
        Places are left empty; `subjects` name cells as `table/id/field`.
    """
    net = reach.net_of(operation, tuple(travel.links.values()))
    of_people = (
        *company.faults(operation),
        *fleet.faults(operation),
        *windows.openings(operation),
        *reach.faults_of_people(operation, net),
    )
    if not operation.limits.everyone:
        of_people = tuple(replace(fault, severity="warning") for fault in of_people)
    return (
        *of_people,
        *windows.faults(operation),
        *agreements.faults(operation),
        *reach.faults_of_convoys(operation, net),
    )
