"""What stops a drive under way, and the first of the options that can be taken.

Where none can be taken, everyone waits until it is over: the vehicle is repaired, the road is open again.
"""

from __future__ import annotations

import math

from safepassage.kernels import kernel
from safepassage.rehearsal.arena import (
    ABOARD,
    AT_LINK,
    BACK_S,
    BREAK_KEY,
    BREAK_LINK,
    BREAK_OPTIONS,
    BREAK_SHARE,
    BREAKS,
    CLOCK,
    CONVOY,
    CUT_AT,
    CUT_FROM,
    CUT_HOLD,
    CUT_OPTIONS,
    CUT_UNTIL,
    DEPARTURE,
    DONE,
    DRIVE_KEY,
    DRIVEN,
    DRIVEN_IN_DAY,
    EMPTIED,
    ENTERED,
    FREE,
    HELD_FROM,
    HELD_UNTIL,
    LINK,
    LINK_AT,
    LINK_END,
    MEMBER,
    MEMBER_AT,
    OPEN_AT,
    OPEN_FROM,
    OPEN_UNTIL,
    PLACES,
    REPAIR_LAW,
    ROUND_S,
    RUN,
    SCREEN_DETAINS,
    SCREEN_EACH,
    SCREEN_KEY,
    SCREEN_OF,
    SCREEN_RELEASE,
    SCREEN_WAITS,
    SCREEN_WITHIN,
    SEEDS,
    SPARE_PLACES,
    SPARE_READY,
    SPARE_TO,
    SPARES,
    TALLY,
    TRANSFER_S,
    VEHICLE,
    WHO,
    length,
    look_up,
)
from safepassage.rehearsal.processes import aboard, behind_s, is_with, lead, part, people, tire
from safepassage.rehearsal.sampling import driven_s, gets_dark
from safepassage.rehearsal.script import (
    BREAKDOWNS,
    BROKEN,
    CUTS_MET,
    DETAINED,
    DETOUR,
    HOLD,
    NEVER,
    OPTIONS,
    REPAIR,
    RETURN,
    RETURNED,
    SCREENINGS,
    SPARE,
    SPARES_USED,
    SPLIT,
    TRANSFER,
    Floats,
    Ints,
)
from safepassage.rehearsal.streams import FARTHEST, block, normal, uniform

ON, ROUND, GONE = 0, 1, -1
SHARES = 1_000_000
"""Into so many parts a link is divided."""


@kernel
def shut(w: Ints, process: int, link: int, lasts_s: int) -> bool:
    """Wait until a link is open for everybody from entry to exit; False when it never is."""
    first, last = w[w[OPEN_AT] + link], w[w[OPEN_AT] + link + 1]
    waits = first != last
    while waits:
        waits = False
        for member in range(w[w[MEMBER_AT] + process], w[w[MEMBER_AT] + process + 1]):
            drive = w[w[MEMBER] + member]
            if not is_with(w, process, drive):
                continue
            behind = behind_s(w, process, drive)
            enters_s = NEVER
            for window in range(first, last):
                from_s = max(w[w[CLOCK] + process] + behind, w[w[OPEN_FROM] + window])
                if from_s + lasts_s <= w[w[OPEN_UNTIL] + window]:
                    enters_s = from_s
                    break
            if enters_s == NEVER:
                return False
            if enters_s - behind > w[w[CLOCK] + process]:
                w[w[CLOCK] + process] = enters_s - behind
                waits = True
    return True


@kernel
def note_held(w: Ints, process: int, nth: int, from_s: int, until_s: int) -> None:
    """Note for all of a process that they were held before a link of their drive; the clocks are those of its head."""
    if until_s == from_s:
        return
    for member in range(w[w[MEMBER_AT] + process], w[w[MEMBER_AT] + process + 1]):
        drive = w[w[MEMBER] + member]
        if is_with(w, process, drive):
            link, behind = w[w[LINK_AT] + drive] + nth, behind_s(w, process, drive)
            # who was left behind before this link stands there already
            w[w[HELD_FROM] + link] = min(w[w[HELD_FROM] + link], from_s + behind)
            w[w[HELD_UNTIL] + link] = min(NEVER, until_s + behind)


@kernel
def cut_before(w: Ints, x: Floats, process: int, link: int) -> int:
    """Deal with a cut of the link ahead: ON when there is none or it is over, ROUND by another way, else GONE."""
    drive = lead(w, process)
    for cut in range(w[w[CUT_AT] + w[w[LINK] + link]], w[w[CUT_AT] + w[w[LINK] + link] + 1]):
        if not w[w[CUT_FROM] + cut] <= w[w[CLOCK] + process] < w[w[CUT_UNTIL] + cut]:
            continue
        w[w[TALLY] + CUTS_MET] += 1
        for n in range(len(OPTIONS)):
            option = w[w[CUT_OPTIONS] + len(OPTIONS) * cut + n]
            if option == DETOUR and w[w[ROUND_S] + link] < NEVER:
                dark = gets_dark(w, x, drive, link, w[w[ROUND_S] + link], w[w[CLOCK] + process])
                lasts_s = driven_s(w, x, drive, link, w[w[ROUND_S] + link], dark)
                tire(w, process, lasts_s)
                w[w[CLOCK] + process] += lasts_s
                w[w[AT_LINK] + process] = w[w[LINK_AT] + drive + 1] - w[w[LINK_AT] + drive]
                return ROUND
            if option == RETURN and w[w[BACK_S] + link] < NEVER:
                w[w[TALLY] + RETURNED] += people(w, process)
                return GONE
            if option == HOLD and _may_hold(w, cut, w[w[CUT_UNTIL] + cut] - w[w[CLOCK] + process]):
                break
        w[w[CLOCK] + process] = w[w[CUT_UNTIL] + cut]
        # whatever else is shut then, its windows or another cut, is asked anew
        return ON
    return ON


@kernel
def _may_hold(w: Ints, cut: int, lasts_s: int) -> bool:
    longest_s = w[w[CUT_HOLD] + cut]
    return bool(longest_s == 0 or lasts_s <= longest_s)


@kernel
def cut_within(w: Ints, heap: Ints, now_s: int, process: int, step_s: int, exits: int) -> bool:
    """Drive a step on a link, with `exits` 1 until the last has left it; False when nobody goes on."""
    drive = lead(w, process)
    link = w[w[LINK_AT] + drive] + w[w[AT_LINK] + process]
    at_s, moved_s = w[w[CLOCK] + process], 0
    # when the head leaves, or comes to the end of the step
    w[w[CLOCK] + process] += step_s
    while True:
        moves_s = step_s - moved_s + (_length_s(w, process) if exits else 0)
        cut, stops_s = _next_cut(w, link, at_s, moves_s)
        if cut < 0:
            break
        w[w[TALLY] + CUTS_MET] += 1
        moved_s, at_s = moved_s + stops_s - at_s, w[w[CUT_UNTIL] + cut]
        holds_s = at_s - stops_s
        for n in range(len(OPTIONS)):
            option = w[w[CUT_OPTIONS] + len(OPTIONS) * cut + n]
            if option == SPLIT and moved_s >= step_s:
                _leave_behind(w, heap, now_s, process, stops_s, at_s)
                holds_s = 0
                break
            if option == RETURN and w[w[BACK_S] + link] < NEVER:
                w[w[TALLY] + RETURNED] += people(w, process)
                return False
            if option == HOLD and _may_hold(w, cut, holds_s):
                break
        w[w[CLOCK] + process] += holds_s
    return True


@kernel
def _next_cut(w: Ints, link: int, from_s: int, moves_s: int) -> tuple[int, int]:
    """Return the first cut that stops who moves on a link from an instant on for some seconds, and when (-1: none)."""
    found, stops_s = -1, from_s + moves_s
    for cut in range(w[w[CUT_AT] + w[w[LINK] + link]], w[w[CUT_AT] + w[w[LINK] + link] + 1]):
        cut_s = max(from_s, w[w[CUT_FROM] + cut])
        if cut_s < stops_s and cut_s < w[w[CUT_UNTIL] + cut]:
            found, stops_s = cut, cut_s
    return found, stops_s


@kernel
def _length_s(w: Ints, process: int) -> int:
    """Return how long after the clock the last of a process passes a point."""
    longest_s = 0
    for member in range(w[w[MEMBER_AT] + process], w[w[MEMBER_AT] + process + 1]):
        if is_with(w, process, w[w[MEMBER] + member]):
            longest_s = max(longest_s, behind_s(w, process, w[w[MEMBER] + member]))
    return longest_s


@kernel
def _leave_behind(w: Ints, heap: Ints, now_s: int, process: int, cut_s: int, open_s: int) -> None:
    """Let those of a column that a cut keeps from leaving a link follow by themselves when it is open again.

    The clock of the process is when its head has left the link, before the cut.
    """
    lasts_s, past_s = w[w[DONE] + process], cut_s - w[w[CLOCK] + process]
    for member in range(w[w[MEMBER_AT] + process], w[w[MEMBER_AT] + process + 1]):
        drive = w[w[MEMBER] + member]
        missing_s = behind_s(w, process, drive) - past_s
        if missing_s <= 0 or not is_with(w, process, drive):
            continue
        part(w, heap, now_s, drive, open_s)
        alone = length(w, DEPARTURE) + drive
        w[w[DONE] + alone] = lasts_s - missing_s
        for driven in (DRIVEN, DRIVEN_IN_DAY):
            w[w[driven] + w[w[VEHICLE] + drive]] -= min(missing_s, lasts_s)
        if missing_s > lasts_s:
            w[w[ENTERED] + alone] = 0
            comes_s = cut_s + missing_s - lasts_s
            w[w[CLOCK] + alone] = max(open_s, comes_s)
            note_held(w, alone, w[w[AT_LINK] + alone], comes_s, w[w[CLOCK] + alone])


@kernel
def next_breakdown(w: Ints, x: Floats, process: int) -> tuple[int, int]:
    """Return at which of `SHARES` parts of its link a process has its next breakdown (NEVER: at none), and whose."""
    first, who = NEVER, -1
    for member in range(w[w[MEMBER_AT] + process], w[w[MEMBER_AT] + process + 1]):
        drive = w[w[MEMBER] + member]
        if w[w[BREAK_LINK] + drive] != w[w[AT_LINK] + process] or not is_with(w, process, drive):
            continue
        share = int(x[w[BREAK_SHARE] + drive] * SHARES)
        if share < first and not w[w[EMPTIED] + w[w[VEHICLE] + drive]]:
            first, who = share, drive
    return first, who


@kernel
def handle(w: Ints, x: Floats, heap: Ints, now_s: int, process: int) -> bool:
    """Deal with a breakdown by the first option that can be taken; False when the process ends here."""
    drive = w[w[WHO] + process]
    kind = w[w[BREAKS] + drive]
    w[w[WHO] + process] = -1
    w[w[BREAK_LINK] + drive] = -1
    w[w[TALLY] + BROKEN] += 1
    words = block(w[w[SEEDS] + BREAKDOWNS], w[w[BREAK_KEY] + drive], w[w[RUN]], 1)
    repair_s = max(0, int(look_up(w, x, w[w[REPAIR_LAW] + kind], normal(words[0], words[1])) + 0.5))
    link = w[w[LINK_AT] + drive] + w[w[AT_LINK] + process]
    for n in range(len(OPTIONS)):
        option = w[w[BREAK_OPTIONS] + len(OPTIONS) * kind + n]
        if option == SPARE:
            comes_s = _spare_s(w, drive, w[w[LINK_END] + link])
            if comes_s < NEVER:
                w[w[CLOCK] + process] += comes_s + w[w[TRANSFER_S] + drive]
                return True
        if option == TRANSFER and _taken_over(w, process, drive):
            w[w[CLOCK] + process] += w[w[TRANSFER_S] + drive]
            return True
        if option == SPLIT and process < length(w, DEPARTURE) and _others(w, process, drive):
            resumes_s = w[w[CLOCK] + process] + behind_s(w, process, drive) + repair_s
            part(w, heap, now_s, drive, resumes_s)
            return True
        if option == RETURN and w[w[BACK_S] + link] < NEVER:
            w[w[TALLY] + RETURNED] += aboard(w, drive)
            return _without(w, heap, now_s, process, drive)
        if option == REPAIR:
            break
    w[w[CLOCK] + process] += repair_s
    return True


@kernel
def _spare_s(w: Ints, drive: int, site: int) -> int:
    """Take a spare vehicle that holds the people of a drive; return how long it takes to come, NEVER without one."""
    best, best_s = -1, NEVER
    for pool in range(length(w, SPARES)):
        holds = True
        for mobility in range(3):
            holds = holds and w[w[SPARE_PLACES] + 3 * pool + mobility] >= w[w[ABOARD] + 3 * drive + mobility]
        comes_s = w[w[SPARE_READY] + pool] + w[w[SPARE_TO] + pool * length(w, SCREEN_OF) + site]
        if holds and w[w[SPARES] + pool] > 0 and comes_s < best_s:
            best, best_s = pool, comes_s
    if best >= 0:
        w[w[SPARES] + best] -= 1
        w[w[TALLY] + SPARES_USED] += 1
    return best_s


@kernel
def _taken_over(w: Ints, process: int, drive: int) -> bool:
    """Let the others of a column take over the people of one, where they have places for them."""
    if process >= length(w, DEPARTURE):
        return False
    vehicle = w[w[VEHICLE] + drive]
    free, places = w[FREE] + 3 * w[w[CONVOY] + process], w[PLACES] + 3 * vehicle
    for mobility in range(3):
        if w[free + mobility] < w[places + mobility]:
            return False
    for mobility in range(3):
        w[free + mobility] -= w[places + mobility]
    w[w[EMPTIED] + vehicle] = 1
    return True


@kernel
def _others(w: Ints, process: int, drive: int) -> bool:
    for member in range(w[w[MEMBER_AT] + process], w[w[MEMBER_AT] + process + 1]):
        other = w[w[MEMBER] + member]
        if other != drive and is_with(w, process, other):
            return True
    return False


@kernel
def _without(w: Ints, heap: Ints, now_s: int, process: int, drive: int) -> bool:
    """Let a vehicle turn back for good; True when others go on."""
    if process >= length(w, DEPARTURE):
        return False
    part(w, heap, now_s, drive, NEVER)
    return lead(w, process) >= 0


@kernel
def screen(w: Ints, x: Floats, process: int, site: int) -> None:
    """Screen who is aboard, one after the other, and wait for those who are detained, so long as that is planned."""
    number = w[w[SCREEN_OF] + site]
    if number < 0:
        return
    screened = people(w, process)
    key = w[w[SCREEN_KEY] + number] ^ w[w[DRIVE_KEY] + lead(w, process)]
    words = block(w[w[SEEDS] + SCREENINGS], key, w[w[RUN]], 0)
    each_s = look_up(w, x, w[w[SCREEN_EACH] + number], normal(words[0], words[1]))
    lasts_s = max(0, int(screened * each_s + 0.5))
    detained = _binomial(screened, x[w[SCREEN_DETAINS] + number], uniform(words[2]))
    if detained > 0:
        lasts_s += _waited(w, x, number, detained, uniform(words[3]), key)
    w[w[CLOCK] + process] += lasts_s


@kernel
def _waited(w: Ints, x: Floats, number: int, detained: int, last: float, key: int) -> int:
    """Return how long the others wait; who is not released by then is counted as detained."""
    within = x[w[SCREEN_WITHIN] + number]
    words = block(w[w[SEEDS] + SCREENINGS], key, w[w[RUN]], 1)
    kept = _binomial(detained, 1.0 - within, uniform(words[0]))
    if kept > 0:
        w[w[TALLY] + DETAINED] += kept
        return int(w[w[SCREEN_WAITS] + number])
    # the last of them all, given that all are released in time
    z = _normal_at(within * last ** (1.0 / detained))
    released_s = max(0, int(look_up(w, x, w[w[SCREEN_RELEASE] + number], z) + 0.5))
    return int(min(released_s, w[w[SCREEN_WAITS] + number]))


@kernel
def _normal_at(share: float) -> float:
    """Return the normal variable below which a share lies, to 1e-9."""
    low, high = -FARTHEST, FARTHEST
    while high - low > 1e-9:
        middle = (low + high) / 2
        if 0.5 * math.erfc(-middle / math.sqrt(2.0)) < share:
            low = middle
        else:
            high = middle
    return low


@kernel
def _binomial(count: int, share: float, level: float) -> int:
    """Return the quantile of a binomial variable."""
    if share <= 0.0 or share >= 1.0:
        return 0 if share <= 0.0 else count
    found, chance = 0, (1.0 - share) ** count
    below = chance
    while level > below and found < count:
        chance *= (count - found) / (found + 1) * share / (1.0 - share)
        below += chance
        found += 1
    return found
