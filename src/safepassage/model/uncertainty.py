"""What may turn out otherwise: how durations scatter, what can go wrong, what is kept in reserve.

A rehearsal reads it; a plan does not. Every entry has a `source`, and an assumption says that it is one.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from safepassage.model.fleet import VehicleKind
from safepassage.model.ids import LinkId, SiteId
from safepassage.model.time import Window

Shape = Literal["fixed", "uniform", "triangular", "pert", "lognormal"]
Lasting = Literal["drive", "service", "treatment", "rest", "refuel", "halt", "milestone"]
Option = Literal["repair", "spare", "transfer", "detour", "hold", "split", "return"]


class Spread(Struct, frozen=True, kw_only=True):
    """How a figure scatters.

    `fixed` is always `mode`; `uniform` lies between `low` and `high`; `triangular` and `pert` (Malcolm et al. 1959:
    the beta distribution whose mean is (low + 4 mode + high) / 6) have their peak at `mode`; `lognormal` has `mode` as
    its median and `high` as its 90 % quantile, `low` is not used.
    """

    shape: Shape = "fixed"
    low: float = 0.0
    mode: float = 0.0
    high: float = 0.0


class Uncertainty(Struct, frozen=True, kw_only=True):
    """How long activities of a kind last: the nominal duration times `times`, plus `plus` seconds.

    `subject` is the link of a drive, the site of a service, treatment, rest, refuelling or halt, or the milestone;
    empty: all of the kind that no other entry names. Of the variance on the scale of a normal variable (a Gaussian
    copula), the share `day` is common to everything of the kind in a run (weather, light, the mood of the day), the
    share `place` to everything on that link or at that site; the rest is each activity's own. `never` is the
    probability that a milestone never comes.
    """

    of: Lasting
    subject: str = ""
    times: Spread = Spread(mode=1.0)
    plus: Spread = Spread()
    day: float = 0.0
    place: float = 0.0
    never: float = 0.0
    source: str = ""


class _Incident(Struct, frozen=True, kw_only=True, tag_field="kind"):
    id: str
    source: str = ""


class Breakdown(_Incident, frozen=True, kw_only=True, tag="breakdown"):
    """A vehicle breaks down under way, `per_1000_km` times on average (each drive by itself, at most once).

    `vehicle` is a vehicle's id or kind, empty any. `lasts` is the repair in seconds. Of `options` the first that can be
    taken is: `spare` (one of the pool is free and holds them), `transfer` (the other vehicles of the convoy hold them),
    `split` (the convoy goes on, the vehicle is repaired and follows by itself), `repair` (with a convoy, all wait),
    `return` (its people are taken back to a fallback site that can be reached; a convoy goes on without them).
    """

    vehicle: str = ""
    per_1000_km: float
    lasts: Spread
    options: tuple[Option, ...] = ("spare", "transfer", "repair")


class RoadCut(_Incident, frozen=True, kw_only=True, tag="road-cut"):
    """A link is cut with `probability` at an instant spread evenly over `between`, for `lasts` seconds.

    On a road map it is the road at the point `at` (lon, lat), and `link` is empty until the roads are laid.

    Whoever has not left the link by then is stopped: before it, or where they are on it. Of `options` the first that
    can be taken is: `detour` (another way to the same stop is known that avoids the link), `hold` (it opens again
    within `max_hold_s`, 0: however long that is), `split` (those past it go on, the others hold), `return` (to a
    fallback site).
    """

    link: LinkId = LinkId("")
    at: tuple[float, float] | None = None
    probability: float
    between: Window
    lasts: Spread
    options: tuple[Option, ...] = ("detour", "hold", "return")
    max_hold_s: int = 0


class Screening(_Incident, frozen=True, kw_only=True, tag="screening"):
    """Everybody aboard is screened where a vehicle stops at or passes `site`, `per_person` seconds each.

    Each is detained with probability `detains`, and released after `release` seconds. The vehicle (with a convoy, all)
    waits for that up to `waits_s`; who is not released by then stays behind and is told apart.
    """

    site: SiteId
    per_person: Spread
    detains: float = 0.0
    release: Spread = Spread()
    waits_s: int = 0


class WalkIns(_Incident, frozen=True, kw_only=True, tag="walk-ins"):
    """People who are on no list come to `site`: on average `mean` for each vehicle that boards there (Poisson).

    They board as far as there are seats, in the time of people who walk; for whom there is none is told.
    """

    site: SiteId
    mean: float


Incident: TypeAlias = Breakdown | RoadCut | Screening | WalkIns


class Spare(Struct, frozen=True, kw_only=True):
    """Vehicles kept ready at `site` to take over: there `ready_s` after they are called, plus the drive."""

    kind: VehicleKind
    count: int
    site: SiteId
    ready_s: int = 0
    seats: int = 0
    wheelchair_bays: int = 0
    stretchers: int = 0
    source: str = ""


class Reserve(Struct, frozen=True, kw_only=True):
    """What is carried along and used up: `amount` at the start and `per_day`, for each person or vehicle.

    Fuel is also used by `per_100_km` on the road. `whom` narrows it: a vehicle kind, or `patients`; empty: everyone.
    """

    what: Literal["water", "food", "fuel", "medicine"]
    unit: str
    amount: float
    per_day: float
    per_100_km: float = 0.0
    per: Literal["person", "vehicle"] = "person"
    whom: str = ""
    source: str = ""


class Uncertain(Struct, frozen=True, kw_only=True):
    """All of it, as the folder gives it; a rehearsal adds its defaults for kinds that are not named."""

    durations: tuple[Uncertainty, ...] = ()
    incidents: tuple[Incident, ...] = ()
    spares: tuple[Spare, ...] = ()
    reserves: tuple[Reserve, ...] = ()
