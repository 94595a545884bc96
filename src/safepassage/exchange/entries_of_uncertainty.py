"""The entries of operation.toml that say what is uncertain: spreads, incidents, spares and reserves."""

from __future__ import annotations

from typing import Final

import msgspec

from safepassage.exchange.bounds import MAX_SPARES
from safepassage.exchange.fields import Field, Kind, source_field


def _spread(kind: Kind, unit: str) -> tuple[Field, ...]:
    parts = (("low", "the lowest"), ("mode", "the most likely; of lognormal the median"))
    return (
        Field(
            name="shape", kind="choice", choices="spread_shape", help="needed with low or high; alone, mode is fixed"
        ),
        *(Field(name=name, kind=kind, unit=unit, help=text) for name, text in parts),
        Field(name="high", kind=kind, unit=unit, help="the highest; of lognormal 9 in 10 are below"),
    )


FACTOR_SPREAD: Final = _spread("factor", "")
"""How a factor scatters."""

TIME_SPREAD: Final = _spread("duration", "min")
"""How a duration scatters."""

# What nobody can answer for is not worth rehearsing: here every entry says where it comes from.
_SOURCE: Final = msgspec.structs.replace(source_field(), required=True)
_ID: Final = Field(name="id", kind="id", required=True, help="unique")

UNCERTAINTIES: Final = (
    Field(name="of", kind="choice", choices="lasting", required=True, help="what lasts"),
    Field(
        name="subject",
        kind="id",
        help="the road of a drive (none on a road map), the milestone, or the site of anything else; empty: all that "
        "no other entry names",
    ),
    Field(name="times", kind="factor_spread", help="the planned duration times this; not given: 1"),
    Field(name="plus", kind="time_spread", help="and this time on top; not given: none"),
    Field(name="day", kind="share", help="share of the scatter that everything of the kind has in common that day"),
    Field(name="place", kind="share", help="share that everything on that road or at that site has in common"),
    Field(name="never", kind="share", help="probability that the milestone never comes; for milestones only"),
    _SOURCE,
)

_INCIDENT: Final = (
    _ID,
    Field(name="kind", kind="text", required=True, help="breakdown, road-cut, screening or walk-ins"),
    _SOURCE,
)
_SITE: Final = Field(name="site", kind="id", refers="sites", required=True, help="where")

INCIDENTS: Final[dict[str, tuple[Field, ...]]] = {
    "breakdown": (
        *_INCIDENT,
        Field(name="vehicle", kind="id", help="a vehicle's id, or a kind of vehicle; empty: any"),
        Field(name="per_1000_km", kind="number", high=1000, required=True, help="so many on average"),
        Field(name="lasts", kind="time_spread", required=True, help="the repair"),
        Field(
            name="options", kind="choices", choices="breakdown_option", help="the first that can be taken is, in order"
        ),
    ),
    "road-cut": (
        *_INCIDENT,
        Field(name="link", kind="id", refers="roads", help="the road; needed unless there is a road map"),
        Field(name="at", kind="point", help="[lon, lat] of a point on the road, where there is a road map"),
        Field(name="probability", kind="share", required=True, help="that it is cut at all"),
        Field(name="between", kind="window", required=True, help="when; any instant of it is as likely"),
        Field(name="lasts", kind="time_spread", required=True, help="until it opens again"),
        Field(
            name="options", kind="choices", choices="road_cut_option", help="the first that can be taken is, in order"
        ),
        Field(
            name="max_hold",
            to="max_hold_s",
            kind="duration",
            unit="min",
            help="the longest wait of the option hold; 0: any",
        ),
    ),
    "screening": (
        *_INCIDENT,
        _SITE,
        Field(name="per_person", kind="time_spread", required=True, help="for each person aboard"),
        Field(name="detains", kind="share", help="probability that a person is detained"),
        Field(name="release", kind="time_spread", help="after which who is detained is released"),
        Field(
            name="waits", to="waits_s", kind="duration", unit="min", help="the longest that the others wait for them"
        ),
    ),
    "walk-ins": (
        *_INCIDENT,
        _SITE,
        Field(name="mean", kind="number", high=10_000, required=True, help="people on no list, for each vehicle"),
    ),
}
"""Kind of incident -> its fields."""

SPARES: Final = (
    Field(name="kind", kind="choice", choices="vehicle_kind", required=True, help="which vehicles"),
    Field(name="count", kind="count", low=1, high=MAX_SPARES, required=True, help="how many"),
    _SITE,
    Field(name="ready", to="ready_s", kind="duration", unit="min", help="from the call until they drive off"),
    Field(name="seats", kind="count", high=1000, help="of each"),
    Field(name="wheelchair_bays", kind="count", high=1000, help="of each"),
    Field(name="stretchers", kind="count", high=1000, help="of each"),
    _SOURCE,
)

RESERVES: Final = (
    Field(name="what", kind="choice", choices="reserve", required=True, help="what is carried along"),
    Field(name="unit", kind="text", required=True, help="in which it is counted, such as litres"),
    Field(name="amount", kind="number", required=True, help="at the start, for each person or vehicle"),
    Field(name="per_day", kind="number", required=True, help="used up by each in a day"),
    Field(name="per_100_km", kind="number", help="fuel of a vehicle on the road, beside per_day"),
    Field(name="per", kind="choice", choices="per", help="whether each person carries it, or each vehicle"),
    Field(name="whom", kind="choice", choices="whom", help="a kind of vehicle, or patients; empty: everyone"),
    _SOURCE,
)
