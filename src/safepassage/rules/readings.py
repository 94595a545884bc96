"""The plan tells how it stands to each clause, and tells it as it is."""

from __future__ import annotations

from collections.abc import Iterator

from safepassage.model.clauses import Clause, Exclusion
from safepassage.model.ids import ClauseId
from safepassage.model.plan import ClauseReading, Violation
from safepassage.rules.case import Case
from safepassage.rules.clauses import standing
from safepassage.rules.crowds import crowds, dwell_times, ratios
from safepassage.rules.milestones import reached
from safepassage.rules.roads import obstacles
from safepassage.rules.violations import broken

COMPARED = ("kind", "status", "due_s", "at_s", "slack_s")


def told(case: Case) -> Iterator[Violation]:
    """Every clause has a reading, and it is what the plan's sequences give."""
    readings = {reading.clause: reading for reading in case.plan.clauses}
    broken_ids = _broken_by_people_or_roads(case)
    times = reached(case)
    for clause in case.operation.clauses:
        state = standing(clause, times)
        kept = state.kept and clause.id not in broken_ids
        real = ClauseReading(
            clause=clause.id,
            kind=kind_of(clause),
            status="monitored" if isinstance(clause, Exclusion) else "kept" if kept else "broken",
            due_s=state.due_s,
            at_s=state.at_s,
            slack_s=state.slack_s,
        )
        yield from _compared(readings.get(clause.id), real)


def kind_of(clause: Clause) -> str:
    """Return the word for the kind of a clause, as in the operation's file."""
    return str(clause.__struct_config__.tag)


def _compared(told_reading: ClauseReading | None, real: ClauseReading) -> Iterator[Violation]:
    if told_reading is None:
        yield broken("clause-reading", "reading", f"clauses/{real.clause}", clause=real.clause)
        return
    for name in COMPARED:
        said, is_so = getattr(told_reading, name), getattr(real, name)
        if said != is_so:
            yield broken("clause-reading", f"reading-{name}", f"clauses/{real.clause}", told=said, real=is_so)


def _broken_by_people_or_roads(case: Case) -> set[ClauseId]:
    found = {clause for _, obstacle in obstacles(case) for clause in obstacle.clauses}
    for rule in (ratios, crowds, dwell_times):
        # the clause is the first subject of these rules
        found |= {ClauseId(violation.subjects[0].removeprefix("clauses/")) for violation in rule(case)}
    return found
