"""Windows in which nothing can happen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from safepassage.model.clauses import Consent, TimeWindow
from safepassage.model.errors import Fault
from safepassage.model.operation import Operation
from safepassage.model.time import Window
from safepassage.rules.premises.findings import clash, warning
from safepassage.rules.premises.fleet import sites_with_people


def faults(operation: Operation) -> Iterator[Fault]:
    """Find windows that end before they begin or lie outside the time considered, and clauses with no others."""
    whole = Window(from_s=0, until_s=operation.limits.horizon_s)
    for cell, windows in _tables(operation):
        for window in windows:
            if not possible(window, whole):
                yield warning(
                    "impossible-window",
                    "a window ends before it begins, or lies outside the time considered",
                    [cell],
                    found=f"{window.from_s} to {window.until_s} s",
                    remedy="correct its two ends",
                )
    for clause in operation.clauses:
        if isinstance(clause, TimeWindow) and not any(possible(window, whole) for window in clause.windows):
            what = f"{clause.title or clause.id}: none of its windows is possible"
            yield clash("window-impossible", what, [f"clauses/{clause.id}/windows"], remedy="correct the windows")


def possible(window: Window, whole: Window) -> bool:
    """Tell whether anything can happen in a window within the time considered."""
    return max(window.from_s, whole.from_s) <= min(window.until_s, whole.until_s)


def _tables(operation: Operation) -> Iterator[tuple[str, Iterable[Window]]]:
    for site in operation.sites:
        yield f"sites/{site.id}/opens", site.opens
    for clause in operation.clauses:
        if isinstance(clause, TimeWindow | Consent):
            yield f"clauses/{clause.id}/windows", clause.windows
    for closure in operation.closures:
        yield f"closures/{closure.link}/until_s", [Window(from_s=closure.from_s, until_s=closure.until_s)]


def openings(operation: Operation) -> Iterator[Fault]:
    """Find sites where people wait that are never open long enough for one of them to board."""
    limits = operation.limits
    whole = Window(from_s=0, until_s=limits.horizon_s)
    waiting = sites_with_people(operation)
    for site in operation.sites:
        if site.opens and site.id in waiting:
            need_s = limits.setup_s + max(limits.board_s(person.mobility) for person in waiting[site.id])
            usable = (window for window in site.opens if possible(window, whole))
            have_s = max((min(one.until_s, whole.until_s) - max(one.from_s, 0) for one in usable), default=-1)
            if have_s < need_s:
                yield clash(
                    "site-never-open",
                    f"people wait at {site.id}, which is never open long enough for one of them to board",
                    [f"sites/{site.id}/opens"],
                    found=f"needs {need_s} s, open at most {max(have_s, 0)} s",
                    remedy="agree on a longer opening window",
                )
