"""Plan, rehearsal and what happened side by side, and how good rehearsals were over several operations.

A rehearsal tells instants as quantiles. Where what happened lies among them is its probability integral transform:
over many instants these are spread evenly if rehearsals tell the truth. Half of what happened should lie between the
quartiles, nine in ten between the 5 % and the 95 % quantile.

References
----------
Dawid, A. P. (1984). Statistical theory: the prequential approach. J. R. Stat. Soc. A 147, 278-292.
Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import sqrt
from typing import Any, Literal

from msgspec import Struct

from safepassage.account.record import Record
from safepassage.model.errors import UsageError

COMPARISON_FORMAT = "safepassage-comparison/1"

Z_95 = 1.959964


class Told(Struct, frozen=True, kw_only=True):
    """An instant as a rehearsal tells it: its quantiles (None: never), and how often it never comes about."""

    name: str
    quantiles_s: tuple[int | None, ...]
    never: float = 0.0


class Rehearsal(Struct, frozen=True, kw_only=True):
    """What a comparison needs of a rehearsal's file; seconds count from the operation's start."""

    format: str
    operation: str
    sha256: str
    runs: int
    levels: tuple[float, ...]
    instants: tuple[Told, ...]
    planned_s: int = 0


class Instant(Struct, frozen=True, kw_only=True):
    """An instant as planned, as rehearsed and as it came about, in seconds since the start (None: not told, not yet).

    `rehearsed` are the 5 %, 25 %, 50 %, 75 % and 95 % quantiles. `place` is which share of the runs came earlier than
    what happened: None where there is nothing to compare.
    """

    kind: Literal["milestone", "control-point"]
    name: str
    convoy: str = ""
    planned_s: int | None = None
    rehearsed: tuple[int | None, ...] = ()
    actual_s: int | None = None
    place: float | None = None


class Share(Struct, frozen=True, kw_only=True):
    """How many of so many instants lay in an interval of a level, and the 95 % interval of that share (Wilson 1927)."""

    level: float
    inside: int
    n: int
    share: float
    low: float
    high: float


class Calibration(Struct, frozen=True, kw_only=True):
    """How good rehearsals were: shares within the 50 % and the 90 % intervals, and the histogram of places.

    `bins` are (from, to, instants) between the levels that rehearsals tell. Instants of one operation depend on each
    other: what delays a departure delays the arrival. The intervals take them as independent and are too narrow.
    """

    operations: int
    n: int
    shares: tuple[Share, ...]
    bins: tuple[tuple[float, float, int], ...]


class Comparison(Struct, frozen=True, kw_only=True):
    """All instants of an operation, and the calibration over these and others' where any were rehearsed.

    `same` tells whether the rehearsal was of the very operation as the ledger has it.
    """

    operation: str
    at_s: int
    runs: int
    same: bool
    instants: tuple[Instant, ...]
    calibration: Calibration | None


def comparison(record: Record, rehearsal: Rehearsal | None = None, others: Iterable[Comparison] = ()) -> Comparison:
    """Compare the plan, a rehearsal of it and what happened.

    Parameters
    ----------
    record
        What happened, with the plan.
    rehearsal
        Of the plan; None: there was none.
    others
        Comparisons of other operations, for the calibration.

    Raises
    ------
    UsageError
        When the rehearsal is of another operation.
    """
    if rehearsal is not None and rehearsal.operation != record.operation.id:
        raise UsageError(f"the rehearsal is of {rehearsal.operation}, the ledger of {record.operation.id}")
    instants = (*_milestones(record, rehearsal), *_control_points(record, rehearsal))
    groups = [instants, *(one.instants for one in others)]
    return Comparison(
        operation=record.operation.id,
        at_s=record.at_s,
        runs=rehearsal.runs if rehearsal else 0,
        same=rehearsal is None or rehearsal.sha256 == record.operation.sha256,
        instants=instants,
        calibration=calibration(groups, rehearsal.levels if rehearsal else ()),
    )


def _milestones(record: Record, rehearsal: Rehearsal | None) -> Iterable[Instant]:
    told = {one.name: one for one in rehearsal.instants} if rehearsal else {}
    planned = {str(one.milestone): one.at_s for one in record.plan.milestones} if record.plan else {}
    for name in sorted(planned.keys() | told.keys(), key=lambda one: (planned.get(one, 0), one)):
        reached = record.reached(name)
        actual = reached.at_s if reached else None
        one = told.get(name)
        if name == "start":
            continue
        yield _compared(rehearsal, one, kind="milestone", name=name, planned_s=planned.get(name), actual_s=actual)


def _compared(rehearsal: Rehearsal | None, one: Told | None, **known: Any) -> Instant:
    """Set what a rehearsal tells beside what is known of an instant."""
    if rehearsal is None or one is None:
        return Instant(**known)
    actual_s = known["actual_s"]
    place = place_of(one, rehearsal.levels, actual_s) if actual_s is not None else None
    return Instant(**known, rehearsed=_at_levels(one, rehearsal.levels), place=place)


def _at_levels(one: Told, levels: Sequence[float]) -> tuple[int | None, ...]:
    known = dict(zip(levels, one.quantiles_s, strict=True))
    return tuple(known.get(level) for level in (0.05, 0.25, 0.5, 0.75, 0.95))


def place_of(one: Told, levels: Sequence[float], actual_s: int) -> float:
    """Return the share of runs that came before an instant, between two quantiles by the straight line between them.

    Parameters
    ----------
    one
        The instant as rehearsed.
    levels
        Of its quantiles.
    actual_s
        When it came about. Before the first quantile the half of its level is told, after the last likewise.
    """
    known = [(at_s, level) for at_s, level in zip(one.quantiles_s, levels, strict=True) if at_s is not None]
    times = [at_s for at_s, _ in known]
    if not known:
        return 1.0
    if actual_s < times[0]:
        return known[0][1] / 2
    if actual_s > times[-1]:
        return (known[-1][1] + 1) / 2
    after = bisect_left(times, actual_s)
    if times[after] == actual_s:
        same = [level for at_s, level in known if at_s == actual_s]
        return (same[0] + same[-1]) / 2
    (before_s, low), (after_s, high) = known[after - 1], known[after]
    return low + (high - low) * (actual_s - before_s) / (after_s - before_s)


def _control_points(record: Record, rehearsal: Rehearsal | None) -> Iterable[Instant]:
    """Yield when the first vehicle of each convoy came to each of its control points."""
    told = {one.name: one for one in rehearsal.instants} if rehearsal else {}
    for order in record.plan.convoys if record.plan else ():
        own = set(order.order)
        for passing in order.timetable:
            times = [
                one.at_s for one in record.progress.drives
                if one.vehicle in own and one.site == passing.site and one.type == "arrived"
                and one.at_s >= (record.progress.reached[f"departed:{order.convoy}"].at_s or 0)
            ] if f"departed:{order.convoy}" in record.progress.reached else []  # fmt: skip
            yield _compared(
                rehearsal, told.get(f"head {passing.site} {order.convoy}"), kind="control-point", name=passing.site,
                convoy=order.convoy, planned_s=passing.head_s, actual_s=min(times, default=None),
            )  # fmt: skip


def calibration(groups: Sequence[Sequence[Instant]], levels: Sequence[float]) -> Calibration | None:
    """Return how good the rehearsals of some operations were; None without an instant to judge by.

    Parameters
    ----------
    groups
        The instants of each operation.
    levels
        That rehearsals tell: the bins of the histogram.
    """
    judged = [[one.place for one in group if one.place is not None] for group in groups]
    places = [place for group in judged for place in group]
    if not places:
        return None
    edges = sorted({0.0, *levels, 1.0})
    bins = tuple(
        (low, high, sum(low <= place < high or (high == 1.0 and place == 1.0) for place in places))
        for low, high in pairwise(edges)
    )
    return Calibration(
        operations=sum(bool(group) for group in judged), n=len(places), bins=bins,
        shares=tuple(_share(level, places) for level in (0.5, 0.9)),
    )  # fmt: skip


def _share(level: float, places: Sequence[float]) -> Share:
    edge = (1 - level) / 2
    inside = sum(edge - 1e-9 <= place <= 1 - edge + 1e-9 for place in places)
    low, high = wilson(inside, len(places))
    return Share(level=level, inside=inside, n=len(places), share=inside / len(places), low=low, high=high)


def wilson(count: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a probability of which `count` of `n` trials are known (Wilson 1927)."""
    share, z2 = count / n, Z_95 * Z_95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)
