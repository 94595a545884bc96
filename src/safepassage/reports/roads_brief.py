"""What a look at the roads answers, as sentences and rows of tables: for its page and for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan, Solver
from safepassage.model.time import Window
from safepassage.reports.words import (
    Phrase,
    Setting,
    called,
    cited,
    clock,
    distance,
    duration,
    listed,
    literal,
    same,
    say,
    say_code,
    setting_of,
    times,
    titled,
)
from safepassage.reports.words.phrases import sentences
from safepassage.reports.words.rehearsal import number
from safepassage.reports.words.rehearsal import share as percent
from safepassage.reports.words.sentences import rule_name
from safepassage.roads.openness import FOREVER
from safepassage.roads.outlook import Broken, Closed, Drive, Driver, Joint, Leg, Outlook, Stage, Way, Weak

KM = 1000


class LegRow(Struct, frozen=True, kw_only=True):
    """A leg in words; `closed` and `more` are empty where nothing is closed."""

    start: Phrase
    end: Phrase
    who: Phrase
    time: Phrase
    length: Phrase
    open: Phrase
    closed: Phrase
    more: Phrase
    bad: bool
    changed: bool


class StageRow(Struct, frozen=True, kw_only=True):
    """A line of directions; `links` for `--close`."""

    at: Phrase
    what: Phrase
    length: Phrase
    time: Phrase
    note: Phrase
    links: tuple[str, ...]


class WeakRow(Struct, frozen=True, kw_only=True):
    """A weak stretch; `number` marks it on the map."""

    number: int
    road: Phrase
    at: Phrase
    length: Phrase
    costs: Phrase
    choice: Phrase
    what: str
    bad: bool


class WayText(Struct, frozen=True, kw_only=True):
    """A way: its heading, its lines, where it can be cut."""

    title: Phrase
    stages: tuple[StageRow, ...]
    locked: Phrase
    weak: tuple[WeakRow, ...]


class RoadsBrief(Struct, frozen=True, kw_only=True):
    """The answers in every language; texts hold directional isolates."""

    title: Phrase
    answer: Phrase
    good: bool
    trips: Phrase
    figures: tuple[tuple[str, Phrase], ...]
    closures: tuple[tuple[Phrase, Phrase, Phrase], ...]
    legs: tuple[LegRow, ...]
    by_many: bool
    ways: tuple[WayText, ...]
    joints: tuple[tuple[Phrase, Phrase, Phrase, Phrase], ...]
    broken: tuple[tuple[Phrase, Phrase, Phrase], ...]


def roads_setting(operation: Operation) -> Setting:
    """Return the names and the clock of an operation; every time with its day, for windows may lie on any.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        When the operation's time zone is unknown.
    """
    nothing = Plan(operation=operation.id, sha256="", status="infeasible", seed=0, solver=Solver(engine=""))
    return replace(setting_of(operation, nothing), with_day=True)


def roads_brief(operation: Operation, outlook: Outlook, *, legs_at_most: int | None = None) -> RoadsBrief:
    """Answer what is asked first: are the sites joined, what does a closure do, which way is driven.

    Parameters
    ----------
    operation
        Whose roads were looked at.
    outlook
        What was found.
    legs_at_most
        How many legs are put in words; None: all.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        When the operation's time zone is unknown.
    """
    setting = roads_setting(operation)
    return RoadsBrief(
        title=titled(operation),
        answer=_answer(setting, outlook),
        good=not (outlook.cut_off or outlook.unjoined or outlook.broken or _is_no_way(outlook)),
        trips=say("roads.trips", n=len(outlook.broken)) if outlook.broken else same(""),
        figures=_figures(setting, outlook),
        closures=tuple(_closure(setting, one) for one in outlook.closures),
        legs=tuple(_leg(setting, leg) for leg in outlook.legs[:legs_at_most]),
        by_many=len({leg.driver for leg in outlook.legs}) > 1,
        ways=_ways(setting, outlook),
        joints=tuple(_joint(setting, joint) for joint in outlook.joints),
        broken=tuple(_broken(setting, one) for one in outlook.broken),
    )


def _is_no_way(outlook: Outlook) -> bool:
    between = outlook.between
    return between is not None and not (between.ways if between.closed is None else between.closed)


def _answer(setting: Setting, outlook: Outlook) -> Phrase:
    if outlook.cut_off or outlook.unjoined:
        gone = (("roads.answer-cut", outlook.cut_off), ("roads.answer-unjoined", outlook.unjoined))
        return sentences(*(say(key, sites=_sites(setting, sites)) for key, sites in gone if sites))
    between = outlook.between
    if between is not None and _is_no_way(outlook):
        start, end = (called(setting, site, "site") for site in (between.start, between.end))
        return say("roads.answer-no-way", start=start, end=end)
    if outlook.closures:
        return _change(outlook.legs)
    without = sum(not leg.ways for leg in outlook.legs)
    return say("roads.answer-part", n=without, all=len(outlook.legs)) if without else say("roads.answer-fine")


def _change(legs: Sequence[Leg]) -> Phrase:
    """Say what a closure does that cuts nobody off."""
    lost = sum(leg.later_s is None for leg in legs)
    if lost:
        return say("roads.answer-lost", n=lost, all=len(legs))
    longer = [leg.later_s for leg in legs if leg.later_s]
    if longer:
        return say("roads.answer-longer", n=len(longer), all=len(legs), time=duration(max(longer)))
    return say("roads.answer-same")


def _sites(setting: Setting, sites: Sequence[SiteId]) -> Phrase:
    return listed([called(setting, site, "site") for site in sites])


def _figures(setting: Setting, outlook: Outlook) -> tuple[tuple[str, Phrase], ...]:
    roads = outlook.roads
    length = distance(round(roads.length_km * KM))
    legs = "roads.legs-plan" if outlook.planned else "roads.legs-all"
    whole = (
        say("roads.from-map", file=roads.file, length=length, n=number(roads.stretches))
        if roads.file
        else say("roads.from-table", length=length, n=number(roads.stretches))
    )
    drivers = {leg.driver for leg in outlook.legs}
    mixed = outlook.planned and drivers != {outlook.driver}
    return (
        ("roads.figure-roads", whole),
        ("roads.figure-sites", number(len(outlook.joints))),
        ("roads.figure-legs", say(legs, n=number(len(outlook.legs)))),
        ("roads.figure-for", say("roads.driven-by") if mixed else driver_name(setting, outlook.driver)),
    )


def driver_name(setting: Setting, driver: Driver) -> Phrase:
    """Say who is asked about: a vehicle with its measures, or a convoy."""
    if driver.convoy:
        return say("roads.convoy", convoy=cited(setting, driver.convoy, "convoy"))
    speed = percent(driver.speed_percent / 100)
    kind = say_code("kind", driver.kind)
    if not driver.size.weight_kg:
        return say("roads.boat", vehicle=literal(driver.vehicle), kind=kind, percent=speed)
    weight, height = (number(value, decimals=1) for value in (driver.size.weight_kg / KM, driver.size.height_cm / 100))
    return say("roads.vehicle", vehicle=literal(driver.vehicle), kind=kind, weight=weight, height=height, percent=speed)


def _closure(setting: Setting, one: Closed) -> tuple[Phrase, Phrase, Phrase]:
    when = say("roads.closed-lasting") if one.lasting else _span(setting, one.closure.from_s, one.closure.until_s)
    hits = say("roads.closed-links", n=len(one.links)) if one.links else say("roads.closed-nothing")
    return literal(one.text), when, hits


def _span(setting: Setting, from_s: int, until_s: int) -> Phrase:
    """Say a window; either end may be for ever."""
    begins, ends = from_s > -FOREVER // 2, until_s < FOREVER // 2
    if begins and ends:
        return times(setting, from_s, until_s)
    if begins:
        return say("roads.from-on", from_time=clock(setting, from_s))
    return say("roads.until", until=clock(setting, until_s)) if ends else say("roads.always")


def windows_told(setting: Setting, windows: tuple[Window, ...]) -> Phrase:
    """Say windows, those that last for ever with the end that they have."""
    return listed([_span(setting, one.from_s, one.until_s) for one in windows], at_most=3)


def _leg(setting: Setting, leg: Leg) -> LegRow:
    nothing, dash = same(""), same("–")
    closed = leg.closed
    after = nothing if closed is None else _drive(setting, closed)
    return LegRow(
        start=called(setting, leg.start, "site"),
        end=called(setting, leg.end, "site"),
        who=_who(setting, leg),
        time=duration(leg.ways[0].travel_s) if leg.ways else say("roads.never"),
        length=distance(leg.ways[0].length_m) if leg.ways else dash,
        open=_open(setting, leg.ways) if leg.ways else dash,
        closed=after,
        more=nothing if closed is None else _more(leg),
        bad=not leg.ways if closed is None else leg.later_s is None,
        changed=leg.later_s != 0,
    )


def _who(setting: Setting, leg: Leg) -> Phrase:
    who = leg.driver.convoy or leg.driver.vehicle
    name = called(setting, who, "convoy" if leg.driver.convoy else "vehicle")
    return say("roads.and", one=name, other=say("roads.drives", n=leg.times)) if leg.times > 1 else name


def _open(setting: Setting, ways: tuple[Drive, ...]) -> Phrase:
    """Say when the fastest way may be driven, and what else there is."""
    fastest = ways[0]
    slow = fastest.slow and say("roads.slow")
    if fastest.open is None:
        return slow or say("roads.always")
    when = say("roads.only", when=windows_told(setting, fastest.open))
    other = next((way for way in ways[1:] if way.open is None), None)
    told = (
        say("roads.otherwise-none", when=when)
        if other is None
        else say("roads.otherwise", when=when, time=duration(other.travel_s))
    )
    return say("roads.and", one=told, other=slow) if slow else told


def _drive(setting: Setting, ways: tuple[Drive, ...]) -> Phrase:
    if not ways:
        return say("roads.never")
    time = duration(ways[0].travel_s)
    if ways[0].open is None:
        return time
    return say("roads.and", one=time, other=say("roads.only", when=windows_told(setting, ways[0].open)))


def _more(leg: Leg) -> Phrase:
    later_s = leg.later_s
    if later_s is None:
        return say("roads.none-left")
    if not leg.ways:
        return say("roads.none-before")
    return say("roads.longer", time=duration(later_s)) if later_s else say("roads.no-longer")


def _joint(setting: Setting, joint: Joint) -> tuple[Phrase, Phrase, Phrase, Phrase]:
    site = called(setting, joint.site, "site")
    if joint.distance_m is None:
        far, road = say("roads.not-joined"), same("–")
    else:
        far = distance(round(joint.distance_m)) if joint.distance_m >= 1 else say("roads.at-site")
        road = road_name(joint.road)
    return site, far, road, say_code("roads", f"warning-{joint.warning or 'none'}")


def road_name(name: str) -> Phrase:
    """Say what a road is called, or that it has no name."""
    return literal(name) if name else say("roads.nameless")


def _ways(setting: Setting, outlook: Outlook) -> tuple[WayText, ...]:
    """Put the ways in words; weak stretches are numbered through all of them."""
    between = outlook.between
    if between is None:
        return ()
    ends = {"start": called(setting, between.start, "site"), "end": called(setting, between.end, "site")}
    told: list[WayText] = []
    count = 0
    for closed, ways in ((False, between.ways), (True, between.closed)):
        if ways is None:
            continue
        if not ways:
            title = say("roads.way-none-closed" if closed else "roads.way-none", **ends)
            told.append(WayText(title=title, stages=(), locked=same(""), weak=()))
        for at, way in enumerate(ways):
            told.append(_way(setting, way, _way_title(way, at, ends, closed=closed), count))
            count += len(way.weak)
    return tuple(told)


def _way_title(way: Way, at: int, ends: dict[str, Phrase], *, closed: bool) -> Phrase:
    figures = {"length": distance(way.length_m), "time": duration(way.travel_s)}
    if at:
        key = "roads.way-closed-other" if closed else "roads.way-other"
        return say(key, n=at, share=percent(way.share), **figures)
    return say("roads.way-closed", **figures) if closed else say("roads.way-now", **ends, **figures)


def _way(setting: Setting, way: Way, title: Phrase, count: int) -> WayText:
    locked = say("roads.locked", length=distance(round(way.locked_m)), from_length=distance(round(way.locked_from_m)))
    return WayText(
        title=title,
        stages=tuple(_stage(setting, stage, last=stage is way.stages[-1]) for stage in way.stages),
        locked=locked,
        weak=tuple(_weak(weak, count + at + 1) for at, weak in enumerate(way.weak)),
    )


def _stage(setting: Setting, stage: Stage, *, last: bool) -> StageRow:
    heading = say(f"roads.heading-{stage.heading}")
    if stage.access:
        what = say("roads.stage-enter") if last else say("roads.stage-leave", heading=heading)
    elif stage.turn == "start":
        what = say("roads.stage-start", heading=heading, road=road_name(stage.name))
    else:
        what = say(f"roads.stage-{stage.turn}", road=road_name(stage.name))
    return StageRow(
        at=distance(round(stage.from_m)),
        what=what,
        length=distance(round(stage.length_m)),
        time=duration(stage.travel_s),
        note=_note(setting, stage),
        links=stage.links,
    )


def _note(setting: Setting, stage: Stage) -> Phrase:
    """Say what is special: marks, sites passed, when it is open and by whom."""
    notes = [say(f"roads.mark-{mark}") for mark in stage.marks]
    if stage.passes:
        notes.append(say("roads.passes", sites=_sites(setting, stage.passes)))
    if stage.open is not None:
        when = windows_told(setting, stage.open)
        notes.append(say("roads.gated", when=when) if stage.open else say("roads.never-open"))
    if stage.clauses:
        notes.append(say("roads.by-clause", clauses=listed([cited(setting, one, "clause") for one in stage.clauses])))
    told = notes[0] if notes else same("")
    for note in notes[1:]:
        told = say("roads.and", one=told, other=note)
    return told


def _weak(weak: Weak, count: int) -> WeakRow:
    marks = [say(f"roads.mark-{mark}") for mark in weak.marks]
    ends = [literal(name) for name in dict.fromkeys(weak.names[:1] + weak.names[-1:])]
    road = say("roads.weak-roads", start=ends[0], end=ends[-1]) if len(ends) > 1 else road_name("".join(weak.names))
    return WeakRow(
        number=count,
        road=say("roads.and", one=road, other=listed(marks)) if marks else road,
        at=distance(round(weak.from_m)),
        length=distance(round(weak.length_m)),
        costs=say("roads.lost") if weak.extra_s is None else say("roads.costs", time=duration(weak.extra_s)),
        choice=_choice(weak),
        what=weak.what,
        bad=weak.extra_s is None,
    )


def _choice(weak: Weak) -> Phrase:
    if weak.choice_m is None:
        return say("roads.choice-none")
    at, back_m = distance(round(weak.choice_m)), round(weak.from_m - weak.choice_m)
    return say("roads.choice", length=distance(back_m), at=at) if back_m > 0 else say("roads.choice-there", at=at)


def _broken(setting: Setting, one: Broken) -> tuple[Phrase, Phrase, Phrase]:
    rules = listed([rule_name(rule) for rule in dict.fromkeys(found.rule for found in one.violations)])
    return literal(one.trip), called(setting, one.vehicle, "vehicle"), rules
