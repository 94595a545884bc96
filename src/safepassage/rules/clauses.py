"""Clauses about milestones: precedence, deadline, window, both-or-neither. Each is read, and kept or broken.

A reading holds what is due (`due_s`), what happens (`at_s`) and the seconds between (`slack_s`, negative when broken):

* precedence: due is the earliest that `then` may come (`first` plus the gap), at is when it comes;
* deadline: due as the clause says, at is when the milestone comes;
* window: due is the end of the window that holds the milestone, else of the last window; at is when it comes;
* both-or-neither: due is the first milestone plus `within_s`, at is the last one.

A milestone that nothing reaches leaves `at_s`, `slack_s` and whatever follows from it None. All other kinds of clause
have no due time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from safepassage.model.clauses import BothOrNeither, Clause, Deadline, Precedence, TimeWindow
from safepassage.model.ids import MilestoneId
from safepassage.model.plan import Violation
from safepassage.rules.case import Case
from safepassage.rules.milestones import reached
from safepassage.rules.violations import broken

Times = dict[MilestoneId, int]


class Standing(Struct, frozen=True, kw_only=True):
    """How things stand with a clause."""

    kept: bool = True
    due_s: int | None = None
    at_s: int | None = None
    slack_s: int | None = None


def standing(clause: Clause, times: Times) -> Standing:
    """Say how `clause` stands when milestones come at `times`; clauses about anything else are not looked at."""
    match clause:
        case Precedence():
            return _precedence(clause, times)
        case Deadline():
            return _deadline(clause, times)
        case TimeWindow():
            return _window(clause, times)
        case BothOrNeither():
            return _both_or_neither(clause, times)
        case _:
            return Standing()


def _precedence(clause: Precedence, times: Times) -> Standing:
    first_s, then_s = times.get(clause.first), times.get(clause.then)
    due_s = None if first_s is None else first_s + clause.gap_s
    if due_s is None or then_s is None:
        return Standing(due_s=due_s, at_s=then_s)
    return Standing(kept=then_s >= due_s, due_s=due_s, at_s=then_s, slack_s=then_s - due_s)


def _deadline(clause: Deadline, times: Times) -> Standing:
    at_s = times.get(clause.milestone)
    if at_s is None:
        return Standing(due_s=clause.due_s)
    return Standing(kept=at_s <= clause.due_s, due_s=clause.due_s, at_s=at_s, slack_s=clause.due_s - at_s)


def _window(clause: TimeWindow, times: Times) -> Standing:
    at_s = times.get(clause.milestone)
    if at_s is None:
        return Standing()
    holding = [window.until_s for window in clause.windows if window.holds(at_s, at_s)]
    due_s = max(holding or (window.until_s for window in clause.windows), default=None)
    slack_s = None if due_s is None else due_s - at_s
    return Standing(kept=bool(holding), due_s=due_s, at_s=at_s, slack_s=slack_s)


def _both_or_neither(clause: BothOrNeither, times: Times) -> Standing:
    come = [times[milestone] for milestone in clause.milestones if milestone in times]
    if not come:
        return Standing()
    due_s, at_s = min(come) + clause.within_s, max(come)
    kept = at_s <= due_s and len(come) == len(clause.milestones)
    return Standing(kept=kept, due_s=due_s, at_s=at_s, slack_s=due_s - at_s)


def _of_kind(kind: type, rule: str) -> Callable[[Case], Iterator[Violation]]:
    def check(case: Case) -> Iterator[Violation]:
        clauses = [clause for clause in case.operation.clauses if isinstance(clause, kind)]
        times = reached(case) if clauses else {}
        for clause in clauses:
            state = standing(clause, times)
            if not state.kept:
                title = clause.title or clause.id
                figures = {"clause": title, "due_s": state.due_s, "at_s": state.at_s}
                yield broken(rule, "clause-due", f"clauses/{clause.id}", **figures)

    return check


precedences = _of_kind(Precedence, "clause-precedence")
deadlines = _of_kind(Deadline, "clause-deadline")
windows = _of_kind(TimeWindow, "clause-window")
both_or_neither = _of_kind(BothOrNeither, "clause-both-or-neither")
