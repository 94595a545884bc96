"""What a source says: a claim, kept beside the ledger and never written over it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

ClaimKind: TypeAlias = Literal[
    "count", "delay", "ambulances-ahead", "cameras", "fate-disclosed", "escort", "agreement", "not-consenting",
]  # fmt: skip
"""A number of people or vehicles; a delay in hours; ambulances ahead of the column; cameras kept away; the fate of
missing people told; an escort; an agreement between parties; a party that did not consent."""

Counted: TypeAlias = Literal[
    "person", "relative", "family", "child", "woman", "man", "older", "wounded", "patient", "disabled", "dead",
    "missing", "staff", "fighter", "soldier", "prisoner", "bus", "ambulance", "truck", "car", "vehicle", "boat",
    "aircraft", "train", "convoy",
]  # fmt: skip
"""Of whom, or of what, a claim counts. `family` counts households, `relative` their members."""

ROLES_CLAIMED: frozenset[str] = frozenset(("fighter", "soldier", "prisoner"))
"""Roles in a conflict: claimed attributes of a source. Nothing that plans or exports uses them."""

VEHICLES_COUNTED: frozenset[str] = frozenset(
    ("bus", "ambulance", "truck", "car", "vehicle", "boat", "aircraft", "train", "convoy")
)

Deed: TypeAlias = Literal[
    "", "left", "moved", "joined", "arrived", "returned", "treated", "stayed", "killed", "hurt", "released", "held",
]  # fmt: skip


class Claim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a source says, in its words and in ours.

    `least` and `most` are the interval of the number (people, vehicles; hours of a delay), None where it is open. `of`
    is who is counted: with several, all of them together. `origin`, `towards` and `at` are places: ids of the
    operation's sites, or else as the source writes them. `from_day` and `until_day` are dates (ISO 8601), empty where
    none is said. `planned`: it is said to be going to happen. `negated`: it is said not to be so. `by` is whom the
    report names for it, `parties` who agreed, escorts or did not consent. `words` stand in the report `report` from
    character `start` to before `end`; a claim entered by hand has no report's span (`end` 0).
    """

    id: str
    kind: ClaimKind = "count"
    of: tuple[Counted, ...] = ()
    least: int | None = None
    most: int | None = None
    hedge: str = ""
    deed: Deed = ""
    origin: str = ""
    towards: str = ""
    at: str = ""
    from_day: str = ""
    until_day: str = ""
    planned: bool = False
    negated: bool = False
    by: str = ""
    parties: tuple[str, ...] = ()
    report: str = ""
    source: str = ""
    family: str = ""
    words: str = ""
    start: int = 0
    end: int = 0
    derived: str = ""
