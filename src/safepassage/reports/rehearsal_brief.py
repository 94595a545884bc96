"""What a rehearsal answers first, as sentences: for the top of its page and for the terminal."""

from __future__ import annotations

from msgspec import Struct

from safepassage.model.clauses import ALL_ARRIVED
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.model.time import instant_at
from safepassage.rehearsal.outcome import LEVELS, Assumption, Chance, Change, Outcome
from safepassage.reports.brief import Odds
from safepassage.reports.criticality import critical_rows, gates
from safepassage.reports.words import (
    Phrase,
    Setting,
    cited,
    clock,
    full_instant,
    same,
    say,
    say_code,
    setting_of,
    titled,
)
from safepassage.reports.words.figures import figure_told
from safepassage.reports.words.rehearsal import assumption_name, change_told, number, share

HELD_TO = frozenset({"area", "consent"})
"""Kinds of clause that nobody can break in a run: without consent a road is not driven."""
_DRIVERS = 3
_FAN_ROWS = 12


class Measure(Struct, frozen=True, kw_only=True):
    """A named share of one."""

    name: Phrase
    value: float


class FanRow(Struct, frozen=True, kw_only=True):
    """People out at an instant, as shares of all: in 95 of 100 runs at least, in the middle, in 5 of 100 at least."""

    at: Phrase
    surely: float
    middle: float
    hardly: float
    people: int


class RehearsalBrief(Struct, frozen=True, kw_only=True):
    """The answers, in every language; texts hold directional isolates. `figures` pairs catalogue keys with values.

    `watched` counts the clauses that people watch and no rehearsal computes, `holding` those that no run can break.
    """

    title: Phrase
    answer: Phrase
    sure: Phrase
    caveat: Phrase
    figures: tuple[tuple[str, Phrase], ...]
    quantiles: tuple[tuple[int, Phrase], ...]
    fan: tuple[FanRow, ...]
    drivers: tuple[Measure, ...]
    driven: tuple[Phrase, ...]
    gates: tuple[Phrase, ...]
    critical: tuple[Measure, ...]
    clauses: tuple[Measure, ...]
    watched: int
    holding: int
    changes: tuple[Phrase, ...]
    assumptions: tuple[Phrase, ...]


def rehearsal_brief(operation: Operation, plan: Plan, outcome: Outcome) -> RehearsalBrief:
    """Answer what is asked first: is everyone out in time, when does the last arrive, what drives it, what gates it.

    Parameters
    ----------
    operation
        What the plan is for.
    plan
        What was rehearsed.
    outcome
        What the rehearsal found.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        When the operation's time zone is unknown.
    """
    setting = rehearsal_setting(operation, plan, outcome)
    drivers = sorted(outcome.drivers, key=lambda one: -one.share)
    return RehearsalBrief(
        title=titled(operation),
        answer=odds(outcome.in_time).says,
        sure=_sure(setting, outcome),
        caveat=say("rehearsal.caveat", runs=number(outcome.runs)),
        figures=_figures(setting, outcome),
        quantiles=_quantiles(setting, outcome),
        fan=_fan(setting, outcome),
        drivers=tuple(Measure(name=say_code("driver", one.group), value=one.share) for one in drivers),
        driven=tuple(
            say("rehearsal.driver", what=say_code("driver", one.group), share=share(max(one.share, 0.0)))
            for one in drivers[:_DRIVERS]
        ),
        gates=gates(operation, outcome, setting),
        critical=tuple(
            Measure(name=row.name, value=row.found.share) for row in critical_rows(operation, plan, outcome, setting)
        ),
        clauses=tuple(
            Measure(name=cited(setting, one.clause, "clause"), value=one.kept.share)
            for one in outcome.clauses
            if one.kept is not None
        ),
        watched=sum(one.kept is None and one.kind not in HELD_TO for one in outcome.clauses),
        holding=sum(one.kept is None and one.kind in HELD_TO for one in outcome.clauses),
        changes=tuple(change_told(one) for one in ordered_changes(outcome)),
        assumptions=tuple(
            say("critical.of", what=assumption_name(setting, one.what), who=figure_told(setting, one.what, one.figure))
            for one in ordered_assumptions(outcome)
        ),
    )


def rehearsal_setting(operation: Operation, plan: Plan, outcome: Outcome) -> Setting:
    """Collect what things are called; times name their day when any that is told lies on another."""
    told = [outcome.due_s, *(at_s for one in outcome.instants for at_s in one.quantiles_s if at_s is not None)]
    days = {instant_at(operation.start, at_s, operation.time_zone).date() for at_s in (0, max(told))}
    setting = setting_of(operation, plan)
    if len(days) == 1 or setting.with_day:
        return setting
    return Setting(labels=setting.labels, start=setting.start, time_zone=setting.time_zone, with_day=True)


def ordered_changes(outcome: Outcome) -> list[Change]:
    """Order the changes: the one that helps most first, by the chance, then by the last arrival."""
    return sorted(outcome.changes, key=lambda one: (-one.out_in_time, -one.earlier_s))


def ordered_assumptions(outcome: Outcome) -> list[Assumption]:
    """Order the assumptions by what their group of causes does to the answer; those not traced last, as told."""
    return sorted(outcome.assumptions, key=lambda one: (one.share is None, -(one.share or 0.0)))


def odds(in_time: Chance) -> Odds:
    """Say how often everyone was out in time.

    Parameters
    ----------
    in_time
        Of all runs.
    """
    return Odds(share=in_time.share, says=_answer(in_time))


def _answer(in_time: Chance) -> Phrase:
    runs, hundredths = number(in_time.runs), round(in_time.share * 100)
    if in_time.count == in_time.runs:
        return say("rehearsal.all", runs=runs)
    if in_time.count == 0:
        return say("rehearsal.none", runs=runs)
    if hundredths == 100:
        return say("rehearsal.nearly")
    return say("rehearsal.some", n=hundredths) if hundredths else say("rehearsal.hardly")


def _sure(setting: Setting, outcome: Outcome) -> Phrase:
    chance, by = outcome.in_time, outcome.due_by
    return say(
        "rehearsal.sure",
        due=full_instant(setting, outcome.due_s),
        by=say("rehearsal.horizon") if by == "horizon" else cited(setting, by, "clause"),
        count=number(chance.count),
        runs=number(chance.runs),
        share=share(chance.share),
        low=share(chance.low),
        high=share(chance.high),
    )


def _last(outcome: Outcome) -> tuple[int | None, ...]:
    found = [one.quantiles_s for one in outcome.instants if one.name == ALL_ARRIVED]
    return found[0] if found else (None,) * len(LEVELS)


def _figures(setting: Setting, outcome: Outcome) -> tuple[tuple[str, Phrase], ...]:
    last = _last(outcome)

    def told(at_s: int | None) -> Phrase:
        return say("rehearsal.never") if at_s is None else full_instant(setting, at_s)

    return (
        ("rehearsal.chance", _with_interval(outcome.in_time)),
        ("rehearsal.due", full_instant(setting, outcome.due_s)),
        ("rehearsal.planned", full_instant(setting, outcome.planned_s)),
        ("rehearsal.median", told(last[LEVELS.index(0.5)])),
        ("rehearsal.ninety", told(last[LEVELS.index(0.9)])),
        ("rehearsal.people", number(outcome.people)),
        ("rehearsal.runs", say("rehearsal.seeded", runs=number(outcome.runs), seed=number(outcome.seed))),
    )


def _with_interval(chance: Chance) -> Phrase:
    return say("rehearsal.interval", share=share(chance.share), low=share(chance.low), high=share(chance.high))


def _quantiles(setting: Setting, outcome: Outcome) -> tuple[tuple[int, Phrase], ...]:
    return tuple(
        (round(level * 100), same("–") if at_s is None else clock(setting, at_s))
        for level, at_s in zip(LEVELS, _last(outcome), strict=True)
    )


def _fan(setting: Setting, outcome: Outcome) -> tuple[FanRow, ...]:
    """Choose instants between the first arrival of any run and the last change."""
    fewest, middle, most = (outcome.fan[LEVELS.index(level)] for level in (0.05, 0.5, 0.95))
    if not outcome.people or not any(most):
        return ()
    first = next(one for one, people in enumerate(most) if people)
    later = range(first + 1, len(most))
    last = max((one for one in later if fewest[one] != fewest[one - 1] or most[one] != most[one - 1]), default=first)
    apart = max(-(-(last - first) // (_FAN_ROWS - 1)), 1)
    chosen = [*range(first, last, apart), last]
    return tuple(
        FanRow(
            at=clock(setting, (one + 1) * outcome.bin_s),
            surely=min(fewest[one] / outcome.people, 1.0),
            middle=min(middle[one] / outcome.people, 1.0),
            hardly=min(most[one] / outcome.people, 1.0),
            people=middle[one],
        )
        for one in chosen
    )
