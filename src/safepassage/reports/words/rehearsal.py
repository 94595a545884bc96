"""What a rehearsal found, in words: chances, instants, causes, changes, assumptions."""

from __future__ import annotations

import re

from safepassage.rehearsal.outcome import Change, Critical, Gate
from safepassage.reports.doubts import figure_name
from safepassage.reports.words.languages import figure
from safepassage.reports.words.measures import counted, duration
from safepassage.reports.words.phrases import LRI, PDI, Phrase, each, is_said, listed, literal, say, say_code
from safepassage.reports.words.setting import Setting, called, cited

_ADDED = re.compile(r"(?P<what>[a-z][a-z-]*)(?P<sign>[+-])(?P<amount>\d+)(?P<unit>s|min|h|d)?")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_WHOLE_FROM = 10
_NAMED_AT_MOST = 4
_OF_KINDS = frozenset(("breakdown", "spare", "reserve"))
_CONTROL_POINTS = frozenset(("head", "tail"))


def number(value: float, *, decimals: int = 0) -> Phrase:
    """Say a number with its thousands apart, kept left to right."""
    return each(lambda language: f"{LRI}{figure(language, value, decimals=decimals)}{PDI}")


def mean(value: float) -> Phrase:
    """Say a mean of counts: whole from ten on, with one decimal below."""
    return number(value, decimals=0 if value >= _WHOLE_FROM else 1)


def share(value: float) -> Phrase:
    """Say a share of one as a percentage; what is rare never looks like never, nor what is frequent like always."""
    if 0 < value < 0.001:
        return say("share.under", n=number(0.1, decimals=1))
    if 0.999 < value < 1:
        return say("share.over", n=number(99.9, decimals=1))
    decimals = 0 if f"{value * 100:.1f}".endswith(".0") else 1
    return each(lambda language: f"{LRI}{figure(language, value * 100, decimals=decimals)}\N{NO-BREAK SPACE}%{PDI}")


def points(value: float) -> Phrase:
    """Say a difference of two chances in points of a percentage, with its sign."""
    size = round(abs(value) * 100, 1)
    sign = ("" if size == 0 else "+") if value >= 0 or size == 0 else "\N{MINUS SIGN}"
    decimals = 1 if size else 0
    return say("share.points", n=each(lambda language: f"{LRI}{sign}{figure(language, size, decimals=decimals)}{PDI}"))


def instant_name(setting: Setting, name: str) -> Phrase:
    """Say what an instant of a rehearsal is: a milestone, or a convoy's head or tail at a control point."""
    which, _, rest = name.partition(" ")
    site, _, convoy = rest.partition(" ")
    if which in _CONTROL_POINTS and convoy:
        return say(f"instant.{which}", convoy=cited(setting, convoy, "convoy"), site=called(setting, site, "site"))
    return called(setting, name, "milestone")


def is_control_point(name: str) -> bool:
    """Tell whether an instant is one of a convoy at a control point."""
    return name.partition(" ")[0] in _CONTROL_POINTS


def ride_name(setting: Setting, name: str) -> Phrase:
    """Say whose time under way is told: a vehicle on one of its trips."""
    vehicle, _, trip = name.partition(" ")
    return (
        say("instant.ride", vehicle=called(setting, vehicle, "vehicle"), trip=literal(trip)) if trip else literal(name)
    )


def activity_name(setting: Setting, found: Critical | Gate, *, private: bool) -> Phrase:
    """Say what an activity does where and by whom; with `private`, not by whom: a patient is not named here."""
    what = doing_name(setting, found)
    return what if private or not found.subject else say("critical.of", what=what, who=cited(setting, found.subject))


def doing_name(setting: Setting, found: Critical | Gate) -> Phrase:
    """Say what kind of activity it is, and where."""
    what = say_code("doing", found.activity)
    if not found.site:
        return what
    key = "critical.to" if found.activity == "drive" else "critical.at"
    return say(key, what=what, site=called(setting, found.site, "site"))


def change_name(change: str) -> Phrase:
    """Say a change: `bus+1` is one bus more, `window+40min` a longer window; one that is not known stands as it is."""
    found = _ADDED.fullmatch(change)
    if found is None:
        return literal(change)
    amount, more = int(found["amount"]), found["sign"] == "+"
    if found["unit"]:
        if found["what"] != "window":
            return literal(change)
        time = duration(amount * _SECONDS[found["unit"]])
        return say("change.window-longer" if more else "change.window-shorter", time=time)
    if not is_said(f"count.{found['what']}"):
        return literal(change)
    return say("change.more" if more else "change.fewer", amount=counted(found["what"], amount))


def earlier(seconds: float) -> Phrase:
    """Say by how much something comes earlier or later, to the minute."""
    minutes = round(seconds / 60)
    if minutes == 0:
        return say("changes.hardly") if seconds else say("unchanged")
    return say("earlier" if minutes > 0 else "later", time=duration(abs(minutes) * 60))


def earlier_between(low_s: float, high_s: float) -> Phrase:
    """Say between what something comes earlier or later; once where both ends are told alike."""
    low, high = earlier(low_s), earlier(high_s)
    return low if low == high else say("span.to", low=low, high=high)


def change_told(found: Change) -> Phrase:
    """Say what a change brings, in one line."""
    return say(
        "changes.brings",
        change=change_name(found.change),
        more=points(found.out_in_time),
        chances=say("span.to", low=points(found.out_low), high=points(found.out_high)),
        earlier=earlier(found.earlier_s),
        times=earlier_between(found.earlier_low_s, found.earlier_high_s),
    )


def assumption_name(setting: Setting, what: str) -> Phrase:
    """Say what is assumed: a kind (`drive`) or a figure by its path, alone or with what it is about behind blanks."""
    kind, *subjects = what.split()
    if is_said(f"assumption.{kind}"):
        name = say(f"assumption.{kind}")
    elif "." in kind:
        name = figure_name(kind)
    else:
        return literal(what)
    about = [_about(setting, kind, subject) for subject in subjects]
    return say("assumption-of", what=name, subject=listed(about, at_most=_NAMED_AT_MOST)) if about else name


def _about(setting: Setting, kind: str, subject: str) -> Phrase:
    """Say what an assumption is about: vehicles and stores by their kind, everything else by its name."""
    groups = ("reserve", "whom") if kind in _OF_KINDS else ()
    known = (f"{group}.{subject}" for group in groups if is_said(f"{group}.{subject}"))
    key = next(known, None)
    return say(key) if key else called(setting, subject)


def whom_name(whom: str) -> Phrase:
    """Say for whom a reserve is."""
    return say_code("whom", whom or "everyone")
