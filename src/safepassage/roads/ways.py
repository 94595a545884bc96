"""Ways between two sites in directions, with alternatives, and where each of them can be cut."""

from __future__ import annotations

from collections.abc import Sequence

from safepassage.model.ids import SiteId
from safepassage.model.travel import UNREACHABLE
from safepassage.roads.alternatives import Alternative, alternatives
from safepassage.roads.crossing import across, as_text
from safepassage.roads.directions import directions, joined_line
from safepassage.roads.network import MARKS
from safepassage.roads.outlook import Way, Weak
from safepassage.roads.survey import MS, Step, Survey
from safepassage.roads.vulnerability import Stretch, vulnerability

MOST_WEAK = 8
"""Stretches that are told of a way."""
COSTS_MS = 60_000
"""A stretch whose loss costs less is no weak one."""


def ways(survey: Survey, start: SiteId, end: SiteId, alternative: int = 0) -> tuple[Way, ...]:
    """Find the fastest way between two sites and genuinely different others.

    What is open only at times is driven, what is never open is not.

    Parameters
    ----------
    survey
        The roads as a class of vehicles sees them.
    start, end
        Two sites.
    alternative
        How many others, at most.

    Returns
    -------
    tuple of Way
        The fastest first; none where no way leads there.
    """
    if start not in survey.leaves or end not in survey.enters or start == end:
        return ()
    found = alternatives(survey.metric, survey.leaves[start], survey.enters[end], alternative)
    return tuple(_way(survey, one, (start, end)) for one in found)


def _way(survey: Survey, found: Alternative, ends: tuple[SiteId, SiteId]) -> Way:
    steps = survey.steps(found.arcs)
    stages = directions(steps, ends, survey.percent, turns=survey.mapped)
    lost = vulnerability(survey.metric, found.arcs, survey.ground)
    weak = _together([stretch for stretch in lost.stretches if stretch.extra_ms >= COSTS_MS])
    return Way(
        travel_s=sum(stage.travel_s for stage in stages),
        length_m=round(sum(step.length_m for step in steps)),
        share=found.share,
        stages=stages,
        weak=tuple(_weak(survey, stretch, steps) for stretch in weak[:MOST_WEAK]),
        locked_m=lost.locked_m,
        locked_from_m=lost.locked_from_m,
    )


def _together(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Tell neighbours that cost the same as one, with the last choice before the first of them."""
    told: list[Stretch] = []
    for now in sorted(stretches, key=lambda stretch: stretch.first):
        before = told[-1] if told else None
        if before and before.last == now.first and before.extra_ms == now.extra_ms:
            length_m, marks = before.length_m + now.length_m, before.marks | now.marks
            told[-1] = before._replace(last=now.last, length_m=length_m, marks=marks)
        else:
            told.append(now)
    return sorted(told, key=lambda stretch: (-stretch.extra_ms, -stretch.length_m, stretch.first))


def _weak(survey: Survey, stretch: Stretch, steps: Sequence[Step]) -> Weak:
    part = [step for step in steps[stretch.first : stretch.last] if not step.access]
    longest = max(part, key=lambda step: step.length_m)
    lost_ms = stretch.extra_ms
    return Weak(
        names=tuple(dict.fromkeys(step.name for step in part if step.name)),
        from_m=stretch.offset_m,
        length_m=stretch.length_m,
        marks=tuple(word for bit, word in MARKS.items() if stretch.marks & bit),
        extra_s=None if lost_ms == UNREACHABLE else -(-lost_ms * 100 // (survey.percent * MS)),
        choice_m=stretch.choice_m,
        # of a map another link may hold more than this stretch: a place on it says exactly what is meant
        what=as_text(across(tuple(longest.line))) if survey.mapped else str(longest.link),
        line=tuple(joined_line(part)),
    )
