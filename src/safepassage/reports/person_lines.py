"""What is said of one person: where they are, when something happened, what it was."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from safepassage.ledger.clocks import NEVER_MS, Interval
from safepassage.ledger.facts import Fact
from safepassage.ledger.journeys import Where
from safepassage.reports.words import Phrase, Setting, called, clock, listed, literal, say, say_code
from safepassage.reports.words.phrases import NOTHING
from safepassage.reports.words.setting import NOBODY

WITHIN_MS: Final = 60_000
"""What lies within a minute is told as an instant."""

_DETAILS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "registered": ("household", "mobility", "age_band"), "walked-in": ("household", "mobility", "age_band"),
    "registered-unknown": ("household", "mobility", "age_band"), "token-given": ("token",),
    "transferred": ("from_vehicle",), "referred": ("hospital", "accompanied_by"), "merged": ("other",),
    "consented": ("manner", "by"), "handed-over": ("to_party",),
})  # fmt: skip
_CODED: Final = frozenset(("mobility", "age_band", "manner"))
"""Details of which the catalogue has the words."""

_KINDS: Final = MappingProxyType({"from_vehicle": "vehicle", "hospital": "site", "to_party": "party"})


def where_told(setting: Setting, where: Where) -> Phrase:
    """Say where somebody is."""
    return say_code("board.place", where.kind or "unknown", what=called(setting, where.id, *_kinds(where)))


def _kinds(where: Where) -> tuple[str, ...]:
    return ("vehicle",) if where.kind == "vehicle" else ("site",) if where.kind in ("site", "foot") else ()


def time_told(setting: Setting, time: Interval | None) -> Phrase:
    """Say when something happened: at, between, before or after; unknown where no clock was ever read."""
    if time is None:
        return NOBODY
    ends = [_clock(setting, ms) for ms in (time.earliest_ms, time.latest_ms, time.likely_ms)]
    known = [abs(ms) < NEVER_MS for ms in (time.earliest_ms, time.latest_ms)]
    if known == [False, False]:
        return say("person.time.likely", likely=ends[2]) if time.likely_ms else say("person.time.unknown")
    if known == [False, True]:
        return _unless_same("before", ends[1], ends[2], "latest")
    if known == [True, False]:
        return _unless_same("after", ends[0], ends[2], "earliest")
    if time.latest_ms - time.earliest_ms < WITHIN_MS:
        return ends[2]
    return say("person.time.between", earliest=ends[0], latest=ends[1], likely=ends[2])


def _unless_same(key: str, end: Phrase, likely: Phrase, name: str) -> Phrase:
    """Leave the likely time out where the clock shows the same."""
    if end == likely:
        return say(f"person.time.just-{key}", at=end)
    return say(f"person.time.{key}", likely=likely, **{name: end})


def _clock(setting: Setting, ms: int) -> Phrase:
    if abs(ms) >= NEVER_MS:
        return NOBODY
    return clock(setting, ms // 1000 - int(setting.start.timestamp()))


def event_told(setting: Setting, fact: Fact, *, reasons: bool = True) -> Phrase:
    """Say what an event says happened.

    Parameters
    ----------
    setting
        What ids are called.
    fact
        The event.
    reasons
        Whether the reason is told too.
    """
    what = say_code("person.event", fact.type)
    if fact.payload is None:
        return say("person.event.not-understood", what=what)
    said = [_detail(setting, fact, name) for name in _DETAILS.get(fact.type, ())]
    if reasons and (reason := getattr(fact.payload, "reason", "")):
        said.append(say("person.detail.reason", what=reason))
    told = [one for one in said if one]
    return say("person.event.with", what=what, details=listed(told)) if told else what


def _detail(setting: Setting, fact: Fact, name: str) -> Phrase:
    value = getattr(fact.payload, name, "")
    if not value:
        return NOTHING
    if name in _CODED:
        return say_code(f"person.{name}", value)
    if isinstance(value, tuple):
        told = listed([literal(one) for one in value])
    else:
        told = called(setting, value, _KINDS[name]) if name in _KINDS else literal(value)
    return say(f"person.detail.{name}", what=told)


def event_where(setting: Setting, fact: Fact) -> Phrase:
    """Say on which vehicle and at which site something happened."""
    named = [called(setting, one, kind) for one, kind in ((fact.vehicle, "vehicle"), (fact.site, "site")) if one]
    return listed(named) if named else NOBODY
