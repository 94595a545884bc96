"""Ruin and recreate: everybody at a few neighbouring pickups is taken off some trips and put aboard again.

Nearly all seats are taken in a good plan, so what exchanges between two trips can change is soon exhausted. Here up to
eight trips give back the people of up to four pickups at once; these board anew, pickup by pickup, where a place costs
least, whole households at a time. All happens on drafts; a trip that nobody boards any more falls out.

References
----------
Christiaens and Vanden Berghe (2020), slack induction by string removals: adjacent removals, insertion with blinks.
Silva, Subramanian and Ochi (2015), an iterated local search heuristic for the split delivery vehicle routing problem:
what is taken off goes to several trips, by cost per place.
"""

from __future__ import annotations

import numpy as np

from safepassage.kernels import kernel
from safepassage.planner.households.drafts import (
    add_bundle,
    copy_stop,
    draft_copy,
    draft_end,
    find_stop,
    prune,
    settle,
    sum_draft,
)
from safepassage.planner.households.loads import all_may_end, choose_all, choose_fitting, empty
from safepassage.planner.households.problem import Integers
from safepassage.planner.households.table import (
    ALIGHT,
    BIT,
    BOARD,
    BUNDLE,
    CLASSES,
    COUNT,
    DRAFT,
    DRIVEN,
    ENDS,
    FAR_S,
    FIRST_CLASS,
    INSTEAD,
    LOAD,
    MASK,
    MOST,
    MOST_POOLED,
    MOST_REBUILT,
    NEAR,
    NEAR_SHELTER,
    NEAR_SHELTERS_HERE,
    NEARS,
    NEXT,
    NEXT_THERE,
    ORIGINAL,
    PICKUP,
    PICKUPS_END,
    PLACE,
    PLACES,
    POOLED,
    PREVIOUS,
    REBUILT,
    RING,
    RINGED,
    ROOM,
    SERVICE,
    SETUP,
    SHELTER,
    SHELTERS_END,
    SPACE,
    SPEED,
    STOPS,
    STRIDE,
    TRIP,
    USED,
    VACANT,
    VEHICLE,
    VEHICLES_END,
    Drives,
    below,
    draw_there,
    draw_trip,
    people_of,
)
from safepassage.planner.households.timing import FORBIDDEN, Price, cost_of, price_tour, read, refresh, ride
from safepassage.planner.households.visit_moves import accepts

SKIP, BLINK = 0.3, 0.01
"""How often a neighbouring pickup is passed over, and a trip that somebody could board."""
RECEIVERS = 4
"""Trips nearby that are looked for besides, to take people up."""
PART_S = 400
"""Up to so many seconds are added, half the time, to what it costs when only a part can board: the rest stops again."""
NOWHERE_S = 4 * FAR_S
"""Added to a trip that cannot be boarded."""


@kernel
def rebuild(drive: Drives, s: Integers, price: Price, cold: float) -> None:
    """Take everybody at some neighbouring pickups off some trips, and let them board again where it costs least."""
    ruin(drive, s, draw_trip(s))
    if recreate(drive, s, price):
        choose_ends(drive, s)
        if accepts(price_rebuilt(drive, s, price), cold):
            settle_rebuilt(drive, s)
            return
    for k in range(s[0, REBUILT]):
        s[s[draft_of(s, k), ORIGINAL], INSTEAD] = 0


@kernel
def draft_of(s: Integers, k: int) -> int:
    """Find the draft of the k-th trip of a rebuilding."""
    return int(s[0, DRAFT] + (2 + k) * s[0, STRIDE])


@kernel
def pool_of(s: Integers, k: int) -> int:
    """Find the pool of the k-th pickup of a rebuilding."""
    return int(s[0, BUNDLE] + 2 + k)


@kernel
def ruin(drive: Drives, s: Integers, t: int) -> None:
    """Draw pickups around one of a trip, and take their people off the trips that pass there, or some of these."""
    pickups, trips = 1 + below(MOST_POOLED), 2 + below(MOST_REBUILT - 1)
    middle = s[t + 1 + below(s[t, STOPS]), PICKUP]
    s[0, REBUILT] = s[0, POOLED] = 0
    for shelter in range(s[0, PICKUPS_END], s[0, SHELTERS_END]):
        s[shelter, VACANT] = s[shelter, ROOM] - s[shelter, USED]
    take_in(s, t)
    take_near(s, middle, trips)
    for k in range(s[0, NEARS]):
        if s[0, POOLED] < pickups and np.random.random() >= SKIP:
            take_near(s, s[middle, NEAR + k], trips)
    for _ in range(RECEIVERS):
        stop = draw_there(s, s[middle, NEAR + below(s[0, NEARS])])
        if stop > 0 and s[s[stop, TRIP], INSTEAD] == 0 and s[0, REBUILT] < trips:
            take_in(s, s[stop, TRIP])
    for k in range(s[0, REBUILT]):
        draft = draft_of(s, k)
        for j in range(s[0, POOLED]):
            take_off(s, draft, pool_of(s, j))
        sum_draft(drive, s, draft)
    for k in range(s[0, REBUILT]):
        vehicle = s[draft_of(s, k), VEHICLE]
        s[vehicle, ENDS] = drive_rebuilt(drive, s, vehicle)[0]


@kernel
def take_in(s: Integers, t: int) -> None:
    """Draft another trip of a rebuilding."""
    draft = draft_of(s, s[0, REBUILT])
    draft_copy(s, t, draft)
    s[draft, ORIGINAL], s[t, INSTEAD] = t, draft
    s[0, REBUILT] += 1


@kernel
def take_near(s: Integers, pickup: int, trips: int) -> None:
    """Draft the trips that pass a pickup, up to so many in all; begin its pool if there are any."""
    stop, passing = s[pickup, RING], 0
    for _ in range(s[pickup, RINGED]):
        t = s[stop, TRIP]
        if s[t, INSTEAD] == 0 and s[0, REBUILT] < trips:
            take_in(s, t)
        passing += s[t, INSTEAD] > 0
        stop = s[stop, NEXT_THERE]
    if passing > 0:
        pool = pool_of(s, s[0, POOLED])
        for column in range(3):
            s[pool, LOAD + column] = 0
        s[pool, PICKUP] = pickup
        empty(s, pickup, pool)
        s[0, POOLED] += 1


@kernel
def take_off(s: Integers, draft: int, pool: int) -> None:
    """Take those of a pool's pickup off a draft."""
    stop, bundle = find_stop(s, draft, s[pool, PICKUP]), s[0, BUNDLE]
    if stop > 0:
        s[s[draft, SHELTER], VACANT] += choose_all(s, stop, bundle)
        pour(s, pool, bundle, 1)
        add_bundle(s, draft, stop, bundle, -1)
        prune(s, draft, s[pool, PICKUP])


@kernel
def pour(s: Integers, pool: int, bundle: int, sign: int) -> None:
    """Add a bundle's households to a pool, or take them out."""
    for column in range(3):
        s[pool, LOAD + column] += sign * s[bundle, LOAD + column]
    for column in range(COUNT, COUNT + s[s[pool, PICKUP], CLASSES]):
        s[pool, column] += sign * s[bundle, column]


@kernel
def recreate(drive: Drives, s: Integers, price: Price) -> bool:
    """Let all pools board drafts, in an order by a rule that is drawn; False: somebody finds no place."""
    rule = np.random.random()
    part_s = 0 if np.random.random() < 0.5 else below(PART_S)
    placed, boarded = True, 0
    while placed and boarded < s[0, POOLED]:
        placed = board_pool(drive, s, price, next_pool(drive, s, rule), part_s)
        boarded += 1
    return placed


@kernel
def next_pool(drive: Drives, s: Integers, rule: float) -> int:
    """Choose the pool that boards next: any, the largest, or the farthest from a shelter."""
    most, chosen = -1.0, 0
    for k in range(s[0, POOLED]):
        pool = pool_of(s, k)
        people, pickup = people_of(s, pool), s[pool, PICKUP]
        if rule < 0.4:
            urgent = np.random.random()
        elif rule < 0.7:
            urgent = float(people)
        else:
            urgent = float(drive[0, s[pickup, PLACE], s[s[pickup, NEAR_SHELTER], PLACE]])
        if people > 0 and urgent > most:
            most, chosen = urgent, pool
    return chosen


@kernel
def board_pool(drive: Drives, s: Integers, price: Price, pool: int, part_s: int) -> bool:
    """Let a pool board drafts, each once, the cheapest per person first; False: somebody finds no place."""
    refused = 0
    while people_of(s, pool) > 0:
        k, added_s, at, shelter = choose_draft(drive, s, price, (pool, part_s), refused)
        if k < 0:
            return False
        refused |= 1 << k
        board_some(s, draft_of(s, k), pool, (added_s, at, shelter))
    return True


@kernel
def choose_draft(
    drive: Drives, s: Integers, price: Price, who: tuple[int, int], refused: int
) -> tuple[int, int, int, int]:
    """Choose the draft, -1 for none, where boarding costs least per person; what `extend` says of it."""
    pool, part_s = who
    least, chosen = FORBIDDEN, (-1, 0, 0, 0)
    for k in range(s[0, REBUILT]):
        if (refused >> k) & 1 or np.random.random() < BLINK:
            continue
        draft, places = draft_of(s, k), 0
        vehicle = s[draft, VEHICLE]
        for column in range(3):
            places += min(s[pool, LOAD + column], s[vehicle, PLACES + column] - s[draft, LOAD + column])
        if places <= 0:
            continue
        added_s, at, shelter = extend(drive, s, draft, s[pool, PICKUP])
        places = min(places, s[shelter, VACANT])
        if places <= 0 or added_s >= NOWHERE_S:
            continue
        late_s = added_s + (part_s if places < people_of(s, pool) else 0)
        dearer = price_end(s, price, vehicle, late_s) - price_end(s, price, vehicle, 0)
        if dearer / places < least:
            least, chosen = dearer / places, (k, added_s, at, shelter)
    return chosen


@kernel
def price_end(s: Integers, price: Price, vehicle: int, later_s: int) -> float:
    """Price a tour of a rebuilding that ends so much later than its drafts do."""
    return price_tour(s, price, vehicle, (s[vehicle, ENDS] + later_s, s[s[vehicle, PREVIOUS], DRIVEN], 0))


@kernel
def extend(drive: Drives, s: Integers, draft: int, pickup: int) -> tuple[int, int, int]:
    """Find the seconds that a stop at a pickup adds to a draft, after how many stops, and where the trip ends then.

    Boarding and alighting are left out: they are the same everywhere.
    """
    stops, shelter, speed, place = s[draft, STOPS], s[draft, SHELTER], s[s[draft, VEHICLE], SPEED], s[pickup, PLACE]
    if stops == 0:
        return extend_empty(drive, s, draft, pickup)
    if find_stop(s, draft, pickup) > 0:
        return 0, 0, shelter
    if stops >= s[0, MOST]:
        return NOWHERE_S, 0, shelter
    least_s, at, here = NOWHERE_S, 0, place_before(s, draft)
    for k in range(stops + 1):
        there = s[draft + 1 + k, PLACE] if k < stops else s[draft, PLACE]
        detour_s = drive[speed, here, place] + drive[speed, place, there] - drive[speed, here, there]
        if detour_s < least_s:
            least_s, at = detour_s, k
        here = there
    return least_s + s[0, SETUP], at, shelter


@kernel
def extend_empty(drive: Drives, s: Integers, draft: int, pickup: int) -> tuple[int, int, int]:
    """Find the seconds that a trip to a pickup takes where a draft has become empty, and its best shelter."""
    speed, place = s[s[draft, VEHICLE], SPEED], s[pickup, PLACE]
    here, there = place_before(s, draft), place_after(s, draft)
    least_s, best = NOWHERE_S, s[draft, SHELTER]
    for k in range(s[0, NEAR_SHELTERS_HERE]):
        shelter = s[pickup, NEAR_SHELTER + k]
        way_s = end_s(drive, speed, (place, s[shelter, PLACE], there))
        if s[shelter, VACANT] > 0 and way_s < least_s:
            least_s, best = way_s, shelter
    instead_s = drive[speed, here, there] if there >= 0 else 0
    return least_s + drive[speed, here, place] + 2 * s[0, SETUP] - instead_s, 0, best


@kernel
def end_s(drive: Drives, speed: int, places: tuple[int, int, int]) -> int:
    """Add up the drives from a last pickup to a shelter and on to the next trip's first pickup, -1 for none."""
    here, shelter, there = places
    onward_s = drive[speed, shelter, there] if there >= 0 else 0
    return int(drive[speed, here, shelter] + onward_s)


@kernel
def place_before(s: Integers, draft: int) -> int:
    """Find the place from where a draft's vehicle comes."""
    before = s[draft, PREVIOUS]
    while before >= s[0, VEHICLES_END]:
        there = standing_for(s, before)
        if s[there, STOPS] > 0:
            return int(s[there, PLACE])
        before = s[before, PREVIOUS]
    return int(s[before, PLACE])


@kernel
def place_after(s: Integers, draft: int) -> int:
    """Find the place to which a draft's vehicle goes on from the shelter; -1 for none."""
    after = s[s[draft, ORIGINAL], NEXT]
    while after >= s[0, VEHICLES_END]:
        there = standing_for(s, after)
        if s[there, STOPS] > 0:
            return int(s[there + 1, PLACE])
        after = s[after, NEXT]
    return -1


@kernel
def standing_for(s: Integers, t: int) -> int:
    """Find what stands for a trip in a rebuilding: its draft, or itself."""
    return int(s[t, INSTEAD] if s[t, INSTEAD] > 0 else t)


@kernel
def board_some(s: Integers, draft: int, pool: int, where: tuple[int, int, int]) -> None:
    """Let as many of a pool board a draft as may and can, whole households."""
    added_s, at, shelter = where
    pickup, vehicle, bundle = s[pool, PICKUP], s[draft, VEHICLE], s[0, BUNDLE]
    first, mask, bit = s[pickup, FIRST_CLASS], s[shelter, MASK], s[shelter, BIT]
    for column in range(3):
        s[0, SPACE + column] = s[vehicle, PLACES + column] - s[draft, LOAD + column]
    s[0, SPACE + 3] = s[shelter, VACANT]
    for k in range(s[pickup, CLASSES]):
        s[bundle + 1, COUNT + k] = s[pool, COUNT + k] if (s[first + k, mask] >> bit) & 1 else 0
    people = choose_fitting(s, pickup, bundle + 1, bundle)
    if people == 0:
        return
    if s[draft, STOPS] == 0:
        draft_end(s, draft, shelter)
    stop = find_stop(s, draft, pickup)
    if stop == 0:
        stop = open_stop(s, draft, pickup, at)
    add_bundle(s, draft, stop, bundle, 1)
    pour(s, pool, bundle, -1)
    s[shelter, VACANT] -= people
    s[vehicle, ENDS] += added_s + s[bundle, BOARD] + s[bundle, ALIGHT]


@kernel
def open_stop(s: Integers, draft: int, pickup: int, at: int) -> int:
    """Insert a stop at a pickup, with nobody yet, after so many stops of a draft."""
    for k in range(s[draft, STOPS], at, -1):
        copy_stop(s, draft + k, draft + k + 1)
    stop = draft + 1 + at
    for column in range(PICKUP):
        s[stop, column] = 0
    s[stop, PICKUP], s[stop, PLACE] = pickup, s[pickup, PLACE]
    empty(s, pickup, stop)
    s[draft, STOPS] += 1
    s[draft, SERVICE] += s[0, SETUP]
    return int(stop)


@kernel
def choose_ends(drive: Drives, s: Integers) -> None:
    """Let every draft end at the shelter that is best on its way, of those near its last pickup; add up the drafts."""
    for k in range(s[0, REBUILT]):
        draft = draft_of(s, k)
        if s[draft, STOPS] == 0:
            continue
        speed, last, there = s[s[draft, VEHICLE], SPEED], s[draft + s[draft, STOPS], PICKUP], place_after(s, draft)
        people, old, best = people_of(s, draft), s[draft, SHELTER], s[draft, SHELTER]
        least_s = end_s(drive, speed, (s[last, PLACE], s[old, PLACE], there))
        for j in range(s[0, NEAR_SHELTERS_HERE]):
            shelter = s[last, NEAR_SHELTER + j]
            way_s = end_s(drive, speed, (s[last, PLACE], s[shelter, PLACE], there))
            if way_s < least_s and s[shelter, VACANT] >= people and all_may_end(s, draft, shelter):
                least_s, best = way_s, shelter
        s[old, VACANT] += people
        s[best, VACANT] -= people
        draft_end(s, draft, best)
        sum_draft(drive, s, draft)


@kernel
def drive_rebuilt(drive: Drives, s: Integers, vehicle: int) -> tuple[int, int, int, int]:
    """Drive a tour with the drafts in the place of their trips; the reading at its end."""
    reading = read(s, vehicle)
    t = s[vehicle, NEXT]
    while t != vehicle:
        there = standing_for(s, t)
        if s[there, STOPS] > 0:
            reading = ride(drive, s, there, vehicle, reading)
        t = s[t, NEXT]
    return reading


@kernel
def price_rebuilt(drive: Drives, s: Integers, price: Price) -> float:
    """Price the change of all tours when the drafts take the places of their trips."""
    delta = 0.0
    for k in range(s[0, REBUILT]):
        vehicle, counted = s[draft_of(s, k), VEHICLE], False
        for j in range(k):
            counted |= s[draft_of(s, j), VEHICLE] == vehicle
        if not counted:
            end, driven, exposed, _ = drive_rebuilt(drive, s, vehicle)
            delta += price_tour(s, price, vehicle, (end, driven, exposed)) - cost_of(s, price, vehicle)
    return delta


@kernel
def settle_rebuilt(drive: Drives, s: Integers) -> None:
    """Let all trips of a rebuilding be as their drafts."""
    for k in range(s[0, REBUILT]):
        draft = draft_of(s, k)
        t = s[draft, ORIGINAL]
        s[t, INSTEAD] = 0
        settle(s, t, draft)
    for k in range(s[0, REBUILT]):
        refresh(drive, s, s[draft_of(s, k), VEHICLE])
