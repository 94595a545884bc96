"""How durations scatter where the folder does not say: assumptions, each with its origin."""

from __future__ import annotations

from typing import Final

from safepassage.model.operation import Operation
from safepassage.model.uncertainty import Lasting, Spread, Uncertainty

_PRACTICE: Final = "assumption: default; a planner's range of three points, no record of such movements is public"

DEFAULTS: Final[dict[Lasting, Uncertainty]] = {
    one.of: one
    for one in (
        Uncertainty(
            of="drive",
            times=Spread(shape="lognormal", mode=1.0, high=1.3),
            day=0.3,
            place=0.3,
            source="assumption: default; one drive in ten takes 1.3 times as long or longer. Travel times on roads are "
            "often found to be lognormal (Fosgerau and Fukuda 2012); their spread here is ours",
        ),
        Uncertainty(
            of="service",
            times=Spread(shape="pert", low=0.8, mode=1.0, high=2.0),
            day=0.2,
            place=0.3,
            source=_PRACTICE,
        ),
        Uncertainty(
            of="treatment", times=Spread(shape="pert", low=0.6, mode=1.0, high=2.5), place=0.2, source=_PRACTICE
        ),
        Uncertainty(of="rest", times=Spread(shape="pert", low=1.0, mode=1.0, high=1.3), source=_PRACTICE),
        Uncertainty(of="refuel", times=Spread(shape="pert", low=0.7, mode=1.0, high=2.0), source=_PRACTICE),
        Uncertainty(of="halt", times=Spread(shape="pert", low=1.0, mode=1.0, high=1.5), source=_PRACTICE),
        Uncertainty(
            of="milestone",
            plus=Spread(shape="pert", low=0, mode=0, high=7200),
            source="assumption: default; what a party has to bring about is never early and up to two hours late",
        ),
    )
}


def law_of(operation: Operation, of: Lasting, subject: str) -> Uncertainty:
    """Find how something lasts: as the folder says of it, or of its kind, or as is assumed.

    Parameters
    ----------
    operation
        The folder's content.
    of
        The kind.
    subject
        The link, site or milestone.
    """
    told = {(one.of, one.subject): one for one in operation.uncertain.durations}
    return told.get((of, subject)) or told.get((of, "")) or DEFAULTS[of]
