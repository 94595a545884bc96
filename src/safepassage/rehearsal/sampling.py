"""Draw what chance decides before a run: how long everything lasts, who breaks down where, which roads are cut when.

Only what happens under way is decided there: which spare vehicle is free, whom the others can take along.
"""

from __future__ import annotations

import math

from safepassage.kernels import kernel
from safepassage.rehearsal.arena import (
    ACTIVITY,
    ALIKE,
    BREAK_KEY,
    BREAK_LINK,
    BREAK_SHARE,
    BREAKS,
    COMERS,
    CUT_CHANCE,
    CUT_FROM,
    CUT_KEY,
    CUT_LASTS,
    CUT_NOT_AFTER,
    CUT_NOT_BEFORE,
    CUT_UNTIL,
    DARK_FROM,
    DARK_PERCENT,
    DARK_UNTIL,
    DAY_KEY,
    DAYS,
    DRIVE_KEY,
    GROUP,
    KEY,
    LASTS,
    LAW,
    LAW_DAY,
    LAW_DAY_OF,
    LAW_OWN,
    LAW_PLACE,
    LAW_PLACE_OF,
    LAW_PLUS,
    LAW_TIMES,
    LENGTH,
    LINK_AT,
    LINK_LAW,
    LINK_M,
    NEVER_COMES,
    NOMINAL,
    OWN,
    PLACE_KEY,
    PLACES_Z,
    RATE,
    RUN,
    SEEDS,
    SLOW,
    TALLY,
    UNIFORM,
    UNIFORM_TOO,
    WALK_ACTIVITY,
    WALK_EACH,
    WALK_FIRST,
    WALK_FREE,
    WALK_KEY,
    WALK_MEAN,
    length,
    look_up,
)
from safepassage.rehearsal.script import (
    BREAKDOWNS,
    CUTS,
    DAY,
    DRIVES,
    LEFT_OUT,
    NEVER,
    PLACE,
    WALK_INS,
    WALKED_IN,
    Floats,
    Ints,
)
from safepassage.rehearsal.streams import block, normal, normal_of, uniform


@kernel
def scattered(w: Ints, x: Floats, law: int, own: float, nominal: int) -> int:
    """Return how many seconds something lasts that is planned to last `nominal`, given its own normal variable."""
    z = x[w[LAW_OWN] + law] * own
    if x[w[LAW_DAY] + law] > 0.0:
        z += x[w[LAW_DAY] + law] * x[w[DAYS] + w[w[LAW_DAY_OF] + law]]
    if x[w[LAW_PLACE] + law] > 0.0:
        z += x[w[LAW_PLACE] + law] * x[w[PLACES_Z] + w[w[LAW_PLACE_OF] + law]]
    lasts_s = nominal * look_up(w, x, w[w[LAW_TIMES] + law], z) + look_up(w, x, w[w[LAW_PLUS] + law], z)
    return max(0, int(lasts_s + 0.5))


@kernel
def driven_s(w: Ints, x: Floats, drive: int, link: int, nominal: int, dark: int) -> int:
    """Return how many seconds a drive takes for what takes `nominal` as planned; with `dark` 1 at night's pace."""
    if dark:
        nominal = -(-nominal * 100 // w[w[DARK_PERCENT]])
    return scattered(w, x, w[w[LINK_LAW] + link], x[w[OWN] + drive], nominal)


@kernel
def gets_dark(w: Ints, x: Floats, drive: int, link: int, nominal: int, at_s: int) -> int:
    """Return 1 when a drive that sets off at an instant at its pace by day would be under way in the dark."""
    if w[w[SLOW] + drive] or not length(w, DARK_FROM):
        return 0
    until_s = at_s + driven_s(w, x, drive, link, nominal, 0)
    for night in range(length(w, DARK_FROM)):
        if at_s < w[w[DARK_UNTIL] + night] and w[w[DARK_FROM] + night] < until_s:
            return 1
    return 0


@kernel
def draw(w: Ints, x: Floats) -> None:
    """Draw everything that does not depend on the course of the run."""
    _draw_common(w, x)
    _draw_durations(w, x)
    _draw_walk_ins(w, x)
    _draw_drives(w, x)
    _draw_cuts(w, x)


@kernel
def _draw_common(w: Ints, x: Floats) -> None:
    for n in range(length(w, DAYS)):
        words = block(w[w[SEEDS] + DAY], w[w[DAY_KEY] + n], w[w[RUN]], 0)
        x[w[DAYS] + n] = normal(words[0], words[1])
    for n in range(length(w, PLACES_Z)):
        words = block(w[w[SEEDS] + PLACE], w[w[PLACE_KEY] + n], w[w[RUN]], 0)
        x[w[PLACES_Z] + n] = normal(words[0], words[1])


@kernel
def _draw_durations(w: Ints, x: Floats) -> None:
    # first all that is random: the processor has several of these under way at once where nothing else lies between
    for n in range(length(w, LAW)):
        if w[w[LAW] + n] >= 0:
            words = block(w[w[SEEDS] + w[w[GROUP] + n]], w[w[KEY] + n], w[w[RUN]], 0)
            x[w[UNIFORM] + n] = uniform(words[0])
            x[w[UNIFORM_TOO] + n] = uniform(words[1])
            never = x[w[NEVER_COMES] + n]
            w[w[LASTS] + n] = NEVER if never > 0.0 and uniform(words[2]) < never else 0
    for n in range(length(w, LAW)):
        law = w[w[LAW] + n]
        if law < 0:
            w[w[LASTS] + n] = w[w[NOMINAL] + n]
        elif w[w[LASTS] + n] != NEVER:
            own = normal_of(x[w[UNIFORM] + n], x[w[UNIFORM_TOO] + n])
            w[w[LASTS] + n] = scattered(w, x, law, own, w[w[NOMINAL] + n])


@kernel
def _draw_walk_ins(w: Ints, x: Floats) -> None:
    """Draw who comes to each boarding; on a trip, those of the first stop take the seats first."""
    free = 0
    for n in range(length(w, WALK_MEAN)):
        if w[w[WALK_FIRST] + n]:
            free = w[w[WALK_FREE] + n]
        words = block(w[w[SEEDS] + WALK_INS], w[w[WALK_KEY] + n], w[w[RUN]], 0)
        came = _poisson(x[w[WALK_MEAN] + n], uniform(words[0]))
        boarded = min(came, free)
        free -= boarded
        w[w[COMERS] + n] = boarded
        w[w[LASTS] + w[w[WALK_ACTIVITY] + n]] += boarded * w[w[WALK_EACH] + n]
        w[w[TALLY] + WALKED_IN] += boarded
        w[w[TALLY] + LEFT_OUT] += came - boarded


@kernel
def _poisson(mean: float, share: float) -> int:
    """Return the quantile of a Poisson variable."""
    found, chance = 0, math.exp(-mean)
    below = chance
    while share > below and found < 10_000:
        found += 1
        chance *= mean / found
        below += chance
    return found


@kernel
def _draw_drives(w: Ints, x: Floats) -> None:
    """Draw each drive's own variable (a column has one), and where its vehicle breaks down."""
    for n in range(length(w, ACTIVITY)):
        if w[w[ALIKE] + n] < n:
            x[w[OWN] + n] = x[w[OWN] + w[w[ALIKE] + n]]
        else:
            words = block(w[w[SEEDS] + DRIVES], w[w[DRIVE_KEY] + n], w[w[RUN]], 0)
            x[w[OWN] + n] = normal(words[0], words[1])
        kind = w[w[BREAKS] + n]
        if kind >= 0:
            words = block(w[w[SEEDS] + BREAKDOWNS], w[w[BREAK_KEY] + n], w[w[RUN]], 0)
            if uniform(words[0]) < 1.0 - math.exp(-x[w[RATE] + kind] * w[w[LENGTH] + n]):
                _place_breakdown(w, x, n, uniform(words[1]) * w[w[LENGTH] + n])


@kernel
def _place_breakdown(w: Ints, x: Floats, drive: int, after_m: float) -> None:
    first, last = w[w[LINK_AT] + drive], w[w[LINK_AT] + drive + 1]
    for link in range(first, last):
        if after_m < w[w[LINK_M] + link]:
            w[w[BREAK_LINK] + drive] = link - first
            x[w[BREAK_SHARE] + drive] = after_m / w[w[LINK_M] + link]
            return
        after_m -= w[w[LINK_M] + link]


@kernel
def _draw_cuts(w: Ints, x: Floats) -> None:
    for n in range(length(w, CUT_CHANCE)):
        words = block(w[w[SEEDS] + CUTS], w[w[CUT_KEY] + n], w[w[RUN]], 0)
        w[w[CUT_FROM] + n] = NEVER
        w[w[CUT_UNTIL] + n] = NEVER
        if uniform(words[0]) < x[w[CUT_CHANCE] + n]:
            spread_s = w[w[CUT_NOT_AFTER] + n] - w[w[CUT_NOT_BEFORE] + n]
            w[w[CUT_FROM] + n] = w[w[CUT_NOT_BEFORE] + n] + int(uniform(words[1]) * spread_s + 0.5)
            lasts_s = look_up(w, x, w[w[CUT_LASTS] + n], normal(words[2], words[3]))
            w[w[CUT_UNTIL] + n] = w[w[CUT_FROM] + n] + max(0, int(lasts_s + 0.5))
