"""What makes an operation contradictory before anybody plans it."""

from __future__ import annotations

from safepassage.model.errors import Fault
from safepassage.model.operation import Operation
from safepassage.model.travel import Travel
from safepassage.rules.premises import agreements, company, fleet, reach, windows

__all__ = ["premises"]


def premises(operation: Operation, travel: Travel) -> tuple[Fault, ...]:
    """Find what no plan could meet (`clash`), and what a person should look at (`warning`).

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
    return (
        *company.faults(operation),
        *fleet.faults(operation),
        *windows.faults(operation),
        *agreements.faults(operation),
        *reach.faults(operation, tuple(travel.links.values())),
    )
