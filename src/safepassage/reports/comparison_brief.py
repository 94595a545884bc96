"""Plan, rehearsal and what happened in words and figures, in every language."""

from __future__ import annotations

from msgspec import Struct

from safepassage.account.comparison import Calibration, Comparison, Instant, Share
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.reports.situation_brief import difference
from safepassage.reports.words import Phrase, Setting, called, clock, each, say, setting_of
from safepassage.reports.words.languages import figure
from safepassage.reports.words.phrases import LRI, PDI
from safepassage.reports.words.setting import NOBODY

WIDTH, HEIGHT = 600, 160


class InstantRow(Struct, frozen=True, kw_only=True):
    """An instant as a line; `rehearsed` are the 5 %, the 50 % and the 95 % quantile, `outside` beyond the outer two."""

    title: Phrase
    planned: Phrase
    rehearsed: tuple[Phrase, Phrase, Phrase]
    actual: Phrase
    later: Phrase
    place: Phrase
    outside: bool


class Bar(Struct, frozen=True, kw_only=True):
    """A bin of the histogram, in the units of its drawing: as wide as its share, as high as what fell in by width."""

    x: float
    width: float
    height: float
    label: str
    n: int


class CalibrationBrief(Struct, frozen=True, kw_only=True):
    """How good rehearsals were: sentences, and the histogram with the height at which all bars would stand if even."""

    says: tuple[Phrase, ...]
    bars: tuple[Bar, ...]
    even: float


class ComparisonBrief(Struct, frozen=True, kw_only=True):
    """The whole comparison."""

    answer: Phrase
    as_of: Phrase
    warning: Phrase | None
    rows: tuple[InstantRow, ...]
    calibration: CalibrationBrief | None


def comparison_brief(operation: Operation, plan: Plan | None, found: Comparison) -> ComparisonBrief:
    """Put a comparison into words.

    Parameters
    ----------
    operation, plan
        Of which it is.
    found
        The comparison.
    """
    setting = setting_of(operation, plan)
    come = sum(one.actual_s is not None for one in found.instants)
    late = [one for one in found.instants if one.actual_s is not None and one.planned_s is not None
            and one.actual_s - one.planned_s >= 60]  # fmt: skip
    return ComparisonBrief(
        answer=say("comparison.answer", come=come, n=len(found.instants), late=len(late)),
        as_of=clock(setting, found.at_s),
        warning=None if found.same else say("comparison.other-state"),
        rows=tuple(_row(one, setting) for one in found.instants),
        calibration=_calibration(found.calibration) if found.calibration else None,
    )


def _row(one: Instant, setting: Setting) -> InstantRow:
    if one.kind == "milestone":
        title = called(setting, one.name, "milestone")
    else:
        title = say("comparison.head-at", convoy=called(setting, one.convoy, "convoy"),
                    site=called(setting, one.name, "site"))  # fmt: skip
    known = one.rehearsed or (None,) * 5
    both = one.actual_s is not None and one.planned_s is not None
    return InstantRow(
        title=title,
        planned=_at(setting, one.planned_s),
        rehearsed=(_at(setting, known[0]), _at(setting, known[2]), _at(setting, known[4])),
        actual=_at(setting, one.actual_s),
        later=difference((one.actual_s or 0) - (one.planned_s or 0)) if both else NOBODY,
        place=_percent(one.place) if one.place is not None else NOBODY,
        outside=one.place is not None and not 0.05 <= one.place <= 0.95,
    )


def _percent(share: float) -> Phrase:
    """Say a share as a whole percentage, kept left to right."""
    return each(lambda language: f"{LRI}{figure(language, 100 * share, decimals=0)}\N{NO-BREAK SPACE}%{PDI}")


def _at(setting: Setting, at_s: int | None) -> Phrase:
    return NOBODY if at_s is None else clock(setting, at_s)


def _calibration(found: Calibration) -> CalibrationBrief:
    says = [say("comparison.judged", n=found.n, operations=found.operations)]
    says += [_share(one) for one in found.shares]
    most = max((n / (high - low) for low, high, n in found.bins), default=1.0) or 1.0
    top = max(most, found.n)
    bars = tuple(
        Bar(x=WIDTH * low, width=WIDTH * (high - low), height=HEIGHT * n / (high - low) / top,
            label=f"{100 * low:g}-{100 * high:g} %", n=n)
        for low, high, n in found.bins
    )  # fmt: skip
    return CalibrationBrief(says=tuple(says), bars=bars, even=HEIGHT * found.n / top)


def _share(one: Share) -> Phrase:
    key = "comparison.share" if one.low <= one.level <= one.high else "comparison.share-off"
    return say(key, level=_percent(one.level), inside=one.inside, n=one.n, share=_percent(one.share),
               low=_percent(one.low), high=_percent(one.high))  # fmt: skip
