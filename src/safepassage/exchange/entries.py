"""The entries of operation.toml: their fields, and those of each kind of clause and of incident."""

from __future__ import annotations

from typing import Final

import msgspec

from safepassage.exchange.entries_of_uncertainty import INCIDENTS, RESERVES, SPARES, UNCERTAINTIES
from safepassage.exchange.fields import Field, source_field
from safepassage.model.operation import Limits

TITLES: Final = (
    Field(name="title", kind="text", help="in the coordinator's words"),
    Field(name="title_fr", kind="text", help="the title in French"),
    Field(name="title_ar", kind="text", help="the title in Arabic"),
)
ENTRY_ID: Final = Field(name="id", kind="id", required=True, help="unique")

OPERATION: Final = (
    Field(name="format", kind="text", required=True, help="the version of this format"),
    Field(name="id", kind="id", required=True, help="short name of the operation"),
    Field(name="title", kind="text", required=True, help="in the coordinator's words"),
    *TITLES[1:],
    Field(name="time_zone", kind="text", required=True, help="IANA name, such as Asia/Damascus"),
    Field(
        name="start", kind="text", required=True, help="the instant 0, a date and time; without offset: in time_zone"
    ),
    Field(name="extends", kind="text", help="folder of the operation that this one varies"),
)
"""The plain keys at the top."""

ROAD_MAP: Final = (
    Field(name="file", kind="text", help="an OpenStreetMap extract (.osm.pbf) or roads as .geojson, in this folder"),
    Field(name="tracks", kind="yes_no", help="whether field and forest tracks are driven too"),
    Field(
        name="reach",
        to="reach_m",
        kind="length",
        unit="m",
        low=1,
        high=50_000,
        help="a site farther from every road is not joined to them",
    ),
    source_field(),
)
"""The fields of [roads], the road map."""

NIGHT: Final = (
    Field(name="from", kind="text", required=True, help="time of day at which it gets dark, such as 20:00"),
    Field(name="until", kind="text", required=True, help="time of day at which it gets light"),
    Field(
        name="speed_percent",
        kind="count",
        required=True,
        low=1,
        high=100,
        help="of its own speed by day that each vehicle drives in the dark at most",
    ),
    source_field(),
)
"""The fields of [night]."""

PARTIES: Final = (
    ENTRY_ID,
    Field(name="name", kind="text", help="as in the agreement"),
    Field(name="name_fr", kind="text", help="the name in French"),
    Field(name="name_ar", kind="text", help="the name in Arabic"),
    Field(name="role", kind="choice", choices="party_role", help="what it does"),
    source_field(),
)
CONVOYS: Final = (
    ENTRY_ID,
    *TITLES,
    Field(name="assembly", kind="id", refers="sites", required=True, help="where the convoy forms up and leaves from"),
    Field(name="destination", kind="id", refers="sites", required=True, help="where it ends"),
    Field(name="spacing", to="spacing_s", kind="duration", unit="s", help="between two vehicles"),
    Field(name="halts", kind="halts", help="halts that the whole convoy makes, in their order"),
    source_field(),
)
HALT: Final = (
    Field(name="site", kind="id", refers="sites", required=True, help="where"),
    Field(name="duration", to="duration_s", kind="duration", unit="min", required=True, help="at least"),
    Field(name="purpose", kind="text", help="what for"),
)
MILESTONES: Final = (
    ENTRY_ID,
    *TITLES,
    Field(name="party", kind="id", refers="parties", help="who brings it about"),
    Field(name="earliest", to="earliest_s", kind="instant", help="not before"),
    Field(name="duration", to="duration_s", kind="duration", unit="min", help="how long it takes"),
    Field(name="after", kind="ids", refers="milestones", help="milestones that come first"),
    source_field(),
)
SOURCES: Final = (
    ENTRY_ID,
    Field(name="title", kind="text", required=True, help="title, publisher"),
    Field(name="date", kind="text", help="when it was published or told"),
    Field(name="note", kind="text", help="what it is good for"),
)
FIGURES: Final = (
    Field(name="what", kind="text", required=True, help="dotted path of the figure, such as limits.rest_s"),
    Field(name="source", kind="text", required=True, help='id of a source, or "assumption: why"'),
)

_CLAUSE: Final = (
    ENTRY_ID,
    Field(name="kind", kind="text", required=True, help="which of the nine kinds"),
    *TITLES,
    Field(name="parties", kind="ids", refers="parties", help="who owes it"),
    source_field(),
)
_PARTY: Final = Field(name="party", kind="id", refers="parties", required=True, help="whose consent or area it is")
_MILESTONE: Final = Field(name="milestone", kind="id", refers="milestones", required=True, help="of which instant")

CLAUSES: Final[dict[str, tuple[Field, ...]]] = {
    "precedence": (
        *_CLAUSE,
        Field(name="first", kind="id", refers="milestones", required=True, help="what comes first"),
        Field(name="then", kind="id", refers="milestones", required=True, help="what comes after it"),
        Field(name="gap", to="gap_s", kind="duration", unit="min", help="at least so long after"),
    ),
    "deadline": (
        *_CLAUSE,
        _MILESTONE,
        Field(name="due", to="due_s", kind="instant", required=True, help="at the latest"),
    ),
    "window": (
        *_CLAUSE,
        _MILESTONE,
        Field(name="windows", kind="windows", required=True, help="into one of which it falls"),
        Field(name="extendable", to="extendable_s", kind="duration", unit="min", help="the parties may extend each"),
    ),
    "both-or-neither": (
        *_CLAUSE,
        Field(name="milestones", kind="ids", refers="milestones", required=True, help="all come, or none"),
        Field(name="within", to="within_s", kind="duration", unit="min", help="of each other"),
    ),
    "ratio": (
        *_CLAUSE,
        Field(name="group", kind="text", required=True, help="the group that is held back"),
        Field(name="against", kind="text", required=True, help="the group it is measured by"),
        Field(name="numerator", kind="count", help="so many of the group"),
        Field(name="denominator", kind="count", low=1, help="for so many of the other"),
        Field(name="tolerance", kind="count", help="and so many more"),
    ),
    "cap": (
        *_CLAUSE,
        Field(name="site", kind="id", refers="sites", required=True, help="the hold point"),
        Field(name="max_people", kind="count", help="at once; 0: no cap"),
        Field(name="max_dwell", to="max_dwell_s", kind="duration", unit="min", help="of anybody; 0: no cap"),
    ),
    "exclusion": (
        *_CLAUSE,
        Field(name="what", kind="text", required=True, help="what must not be there"),
        Field(name="where", kind="texts", help="at which sites or roads; empty: everywhere"),
        Field(name="watched_by", kind="id", refers="parties", help="who watches"),
    ),
    "consent": (
        *_CLAUSE,
        _PARTY,
        Field(name="links", kind="ids", refers="roads", help="roads; empty: all that the party controls"),
        Field(name="polygon", kind="line", help="roads that touch it are the party's; corners in lon, lat, or WKT"),
        Field(name="granted", kind="yes_no", help="notified is not granted"),
        Field(name="windows", kind="windows", help="when; empty: at any time"),
    ),
    "area": (
        *_CLAUSE,
        _PARTY,
        Field(name="polygon", kind="line", help="corners in lon, lat; or WKT POLYGON"),
        Field(name="links", kind="ids", refers="roads", help="roads in it"),
    ),
}
"""Kind of clause -> its fields."""

LISTS: Final[dict[str, tuple[Field, ...]]] = {
    "sources": SOURCES,
    "figures": FIGURES,
    "parties": PARTIES,
    "convoys": CONVOYS,
    "milestones": MILESTONES,
    "uncertainties": UNCERTAINTIES,
    "spares": SPARES,
    "reserves": RESERVES,
}
"""The arrays of tables whose entries are all of one kind, in the order in which they are read."""

KINDS: Final = {"clauses": CLAUSES, "incidents": INCIDENTS}
"""The arrays of tables whose entries have the fields of their kind."""

MATCHED_BY: Final[dict[str, dict[str, str]]] = {
    "figures": {"what": ""},
    "uncertainties": {"of": "", "subject": ""},
    "spares": {"site": "", "kind": "", "seats": "0"},
    "reserves": {"what": "", "whom": "", "per": "person"},
}
"""List -> the keys by which its entries are told apart, the needed one first, and what one means that is not given.

Every other list has the key id.
"""

_LIMIT_HELP: Final = {
    "setup_s": "before and after boarding and alighting, once for each service",
    "board_walking_s": "for one person who walks",
    "board_wheelchair_s": "for one person in a wheelchair",
    "board_stretcher_s": "for one person on a stretcher",
    "alight_walking_s": "for one person who walks",
    "alight_wheelchair_s": "for one person in a wheelchair",
    "alight_stretcher_s": "for one person on a stretcher",
    "drive_before_rest_s": "driving between two rests",
    "rest_s": "a rest",
    "daily_drive_s": "driving of a crew in all",
    "refuel_s": "a refuelling",
    "board_margin_s": "boarding a convoy so long before it leaves, where that delays nothing",
    "pickups_per_trip": "sites at which one trip loads",
    "horizon_s": "end of the time considered, after the start",
    "everyone": "whether a plan may leave nobody behind who could travel",
}


def _limit(field: msgspec.structs.FieldInfo) -> Field:
    text = _LIMIT_HELP.get(field.name, "")
    if field.type is bool:
        return Field(name=field.name, kind="yes_no", help=text)
    if field.name.endswith("_s"):
        # None of the durations may be zero where a division or an endless rest would follow.
        low = 1 if field.name in ("drive_before_rest_s", "daily_drive_s", "horizon_s") else 0
        name = field.name.removesuffix("_s")
        return Field(name=name, to=field.name, kind="duration", unit="s", low=low, help=text)
    return Field(name=field.name, kind="count", low=1, high=100, help=text)


LIMITS: Final = tuple(_limit(field) for field in msgspec.structs.fields(Limits))
"""The fields of [limits]: those of the model, each with its unit."""
