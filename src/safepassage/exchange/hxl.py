"""HXL: hashtags under the headings of a table, which say in every language what a column holds.

One table says how each of our fields is tagged. When a list is read, a row of hashtags tells what its columns are where
the headings do not; the tags of others need not be ours to the letter: the same hashtag, with the attributes of ours
that tell one field from another.

References
----------
HXL Standard 1.1 (OCHA, 2018): tagging conventions, and core schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

_TAG: Final = re.compile(r"#([a-z][a-z0-9_]*)((?:\s*\+\s*[a-z][a-z0-9_]*)*)", re.IGNORECASE)
_LEAST_TAGGED: Final = 0.25
"""Of the filled cells of a row of hashtags, as the standard has it; the others are left without one."""

TAGS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({
    "people": MappingProxyType({
        "id": "#affected+code", "token": "#affected+code+token", "name": "#affected+name",
        "household": "#affected+household+code", "site": "#loc+origin+code", "destination": "#loc+dest+code",
        "mobility": "#affected+mobility", "needs": "#need+transport", "age_band": "#affected+age",
        "choice": "#status+consent", "fit_to_travel": "#status+fit", "carer": "#affected+carer+code",
        "treatment": "#need+treatment+num", "hospital": "#loc+hospital+code",
        "vehicle": "#service+vehicle+code", "trip": "#activity+trip+code", "departs": "#date+departure",
        "arrives": "#date+arrival", "place": "#loc+current+code", "since": "#date+since", "status": "#status+current",
        "destination_told": "#status+dest+told", "briefed": "#status+briefed", "custody": "#org+custody",
        "walked_in": "#status+unannounced", "missing": "#status+missing", "died": "#status+dead",
        "removed": "#status+removed", "registered": "#status+registered", "identity_known": "#status+identity",
        "key_destroyed": "#status+erased", "referral": "#status+referral", "referred": "#date+referral",
        "accompanied_by": "#affected+escort+code",
    }),
    "sites": MappingProxyType({
        "id": "#loc+code", "pcode": "#loc+code+v_pcode", "name": "#loc+name", "name_ar": "#loc+name+i_ar",
        "kind": "#loc+type", "lon": "#geo+lon", "lat": "#geo+lat", "bays": "#capacity+bays",
        "capacity": "#capacity+people", "takes_stretchers": "#capacity+stretcher", "rest": "#service+rest",
        "fuel": "#service+fuel", "source": "#meta+source",
    }),
    "vehicles": MappingProxyType({
        "id": "#service+vehicle+code", "name": "#service+vehicle+name", "kind": "#service+vehicle+type",
        "site": "#loc+code", "seats": "#capacity+seats", "wheelchair_bays": "#capacity+wheelchair",
        "stretchers": "#capacity+stretcher", "crews": "#capacity+crews", "convoy": "#activity+convoy+code",
        "position": "#activity+position", "speed_percent": "#indicator+speed+pct", "range": "#indicator+range+num",
        "source": "#meta+source",
    }),
    "roads": MappingProxyType({
        "id": "#geo+road+code", "start": "#loc+start+code", "end": "#loc+end+code", "name": "#geo+road+name",
        "length": "#indicator+length+num", "travel": "#indicator+travel+num", "both_ways": "#access+bothways",
        "controlled_by": "#org+control", "line": "#geo+line", "source": "#meta+source",
    }),
    "closures": MappingProxyType({
        "link": "#geo+road+code", "from": "#date+start", "until": "#date+end", "reason": "#access+reason",
        "polygon": "#geo+polygon", "line": "#geo+line", "source": "#meta+source",
    }),
    "trips": MappingProxyType({
        "trip": "#activity+trip+code", "stop": "#meta+sequence", "vehicle": "#service+vehicle+code",
        "kind": "#activity+type", "convoy": "#activity+convoy+code", "site": "#loc+code",
        "pcode": "#loc+code+v_pcode", "arrives": "#date+arrival", "departs": "#date+departure",
        "people": "#targeted", "wheelchair": "#targeted+wheelchair", "stretcher": "#targeted+stretcher",
    }),
    "positions": MappingProxyType({
        "vehicle": "#service+vehicle+code", "at": "#date+reported", "lat": "#geo+lat", "lon": "#geo+lon",
        "accuracy_m": "#geo+accuracy+num", "exactness": "#meta+exactness",
    }),
    "log": MappingProxyType({
        "position": "#meta+sequence", "at": "#date+occurred", "type": "#event+type", "subject": "#event+subject+code",
        "vehicle": "#service+vehicle+code", "site": "#loc+code", "actor": "#contact+code", "device": "#meta+device",
    }),
})  # fmt: skip
"""Table -> field -> its hashtag."""

_PLACES: Final = frozenset(("adm1", "adm2", "adm3", "adm4", "adm5", "loc"))
_PCODES: Final = frozenset(("code", "pcode", "v_pcode"))
_UNITS: Final = frozenset(("s", "min", "h", "m", "km", "kg", "t", "cm", "kmh"))
_SAYS_LITTLE: Final = frozenset(("num", "text", "code", "id"))
"""Attributes that many leave out: a tag is known without them."""


class Tag(NamedTuple):
    """A hashtag and its attributes, in lower case."""

    name: str
    attributes: frozenset[str]


def tag_of(cell: Any) -> Tag | None:
    """Read a cell of a row of hashtags; None where it is none.

    Examples
    --------
    >>> tag_of("#loc +code").name
    'loc'
    """
    if not isinstance(cell, str) or not (found := _TAG.fullmatch(cell.strip())):
        return None
    attributes = (part.strip().lower() for part in found[2].split("+"))
    return Tag(found[1].lower(), frozenset(filter(None, attributes)))


@cache
def _known(table: str) -> dict[str, Tag]:
    """Read our own tags of a table: what each field is called."""
    return {field: tag for field, text in TAGS.get(table, {}).items() if (tag := tag_of(text)) is not None}


def is_tag_row(row: list[Any]) -> bool:
    """Tell whether a row is one of hashtags: nothing else is in it, or enough of them are."""
    cells = [cell for cell in row if cell not in ("", None)]
    begin = sum(isinstance(cell, str) and cell.lstrip().startswith("#") for cell in cells)
    tags = sum(tag_of(cell) is not None for cell in cells) if begin else 0
    return tags > 0 and (begin == len(cells) or (tags > 1 and tags >= len(cells) * _LEAST_TAGGED))


def field_of_tag(table: str, cell: Any) -> tuple[str, str] | None:
    """Tell which field of a table a hashtag means, and the unit that it names (or none).

    Parameters
    ----------
    table
        One of `TAGS`.
    cell
        The cell.

    Returns
    -------
    tuple[str, str] | None
        None where it is no hashtag, or means none of the fields, or more than one alike.
    """
    tag = tag_of(cell)
    if tag is None or not (known := _known(table)):
        return None
    unit = next((one for one in sorted(tag.attributes) if one in _UNITS), "")
    given = tag.attributes - _UNITS
    if "pcode" in known and tag.name in _PLACES and _is_pcode(tag):
        return "pcode", ""
    fits = {field: _likeness(own, Tag(tag.name, given)) for field, own in known.items()}
    best = max(fits.values())
    found = [field for field, score in fits.items() if score == best]
    return (found[0], unit) if best > 0 and len(found) == 1 else None


def _is_pcode(tag: Tag) -> bool:
    return bool(tag.attributes & (_PCODES if tag.name != "loc" else _PCODES - {"code"}))


def _likeness(own: Tag, given: Tag) -> int:
    """Score a tag against ours: 0 where it is another, more the more attributes both have."""
    if own.name != given.name or not own.attributes - _SAYS_LITTLE <= given.attributes:
        return 0
    shared, other = len(own.attributes & given.attributes), len(own.attributes ^ given.attributes)
    return 2 + 16 * shared - other + (1000 if own.attributes == given.attributes else 0)
