"""The oracle's roads: link by link with cuts, windows, rests and screenings, together or left behind."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any, TypeAlias

import simpy
from scipy.special import ndtri

from rehearsal.oracle_world import (
    ENDS,
    HAPPENS,
    PARTS,
    At,
    Course,
    Group,
    Ride,
    World,
    scattered_s,
    seconds,
    told,
)
from safepassage.rehearsal.script import (
    BREAKDOWNS,
    DETOUR,
    HOLD,
    NEVER,
    OPTIONS,
    REPAIR,
    RETURN,
    SCREENINGS,
    SPARE,
    SPLIT,
    TRANSFER,
    Ints,
)
from safepassage.rehearsal.streams import normal, uniform

Passage: TypeAlias = Generator[simpy.Event, Any, bool]


def by_itself(world: World, ride: Ride, clock_s: int) -> Group:
    """Let a vehicle drive alone from an instant on."""
    return Group(len(world.script.columns.departure) + ride.number, [ride], 0, -1, clock_s)


def on_the_way(world: World, group: Group) -> Course:
    """Drive link by link to the stop; who arrives ends the drive."""
    while group.rides and group.link < len(group.rides[0].links):
        ride, link = group.rides[0], group.rides[0].links[group.link]
        planned_s = int(world.script.drives.link_s[link])
        if not group.on_link and not (yield from _enters(world, group, link, planned_s)):
            return
        if group.on_link:
            lasts_s = _lasts_s(world, ride, link, planned_s, dark=group.dark)
            if not (yield from _crosses(world, group, link, lasts_s)):
                return
        if group.rides:
            link = group.rides[0].links[group.link - 1]
            _screened(world, group, int(world.script.drives.link_end[link]))
    for ride in group.rides:
        world.env.process(_arrives(world, ride, group.clock_s + group.behind_s(ride)))


def _arrives(world: World, ride: Ride, at_s: int) -> Course:
    world.end[ride.activity] = at_s
    yield world.moment(at_s, ENDS, ride.activity)
    told(world, ride.activity, at_s, of_start=False)


def _now(world: World, group: Group, behind_s: int = 0) -> At:
    """Let the run come to the clock of a group."""
    return world.moment(group.clock_s + behind_s, HAPPENS, group.number)


def _drives(group: Group, driven_s: int) -> None:
    """Count what all crews of a group have driven."""
    for ride in group.rides:
        ride.vehicle.driven_s += driven_s
        ride.vehicle.today_s += driven_s


def _lasts_s(world: World, ride: Ride, link: int, planned_s: int, *, dark: bool) -> int:
    """Return how long a ride takes for something; in the dark as much longer as one then drives slower."""
    if dark:
        planned_s = math.ceil(planned_s * 100 / world.script.dark_percent)
    return scattered_s(world, world.script.drives.link_law[link], ride.own, planned_s)


def _in_the_dark(world: World, ride: Ride, link: int, planned_s: int, from_s: int) -> bool:
    """Tell whether who does not drive slowly as planned, and sets off, would come into a night."""
    script = world.script
    until_s = from_s + _lasts_s(world, ride, link, planned_s, dark=False)
    nights = zip(script.dark_from.tolist(), script.dark_until.tolist(), strict=True)
    return not script.drives.slow[ride.number] and any(max(a, from_s) < min(b, until_s) for a, b in nights)


def _enters(world: World, group: Group, link: int, planned_s: int) -> Passage:
    """Wait until a link is open to all and not cut, or take another way; False when nobody goes on."""
    script, came_s = world.script, [group.clock_s + group.behind_s(ride) for ride in group.rides]
    while True:
        yield _now(world, group)
        ride, comes_s = group.rides[0], group.clock_s
        group.dark = _in_the_dark(world, ride, link, planned_s, comes_s)
        enters_s = _open_to_all_s(world, group, link, _lasts_s(world, ride, link, planned_s, dark=group.dark))
        if enters_s > group.clock_s:
            world.seen["link: never open again" if enters_s == NEVER else "link: waited for a window"] += 1
        group.clock_s = enters_s
        _waits(world, group, came_s)
        if enters_s == NEVER:
            return False
        cut = _cut_at(world, link, group.clock_s)
        if cut < 0 and group.clock_s > comes_s:
            continue
        world.seen["link: in the dark"] += group.dark
        if cut < 0:
            group.on_link, group.done_s = True, 0
            return True
        world.tally["road-cuts-met"] += 1
        option = _choice_before(world, group, link, cut)
        world.seen[f"before a cut: {OPTIONS[option]}"] += 1
        if option == RETURN:
            world.tally["returned"] += group.people()
            return False
        if option == DETOUR:
            round_s = int(script.drives.round_s[link])
            dark = _in_the_dark(world, ride, link, round_s, group.clock_s)
            lasts_s = _lasts_s(world, ride, link, round_s, dark=dark)
            _drives(group, lasts_s)
            group.clock_s += lasts_s
            group.link = len(group.rides[0].links)
            return True
        group.clock_s = world.cut_s[cut][1]


def _waits(world: World, group: Group, came_s: list[int]) -> None:
    """Note who stands before the next link, since when and until when so far."""
    for ride, since_s in zip(group.rides, came_s, strict=True):
        link = ride.links[group.link]
        until_s = NEVER if group.clock_s == NEVER else group.clock_s + group.behind_s(ride)
        if until_s > since_s:
            world.held[link] = world.held.get(link, (since_s, 0))[0], until_s


def _open_to_all_s(world: World, group: Group, link: int, lasts_s: int) -> int:
    """Return the first instant at which the head may enter a link so that each in turn finds it open to its end."""
    drives = world.script.drives
    span = range(drives.open_at[link], drives.open_at[link + 1])
    windows = [(int(drives.open_from[window]), int(drives.open_until[window])) for window in span]
    if not windows:
        return group.clock_s
    behind = [group.behind_s(ride) for ride in group.rides]

    def fits(at_s: int) -> bool:
        return all(any(a <= at_s + one and at_s + one + lasts_s <= b for a, b in windows) for one in behind)

    candidates = {group.clock_s, *(max(group.clock_s, a - one) for a, _ in windows for one in behind)}
    return min(filter(fits, candidates), default=NEVER)


def _cuts_of(world: World, link: int) -> range:
    road = world.script.drives.link[link]
    return range(world.script.incidents.cut_at[road], world.script.incidents.cut_at[road + 1])


def _cut_at(world: World, link: int, at_s: int) -> int:
    """Return a cut of a link that is there at an instant, -1 for none."""
    there = [cut for cut in _cuts_of(world, link) if world.cut_s[cut][0] <= at_s < world.cut_s[cut][1]]
    return there[0] if there else -1


def _may_wait(world: World, cut: int, waits_s: int) -> bool:
    longest_s = world.script.incidents.cut_hold[cut]
    return bool(longest_s == 0 or waits_s <= longest_s)


def _choice_before(world: World, group: Group, link: int, cut: int) -> int:
    """Return what those who stand before a cut do."""
    drives = world.script.drives
    for option in options(world.script.incidents.cut_options[cut]):
        if option == DETOUR and drives.round_s[link] < NEVER:
            return option
        if option == RETURN and drives.back_s[link] < NEVER:
            return option
        if option == HOLD and _may_wait(world, cut, world.cut_s[cut][1] - group.clock_s):
            return option
    return HOLD


def _crosses(world: World, group: Group, link: int, lasts_s: int) -> Passage:
    """Drive to the end of a link, with breakdowns, cuts and rests on the way; False when nobody goes on."""
    while True:
        breaks_s, who = _next_breakdown(group, lasts_s)
        until_s = min(lasts_s, breaks_s, group.done_s + _may_drive_s(world, group))
        if not (yield from _rolls(world, group, link, until_s - group.done_s)):
            return False
        group.done_s = until_s
        if who is not None and until_s == breaks_s:
            yield _now(world, group, group.behind_s(who))
            if not _broken_down(world, group, who, link):
                return False
        elif until_s == lasts_s:
            break
        else:
            _rest(world, group)
    if not _rear_leaves(world, group, link, lasts_s):
        return False
    group.on_link = False
    group.link += 1
    return True


def _next_breakdown(group: Group, lasts_s: int) -> tuple[int, Ride | None]:
    """Return after how many seconds of its link somebody breaks down, and who (the foremost of several)."""
    those = [ride for ride in group.rides if ride.breaks_on == group.link and not ride.vehicle.empty]
    if not those:
        return NEVER, None
    who = min(those, key=lambda ride: ride.breaks_at)
    return who.breaks_at * lasts_s // PARTS, who


def _may_drive_s(world: World, group: Group) -> int:
    """Return for how long all may drive before the crews of one have to rest."""
    fleet = world.script.fleet
    left = [fleet.before_rest[ride.vehicle.number] - ride.vehicle.driven_s for ride in group.rides]
    left += [fleet.in_day[ride.vehicle.number] - ride.vehicle.today_s for ride in group.rides]
    return max(0, int(min(left)))


def _rest(world: World, group: Group) -> None:
    """Let all crews rest, for a night when those of one vehicle have driven their day."""
    spent = [ride.vehicle.today_s >= world.script.fleet.in_day[ride.vehicle.number] for ride in group.rides]
    for ride in group.rides:
        ride.vehicle.driven_s = 0
        if any(spent):
            ride.vehicle.today_s = 0
    world.seen["crew: night" if any(spent) else "crew: rest"] += 1
    group.clock_s += int(world.script.night_s if any(spent) else world.script.rest_s)


def _next_cut(world: World, link: int, from_s: int, moves_s: int) -> tuple[int, int]:
    """Return when who moves on a link for some seconds is stopped by a cut, and which (NEVER, -1: by none)."""
    found = [
        (max(from_s, cut_s), cut)
        for cut in _cuts_of(world, link)
        for cut_s, until_s in [world.cut_s[cut]]
        if cut_s < from_s + moves_s and from_s < until_s and cut_s < until_s
    ]
    return min(found, default=(NEVER, -1))


def _rolls(world: World, group: Group, link: int, moves_s: int) -> Passage:
    """Move for some seconds on a link, and stand while it is cut; False when all turn back."""
    _drives(group, moves_s)
    while moves_s > 0:
        stops_s, cut = _next_cut(world, link, group.clock_s, moves_s)
        if cut < 0:
            break
        moves_s -= stops_s - group.clock_s
        group.clock_s = stops_s
        yield _now(world, group)
        if not _held(world, group, link, cut):
            return False
    group.clock_s += moves_s
    yield _now(world, group)
    return True


def _held(world: World, group: Group, link: int, cut: int) -> bool:
    """Stand on a link that is cut until it is open again; False when all turn back."""
    world.tally["road-cuts-met"] += 1
    option = _choice_on(world, link, cut, group.clock_s, (RETURN, HOLD))
    world.seen[f"on a cut road: {OPTIONS[option]}"] += 1
    if option == RETURN:
        world.tally["returned"] += group.people()
        return False
    group.clock_s = world.cut_s[cut][1]
    return True


def _rear_leaves(world: World, group: Group, link: int, lasts_s: int) -> bool:
    """Let the others leave a link after the head; whom a cut keeps on it is waited for, or follows alone.

    It is told of when the head leaves.
    """
    at_s, moved_s = group.clock_s, 0
    while moved_s < group.length_s():
        stops_s, cut = _next_cut(world, link, at_s, group.length_s() - moved_s)
        if cut < 0:
            break
        moved_s += stops_s - at_s
        world.tally["road-cuts-met"] += 1
        option = _choice_on(world, link, cut, stops_s, (SPLIT, RETURN, HOLD))
        world.seen[f"behind the head: {OPTIONS[option]}"] += 1
        if option == RETURN:
            world.tally["returned"] += group.people()
            return False
        at_s = world.cut_s[cut][1]
        if option == SPLIT:
            for ride in [ride for ride in group.rides if group.behind_s(ride) > moved_s]:
                _follows(world, group, ride, group.behind_s(ride) - moved_s, (lasts_s, stops_s, at_s))
        else:
            group.clock_s += at_s - stops_s
    return True


def _choice_on(world: World, link: int, cut: int, stops_s: int, possible: tuple[int, ...]) -> int:
    """Return what those do whom a cut stops on a link; to split, the head has to be past it."""
    for option in options(world.script.incidents.cut_options[cut]):
        back = world.script.drives.back_s[link] < NEVER
        waits = _may_wait(world, cut, world.cut_s[cut][1] - stops_s)
        if option in possible and {RETURN: back, HOLD: waits}.get(option, True):
            return option
    return HOLD


def _follows(world: World, group: Group, ride: Ride, missing_s: int, times_s: tuple[int, int, int]) -> None:
    """Leave a vehicle behind that is `missing_s` before the end of a link that takes `lasts_s`, until it is open."""
    lasts_s, cut_s, open_s = times_s
    alone = by_itself(world, ride, open_s)
    alone.link, alone.done_s, alone.on_link, alone.dark = group.link, lasts_s - missing_s, True, group.dark
    if missing_s > lasts_s:
        # it had not come to the link yet
        alone.on_link, alone.clock_s = False, max(open_s, cut_s + missing_s - lasts_s)
        _waits(world, alone, [cut_s + missing_s - lasts_s])
    # its crews have not driven yet what is counted for the column
    _drives(alone, -min(missing_s, lasts_s))
    _parts(world, group, ride)
    world.env.process(on_the_way(world, alone))


def _parts(world: World, group: Group, ride: Ride) -> None:
    """Take a vehicle out of its column: nobody waits for it, and its free places are gone."""
    vehicle, columns = ride.vehicle, world.script.columns
    group.rides.remove(ride)
    vehicle.apart = True
    world.tally["splits"] += 1
    for arc in columns.void[columns.void_at[vehicle.number] : columns.void_at[vehicle.number + 1]]:
        if not world.awaited[arc].triggered:
            world.awaited[arc].succeed()
    if not vehicle.empty:
        places = world.script.fleet.places[vehicle.number].tolist()
        _make_room(world, group, [aboard - all_of for aboard, all_of in zip(ride.aboard, places, strict=True)])


def _make_room(world: World, group: Group, more: list[int]) -> None:
    room = world.room[group.convoy]
    world.room[group.convoy] = [one + other for one, other in zip(room, more, strict=True)]


def _broken_down(world: World, group: Group, who: Ride, link: int) -> bool:
    """Take the first option there is; False when nobody goes on."""
    drives, incidents = world.script.drives, world.script.incidents
    kind, key = drives.breaks[who.number], drives.break_key[who.number]
    world.tally["breakdowns"] += 1
    who.breaks_on = -1
    takes_s = seconds(world.quantile(incidents.repair[kind], normal(*world.words(BREAKDOWNS, key, 1)[:2])))
    for option in options(incidents.break_options[kind]):
        if option == SPARE:
            comes_s = _spare_s(world, who, int(drives.link_end[link]))
            if comes_s < NEVER:
                takes_s = comes_s + int(drives.transfer[who.number])
                break
        elif option == REPAIR or _can(world, group, who, option, back=drives.back_s[link] < NEVER):
            break
    else:
        option = REPAIR
    world.seen[f"breakdown: {OPTIONS[option]}"] += 1
    return _goes_on(world, group, who, option, takes_s)


def _goes_on(world: World, group: Group, who: Ride, option: int, takes_s: int) -> bool:
    """Do what was chosen after a breakdown; False when nobody goes on."""
    if option == SPLIT:
        alone = by_itself(world, who, group.clock_s + group.behind_s(who) + takes_s)
        alone.link, alone.done_s, alone.on_link, alone.dark = group.link, group.done_s, True, group.dark
        _parts(world, group, who)
        world.env.process(on_the_way(world, alone))
    elif option == RETURN:
        world.tally["returned"] += sum(who.aboard)
        if group.convoy >= 0:
            _parts(world, group, who)
        return group.convoy >= 0 and bool(group.rides)
    elif option == TRANSFER:
        _make_room(world, group, [-places for places in world.script.fleet.places[who.vehicle.number].tolist()])
        who.vehicle.empty = True
        group.clock_s += int(world.script.drives.transfer[who.number])
    else:
        group.clock_s += takes_s
    return True


def _can(world: World, group: Group, who: Ride, option: int, *, back: bool) -> bool:
    """Tell whether an option is there after a breakdown."""
    if option == TRANSFER:
        return group.convoy >= 0 and _room_for(world, group, who)
    return (option == SPLIT and len(group.rides) > 1) or (option == RETURN and back)


def _spare_s(world: World, who: Ride, site: int) -> int:
    """Call the spare vehicle that is there first of those that hold the people; NEVER when there is none."""
    fleet = world.script.fleet
    found = [
        (int(fleet.spare_ready[pool] + fleet.spare_to[pool, site]), pool)
        for pool, left in enumerate(world.spares)
        if left > 0 and all(fleet.spare_places[pool] >= who.aboard) and fleet.spare_to[pool, site] < NEVER
    ]
    if not found:
        return NEVER
    comes_s, pool = min(found)
    world.spares[pool] -= 1
    world.tally["spares-used"] += 1
    return comes_s


def _room_for(world: World, group: Group, who: Ride) -> bool:
    """Tell whether the free places of the others hold the people of a vehicle."""
    places = world.script.fleet.places[who.vehicle.number].tolist()
    own = [all_of - aboard for all_of, aboard in zip(places, who.aboard, strict=True)]
    others = [room - mine for room, mine in zip(world.room[group.convoy], own, strict=True)]
    return all(room >= aboard for room, aboard in zip(others, who.aboard, strict=True))


def _screened(world: World, group: Group, site: int) -> None:
    """Screen everybody aboard, and wait for those detained as long as that is planned."""
    incidents = world.script.incidents
    number = incidents.screen_of[site]
    if number < 0:
        return
    key = incidents.screen_key[number] ^ world.script.drives.key[group.rides[0].number]
    first, second = world.words(SCREENINGS, key), world.words(SCREENINGS, key, 1)
    people = group.people()
    group.clock_s += seconds(people * world.quantile(incidents.screen_each[number], normal(*first[:2])))
    detained = _binomial(people, float(incidents.screen_detains[number]), uniform(first[2]))
    within, waits_s = float(incidents.screen_within[number]), int(incidents.screen_waits[number])
    if detained == 0:
        world.seen["screening: nobody detained"] += 1
        return
    kept = _binomial(detained, 1 - within, uniform(second[0]))
    world.seen["screening: kept" if kept else "screening: released"] += 1
    if kept:
        world.tally["detained"] += kept
        group.clock_s += waits_s
        return
    # all are released in time: the last of them after the greatest of as many draws
    last = float(ndtri(within * uniform(first[3]) ** (1 / detained)))
    group.clock_s += min(waits_s, seconds(world.quantile(incidents.screen_release[number], last)))


def options(row: Ints) -> list[int]:
    """Read a row of options, which is filled up with -1."""
    return [int(option) for option in row if option >= 0]


def _binomial(count: int, share: float, level: float) -> int:
    """Return of how many of `count` something is true that is true of each with probability `share`."""
    if share <= 0 or share >= 1:
        return count if share >= 1 else 0
    below = 0.0
    for found in range(count):
        below += math.comb(count, found) * share**found * (1 - share) ** (count - found)
        if level <= below:
            return found
    return count
