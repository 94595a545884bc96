"""The answers a coordinator wants first, as sentences: for the top of the page and for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.reports.binding import what_binds
from safepassage.reports.doubts import doubt_text, on_chain
from safepassage.reports.words import (
    Language,
    Phrase,
    Setting,
    called,
    clash,
    counted,
    duration,
    full_instant,
    is_leftward,
    lever,
    percent,
    plain,
    remedy,
    same,
    say,
    setting_of,
    titled,
    unserved,
    violation,
)

_AT_MOST = 6

SURE = 0.9
"""A plan is shown as good when so many of its rehearsed runs are in time. Assumption: one in ten late is much."""

Level: TypeAlias = Literal["good", "warn", "bad", "unsure"]


class Departure(Struct, frozen=True, kw_only=True):
    """When a convoy leaves."""

    convoy: str
    at: str


class Odds(Struct, frozen=True, kw_only=True):
    """How often a rehearsal of the plan was in time: as a share, and in words."""

    share: float
    says: Phrase


class Brief(Struct, frozen=True, kw_only=True):
    """Headline answers in one language. Texts hold directional isolates; `words.plain` takes them out.

    `level` is unsure of a plan that was not rehearsed: nobody has looked whether it stands when something takes longer.
    """

    language: Language
    feasible: bool
    title: str
    answer: str
    people: str
    odds: str
    level: Level
    last_arrival: str = ""
    duration: str = ""
    departures: tuple[Departure, ...] = ()
    gap: str = ""
    binds: tuple[str, ...] = ()
    levers: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    clashes: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    left_behind: tuple[str, ...] = ()
    violations: int = 0
    broken: tuple[str, ...] = ()


def brief(
    operation: Operation,
    plan: Plan,
    *,
    language: Language = "en",
    remarks: Sequence[str] = (),
    odds: Odds | None = None,
) -> Brief:
    """Answer first what is asked first: can it be done, when does the last person arrive, what binds, what is doubtful.

    Parameters
    ----------
    operation
        What was asked for.
    plan
        What was found, also an infeasible one.
    language
        In which language.
    remarks
        Sentences of the caller (what seats are needed, which variant this is), passed through.
    odds
        What a rehearsal of this plan found.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        When the operation's time zone is unknown.
    """
    setting = setting_of(operation, plan)

    def told(phrases: Iterable[Phrase]) -> tuple[str, ...]:
        return tuple(phrase.of(language) for phrase in phrases)

    end_s = plan.objective.makespan_s if plan.objective else None
    return Brief(
        language=language,
        feasible=plan.status != "infeasible",
        title=titled(operation).of(language),
        answer=_answer(plan).of(language),
        odds=(odds.says if odds else say("answer.not-rehearsed") if _stands(plan) else same("")).of(language),
        level=level_of(plan, odds),
        people=_people(operation, plan).of(language),
        last_arrival="" if end_s is None else full_instant(setting, end_s).of(language),
        duration="" if end_s is None else duration(end_s).of(language),
        departures=_departures(setting, plan, language),
        gap=_gap(plan).of(language),
        binds=told(what_binds(operation, plan, setting)),
        levers=told(lever(setting, found) for found in plan.levers),
        doubtful=told(doubt_text(setting, doubt) for doubt in on_chain(operation, plan)),
        remarks=tuple(remarks),
        clashes=told(clash(setting, found) for found in plan.clashes),
        remedies=told(remedy(setting, found) for found in plan.remedies),
        left_behind=told(unserved(setting, found) for found in plan.unserved),
        violations=len(plan.violations),
        broken=told(violation(setting, found) for found in plan.violations),
    )


def _answer(plan: Plan) -> Phrase:
    if plan.status == "infeasible":
        return say("answer.infeasible" if all(found.proved for found in plan.clashes) else "answer.unproved")
    if plan.violations:
        return say("answer.violations", what=counted("violation", len(plan.violations)))
    if plan.objective is not None and plan.objective.unserved:
        return say("answer.partly", what=counted("person", plan.objective.unserved))
    return say("answer.feasible")


def _stands(plan: Plan) -> bool:
    return plan.status != "infeasible" and not plan.violations


def level_of(plan: Plan, odds: Odds | None) -> Level:
    """Return as how good a plan is shown.

    Parameters
    ----------
    plan
        The plan.
    odds
        What a rehearsal of it found.
    """
    if not _stands(plan):
        return "bad"
    if odds is None:
        return "unsure"
    return "good" if odds.share >= SURE else "warn"


_STYLES: Final[dict[Level, str]] = {"good": "bold green", "warn": "bold yellow", "bad": "bold red", "unsure": "bold"}


def _people(operation: Operation, plan: Plan) -> Phrase:
    consented = sum(1 for person in operation.people if person.choice == "consented")
    if plan.objective is None:
        return say("people.demand", people=counted("person", consented))
    return say("people.moved", moved=consented - plan.objective.unserved, people=counted("person", consented))


def _departures(setting: Setting, plan: Plan, language: Language) -> tuple[Departure, ...]:
    return tuple(
        Departure(
            convoy=called(setting, order.convoy, "convoy").of(language),
            at=full_instant(setting, order.departs_s).of(language),
        )
        for order in plan.convoys
    )


def _gap(plan: Plan) -> Phrase:
    gap = plan.gap
    if plan.objective is None:
        return same("")
    if gap is None or plan.bound_s is None:
        return say("gap.none")
    if plan.objective.makespan_s == plan.bound_s:
        return say("gap.proven")
    return say(
        "gap.open",
        gap=percent(gap),
        time=duration(plan.objective.makespan_s - plan.bound_s),
        bound=duration(plan.bound_s),
    )


def terminal(found: Brief, console: Console) -> None:
    """Print a brief: the answer, the key figures as a small table, then lists. Colour is the console's choice.

    Raises
    ------
    OSError
        When the console's stream cannot be written.
    """
    language = found.language
    console.print(_text(found.title, language, "bold"))
    console.print(_text(found.answer, language, _STYLES[found.level]))
    if found.odds:
        console.print(_text(found.odds, language))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in _figures(found):
        table.add_row(_text(say(key).of(language), language), _text(value, language))
    console.print(Padding(table, (0, 0, 0, 2)))
    for key, items in (
        ("brief.clashes", found.clashes),
        ("brief.remedies", found.remedies),
        ("brief.broken", found.broken),
        ("brief.binds", found.binds),
        ("brief.levers", found.levers),
        ("brief.doubtful", found.doubtful),
        ("brief.left-behind", found.left_behind),
        ("brief.remarks", found.remarks),
    ):
        _print_list(console, say(key).of(language), items, language)


def _figures(found: Brief) -> list[tuple[str, str]]:
    rows = [
        ("brief.people", found.people),
        ("brief.last-arrival", found.last_arrival),
        ("brief.duration", found.duration),
        *(("brief.departs", f"{departure.convoy}: {departure.at}") for departure in found.departures),
        ("brief.gap", found.gap),
    ]
    return [(key, value) for key, value in rows if value]


def _print_list(console: Console, heading: str, items: tuple[str, ...], language: Language) -> None:
    if not items:
        return
    console.print(_text(heading, language, "bold"))
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    shown = items[:_AT_MOST]
    for item in shown:
        table.add_row("-", _text(item, language))
    if len(items) > len(shown):
        table.add_row("", _text(say("brief.more", n=len(items) - len(shown)).of(language), language))
    console.print(Padding(table, (0, 0, 0, 2)))


def _text(text: str, language: Language, style: str = "") -> Text:
    # Terminals that do not know isolates print boxes; what is written rightward hardly needs them.
    return Text(text if is_leftward(language) else plain(text), style=style)
