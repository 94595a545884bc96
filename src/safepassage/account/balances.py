"""Clauses that count, over time: two flows kept in step, a crowd and its dwell kept small, both sides or neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from safepassage.account.milestones import Reached
from safepassage.account.walks import Halt, Left
from safepassage.model.clauses import BothOrNeither, Cap, Ratio


class Step(Struct, frozen=True, kw_only=True):
    """At an instant: how many of a group have left, of how many the flow is kept in step with, how many are allowed."""

    at_s: int
    gone: int
    against: int
    allowed: int

    @property
    def over(self) -> int:
        """How many more have left than the clause allows; 0: none."""
        return max(0, self.gone - self.allowed)


class InStep(Struct, frozen=True, kw_only=True):
    """A ratio's running balance, with how many there are of each group.

    `worst` and `broken_s` are where it was exceeded most and first.
    """

    steps: tuple[Step, ...]
    every: int
    others: int
    allowed: int
    worst: Step | None = None
    broken_s: int | None = None

    @property
    def gone(self) -> int:
        """How many of the group have left by now."""
        return self.steps[-1].gone if self.steps else 0

    @property
    def against(self) -> int:
        """How many have left by now of those with whom the flow is kept in step."""
        return self.steps[-1].against if self.steps else 0


class Crowd(Struct, frozen=True, kw_only=True):
    """A cap's running balance: (instant, people) after each change, the most there were, and the longest dwell.

    `dwell_s` counts those who are still there up to now; `broken_s` is when the cap was first exceeded, by number or by
    time; `over` are the people who stayed longer than allowed.
    """

    steps: tuple[tuple[int, int], ...]
    here: int
    most: int = 0
    most_s: int | None = None
    dwell_s: int = 0
    dwell_from_s: int | None = None
    over: tuple[str, ...] = ()
    broken_s: int | None = None


class Sides(Struct, frozen=True, kw_only=True):
    """Both or neither: (instant, milestone) of each that has come with a known time, and how many of all have come."""

    steps: tuple[tuple[int, str], ...]
    come: tuple[str, ...]
    every: int


def in_step(clause: Ratio, left: Mapping[str, Left], groups: Mapping[str, str]) -> InStep:
    """Return a ratio's balance at every departure; departures at one instant count together.

    Parameters
    ----------
    clause
        The ratio.
    left
        When people left, of those who have.
    groups
        The group of everybody who travels.
    """
    changes: dict[int, Counter[str]] = {}
    for person, one in left.items():
        changes.setdefault(one.at_s, Counter())[groups.get(person, "")] += 1
    steps = []
    gone = against = 0
    for at_s in sorted(changes):
        gone += changes[at_s][clause.group]
        against += changes[at_s][clause.against]
        if changes[at_s][clause.group] or changes[at_s][clause.against]:
            steps.append(Step(at_s=at_s, gone=gone, against=against, allowed=_allowed(clause, against)))
    every = Counter(groups.values())
    over = [one for one in steps if one.over]
    return InStep(
        steps=tuple(steps), every=every[clause.group], others=every[clause.against], allowed=_allowed(clause, against),
        worst=max(over, key=lambda one: one.over, default=None), broken_s=over[0].at_s if over else None,
    )  # fmt: skip


def _allowed(clause: Ratio, against: int) -> int:
    return clause.numerator * against // clause.denominator + clause.tolerance


def crowd(clause: Cap, found: Iterable[Halt], now_s: int) -> Crowd:
    """Return a cap's balance; who leaves at an instant makes room for who arrives.

    Parameters
    ----------
    clause
        The cap.
    found
        Everybody's halts at its site, but not of those for whom it is the end.
    now_s
        Until when those still there have been there.
    """
    halted = list(found)
    changes: Counter[int] = Counter()
    for one in halted:
        changes[one.from_s] += 1
        if one.until_s is not None:
            changes[one.until_s] -= 1
    steps, here = [], 0
    for at_s in sorted(changes):
        here += changes[at_s]
        steps.append((at_s, here))
    most_s, most = max(steps, key=lambda one: (one[1], -one[0]), default=(None, 0))
    longest = max(halted, key=lambda one: _dwell_s(one, now_s), default=None)
    long = [one for one in halted if clause.max_dwell_s and _dwell_s(one, now_s) > clause.max_dwell_s]
    broken = [one.from_s + clause.max_dwell_s for one in long]
    broken += [at_s for at_s, count in steps if clause.max_people and count > clause.max_people]
    return Crowd(
        steps=tuple(steps), here=here, most=most, most_s=most_s,
        dwell_s=_dwell_s(longest, now_s) if longest else 0, dwell_from_s=longest.from_s if longest else None,
        over=tuple(sorted({one.person for one in long})), broken_s=min(broken, default=None),
    )  # fmt: skip


def _dwell_s(one: Halt, now_s: int) -> int:
    return max(0, (now_s if one.until_s is None else one.until_s) - one.from_s)


def sides(clause: BothOrNeither, reached: Mapping[str, Reached | None]) -> Sides:
    """Return which of the milestones have come, and when.

    Parameters
    ----------
    clause
        The clause.
    reached
        Its milestones that have come about.
    """
    come = {name: reached.get(name) for name in clause.milestones}
    times = [(one.at_s, str(name)) for name, one in come.items() if one is not None and one.at_s is not None]
    return Sides(
        steps=tuple(sorted(times)),
        come=tuple(str(name) for name, one in come.items() if one is not None),
        every=len(clause.milestones),
    )
