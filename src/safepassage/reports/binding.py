"""What binds, in a few sentences: the chain cut where the convoy departs or a party acts, each part summed up."""

from __future__ import annotations

from collections.abc import Iterator

from safepassage.model.ids import SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import ChainLink, Plan
from safepassage.reports.words import (
    Phrase,
    Setting,
    cited,
    clause_reading,
    clock,
    duration,
    listed,
    say,
    say_code,
    times,
)

_CUTS = frozenset(("convoy-departure", "milestone"))
_PARTS_AT_MOST = 4


def what_binds(operation: Operation, plan: Plan, setting: Setting) -> tuple[Phrase, ...]:
    """Say which clauses bind and what the chain of the makespan consists of, in the order of time."""
    found = [clause_reading(setting, reading) for reading in plan.clauses if reading.binds]
    found += _availability(operation, plan, setting)
    parts = list(_parts(plan.chain))
    hospitals = {site.id for site in operation.sites if site.kind == "hospital"}
    for number, part in enumerate(parts):
        cut = part[0] if part[0].activity in _CUTS else None
        done = part[1:] if cut else part
        if cut:
            found.append(_cut(setting, cut))
        if done:
            key = _key(cut, done, hospitals, last=number == len(parts) - 1)
            found.append(_told(setting, done, key))
    return tuple(found)


def _availability(operation: Operation, plan: Plan, setting: Setting) -> list[Phrase]:
    if not plan.chain:
        return []
    first = plan.chain[0]
    return [
        say("binds.available", who=cited(setting, vehicle.id), time=clock(setting, vehicle.available_from_s))
        for vehicle in operation.vehicles
        if vehicle.id == first.subject and 0 < vehicle.available_from_s == first.start_s
    ]


def _parts(chain: tuple[ChainLink, ...]) -> Iterator[list[ChainLink]]:
    part: list[ChainLink] = []
    for link in chain:
        if link.activity in _CUTS and part:
            yield part
            part = []
        part.append(link)
    if part:
        yield part


def _key(cut: ChainLink | None, done: list[ChainLink], hospitals: set[SiteId], *, last: bool) -> str:
    if cut and cut.activity == "convoy-departure":
        return "binds.march"
    if any(link.activity in {"treat", "referral"} or link.site in hospitals for link in done):
        return "binds.referrals"
    return "binds.runs" if last else "binds.before"


def _told(setting: Setting, part: list[ChainLink], key: str) -> Phrase:
    subjects = dict.fromkeys(link.subject for link in part if link.activity != "treat")
    return say(
        key,
        when=times(setting, part[0].start_s, max(link.end_s for link in part)),
        who=listed([cited(setting, subject) for subject in subjects], at_most=3),
        doings=listed(_sums(part), at_most=_PARTS_AT_MOST),
    )


def _cut(setting: Setting, link: ChainLink) -> Phrase:
    what, at = cited(setting, link.subject), clock(setting, link.end_s)
    key = "binds.departure" if link.activity == "convoy-departure" else "binds.milestone"
    if not link.gate:
        return say(key, what=what, time=at)
    gates = listed([cited(setting, gate) for gate in link.gate.split()])
    if link.waits_s <= 0:
        return say(f"{key}-for", what=what, time=at, gate=gates)
    return say(f"{key}-waited", what=what, time=at, gate=gates, wait=duration(link.waits_s))


def _sums(part: list[ChainLink]) -> list[Phrase]:
    """Sum the seconds of a part by what is done, the longest first; overlaps count once, from the later start."""
    sums: dict[str, int] = {}
    until_s = part[0].start_s
    for link in part:
        _add(sums, "wait", link.start_s - until_s)
        _add(sums, link.activity, link.end_s - max(link.start_s, until_s))
        until_s = max(until_s, link.end_s)
    ordered = sorted(sums.items(), key=lambda item: -item[1])
    return [say("binds.sum", what=say_code("doing", name), time=duration(seconds)) for name, seconds in ordered]


def _add(sums: dict[str, int], name: str, seconds: int) -> None:
    if seconds > 0:
        sums[name] = sums.get(name, 0) + seconds
