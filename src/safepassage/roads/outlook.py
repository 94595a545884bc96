"""What a look at the roads of an operation found: how sites are joined, legs, ways, what closures change."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from safepassage.model.errors import Fault
from safepassage.model.fleet import Size
from safepassage.model.ids import ClauseId, ConvoyId, LinkId, SiteId, VehicleId
from safepassage.model.places import Closure
from safepassage.model.plan import Violation
from safepassage.model.time import Window

Turn = Literal["start", "straight", "left", "right", "back"]
Heading = Literal["n", "ne", "e", "se", "s", "sw", "w", "nw"]
Shape: TypeAlias = tuple[tuple[float, float], ...]
"""Points in lon, lat."""


class Joint(Struct, frozen=True, kw_only=True):
    """How a site is joined to the roads: how far it is and to which road; `distance_m` None: not at all.

    `warning` is the code of what a person should look at, or empty.
    """

    site: SiteId
    distance_m: float | None
    road: str = ""
    warning: str = ""


class Driver(Struct, frozen=True, kw_only=True):
    """Who is asked about: a vehicle by itself, or a whole convoy."""

    vehicle: VehicleId = VehicleId("")
    convoy: ConvoyId = ConvoyId("")
    kind: str
    size: Size = Size(0, 0, 0)
    speed_percent: int = 100


class Drive(Struct, frozen=True, kw_only=True):
    """A way to drive a leg. `open` are the windows in which one may depart (None: at any time); `slow`: as at night."""

    travel_s: int
    length_m: int
    open: tuple[Window, ...] | None
    links: tuple[LinkId, ...]
    slow: bool = False


class Leg(Struct, frozen=True, kw_only=True):
    """From a site to another: the ways as they are, and while what is asked about is closed (None: nothing is).

    Fastest first; none: no way. `times` is how often a plan drives it.
    """

    start: SiteId
    end: SiteId
    driver: Driver
    times: int
    ways: tuple[Drive, ...]
    closed: tuple[Drive, ...] | None = None

    @property
    def later_s(self) -> int | None:
        """How much longer it takes while things are closed; None where there is no way any more."""
        if not self.closed:
            return None if self.ways and self.closed is not None else 0
        return self.closed[0].travel_s - self.ways[0].travel_s if self.ways else 0


class Stage(Struct, frozen=True, kw_only=True):
    """A line of directions: a road of one name from `from_m` along the way.

    `links` are those that it is made of, `marks` bridges and the like, `passes` sites on the way, `open` the windows of
    the road (None: always) and `clauses` what makes them. An `access` joins a site to the road.
    """

    name: str
    links: tuple[LinkId, ...]
    from_m: float
    length_m: float
    travel_s: int
    turn: Turn
    heading: Heading
    marks: tuple[str, ...]
    passes: tuple[SiteId, ...]
    access: bool
    open: tuple[Window, ...] | None
    clauses: tuple[ClauseId, ...]
    line: Shape


class Weak(Struct, frozen=True, kw_only=True):
    """A stretch of a way that is lost as one, and what that costs; `names` are those of its roads.

    `extra_s` is how much longer the best other way takes, None: there is none. `choice_m` is how far along the way one
    can last turn off, None: nowhere. `what` names it for `--close`.
    """

    names: tuple[str, ...]
    from_m: float
    length_m: float
    marks: tuple[str, ...]
    extra_s: int | None
    choice_m: float | None
    what: str
    line: Shape


class Way(Struct, frozen=True, kw_only=True):
    """A way in directions. `share` is how much of its time is on ways before it, as a share of the shortest time.

    On `locked_m` from `locked_from_m` on one cannot turn off.
    """

    travel_s: int
    length_m: int
    share: float
    stages: tuple[Stage, ...]
    weak: tuple[Weak, ...]
    locked_m: float
    locked_from_m: float

    @property
    def line(self) -> Shape:
        """The whole line."""
        return tuple(point for stage in self.stages for point in stage.line)


class Between(Struct, frozen=True, kw_only=True):
    """Ways from a site to another, the fastest first; `closed`: while things are closed, None: nothing is."""

    start: SiteId
    end: SiteId
    ways: tuple[Way, ...]
    closed: tuple[Way, ...] | None = None


class Closed(Struct, frozen=True, kw_only=True):
    """What is asked about: as it was written, and what it was taken for. `lasting` where no time was given."""

    text: str
    closure: Closure
    links: tuple[LinkId, ...]
    lasting: bool
    shape: Shape


class MapTold(Struct, frozen=True, kw_only=True):
    """The file of roads, and how much there is in it; `source` names whom it is from, on every map that is shown."""

    file: str
    source: str
    length_km: float
    stretches: int
    junctions: int


class Broken(Struct, frozen=True, kw_only=True):
    """A trip of a plan that no longer holds, and why."""

    trip: str
    vehicle: VehicleId
    violations: tuple[Violation, ...]


class Outlook(Struct, frozen=True, kw_only=True):
    """Everything that was found. `planned`: legs are those of a plan, else every pair of sites."""

    operation: str
    roads: MapTold
    driver: Driver
    joints: tuple[Joint, ...]
    legs: tuple[Leg, ...]
    planned: bool
    between: Between | None
    closures: tuple[Closed, ...]
    cut_off: tuple[SiteId, ...]
    broken: tuple[Broken, ...]
    faults: tuple[Fault, ...]

    @property
    def unjoined(self) -> tuple[SiteId, ...]:
        """Sites that no road leads to."""
        return tuple(joint.site for joint in self.joints if joint.distance_m is None)
