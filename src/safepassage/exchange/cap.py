"""Alerts by the Common Alerting Protocol: what is dangerous, where, until when, and what to do; written and read.

References
----------
Common Alerting Protocol, version 1.2 (OASIS Standard, 2010), section 3.2: elements, their order and values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from safepassage.exchange.xml_files import HEAD, Element, NotReadError, element, read_xml
from safepassage.model.errors import Fault, InputError, Place

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"

Point: TypeAlias = tuple[float, float]
"""Lon, lat: as everywhere here. The protocol itself has them the other way round."""

Status: TypeAlias = Literal["Actual", "Exercise", "System", "Test", "Draft"]
MessageType: TypeAlias = Literal["Alert", "Update", "Cancel", "Ack", "Error"]

STATUSES: Final = ("Actual", "Exercise", "System", "Test", "Draft")
TYPES: Final = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPES: Final = ("Public", "Restricted", "Private")
CATEGORIES: Final = (
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other",
)  # fmt: skip
URGENCIES: Final = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES: Final = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES: Final = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")

MOST_AREAS: Final = 500
MOST_POINTS: Final = 20_000
CIRCLE_CORNERS: Final = 32
_KM_PER_DEGREE: Final = 111.195
_ADDRESSES: Final = re.compile(r'"([^"]+)"|([^"\s]+)')
_NO_ID: Final = re.compile(r"[\s,<&]+")


class Area(Struct, frozen=True, kw_only=True):
    """Where: in words, as polygons (rings of lon, lat) and as codes (P-codes) of places."""

    description: str
    polygons: tuple[tuple[Point, ...], ...] = ()
    pcodes: tuple[str, ...] = ()


class Info(Struct, frozen=True, kw_only=True):
    """What is told, in one language."""

    event: str
    language: str = "en"
    category: str = "Safety"
    responses: tuple[str, ...] = ()
    urgency: str = "Unknown"
    severity: str = "Unknown"
    certainty: str = "Unknown"
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    areas: tuple[Area, ...] = ()


class Alert(Struct, frozen=True, kw_only=True):
    """An alert. What is not public says to whom it goes: `addresses` (private) or the rule (`restriction`)."""

    identifier: str
    sender: str
    sent: datetime
    status: Status = "Actual"
    type: MessageType = "Alert"
    scope: Literal["Public", "Restricted", "Private"] = "Restricted"
    restriction: str = ""
    addresses: tuple[str, ...] = ()
    references: str = ""
    infos: tuple[Info, ...] = ()


def alert_file(alert: Alert) -> bytes:
    """Write an alert.

    Parameters
    ----------
    alert
        The alert. Its identifier and sender lose what the protocol does not allow in them.
    """
    text = f'{HEAD}<alert xmlns="{NAMESPACE}">\n'
    for name, said in (
        ("identifier", _NO_ID.sub("-", alert.identifier)), ("sender", _NO_ID.sub("-", alert.sender)),
        ("sent", _instant(alert.sent)), ("status", alert.status), ("msgType", alert.type), ("scope", alert.scope),
        ("restriction", alert.restriction), ("addresses", " ".join(f'"{one}"' for one in alert.addresses)),
        ("references", alert.references),
    ):  # fmt: skip
        text += element(name, said)
    text += "".join(f"<info>\n{''.join(_info(one))}</info>\n" for one in alert.infos)
    return f"{text}</alert>\n".encode()


def _info(info: Info) -> Iterator[str]:
    yield element("language", info.language)
    yield element("category", info.category)
    yield element("event", info.event)
    yield from (element("responseType", one) for one in info.responses)
    for name, said in (
        ("urgency", info.urgency), ("severity", info.severity), ("certainty", info.certainty),
        ("onset", _instant(info.onset)), ("expires", _instant(info.expires)), ("senderName", info.sender_name),
        ("headline", info.headline), ("description", info.description), ("instruction", info.instruction),
    ):  # fmt: skip
        yield element(name, said)
    for area in info.areas:
        codes = "".join(
            f"<geocode>\n{element('valueName', 'P-code')}{element('value', code)}</geocode>\n" for code in area.pcodes
        )
        rings = "".join(element("polygon", _ring(ring)) for ring in area.polygons)
        yield f"<area>\n{element('areaDesc', area.description or '-')}{rings}{codes}</area>\n"


def _instant(at: datetime | None) -> str:
    """Write an instant as the protocol has it: whole seconds, and an offset that is never Z."""
    if at is None:
        return ""
    text = at.isoformat(timespec="seconds")
    return text.replace("+00:00", "-00:00")


def _ring(ring: Sequence[Point]) -> str:
    closed = ring if ring[0] == ring[-1] else (*ring, ring[0])
    return " ".join(f"{lat:.6f},{lon:.6f}" for lon, lat in closed)


def read_alert(data: bytes, name: str = "CAP") -> Alert:
    """Read an alert.

    A circle becomes a polygon of its corners: those touch it.

    Parameters
    ----------
    data
        The file.
    name
        What faults call it.

    Raises
    ------
    InputError
        When it is no alert of version 1.2, or what it says where is none.
    """
    try:
        return _alert(read_xml(data))
    except (NotReadError, ValueError) as error:
        fault = Fault(
            code="cap-unreadable", severity="error", place=Place(file=name), what="an alert that cannot be read",
            expected="an alert by the Common Alerting Protocol, version 1.2", found=str(error)[:200],
            remedy="ask the sender for the CAP 1.2 file itself, not a page about it",
        )  # fmt: skip
        raise InputError((fault,)) from error


def _alert(root: Element) -> Alert:
    if (root.name, root.space) != ("alert", NAMESPACE):
        raise NotReadError(f"its first element is not alert of {NAMESPACE}")
    for required in ("identifier", "sender", "sent", "status", "msgType", "scope"):
        if not root.first(required):
            raise NotReadError(f"it has no {required}")
    return Alert(
        identifier=root.first("identifier"),
        sender=root.first("sender"),
        sent=_read_instant(root.first("sent")),
        status=_one_of(root.first("status"), STATUSES),  # type: ignore[arg-type]  # it is one of them
        type=_one_of(root.first("msgType"), TYPES),  # type: ignore[arg-type]
        scope=_one_of(root.first("scope"), SCOPES),  # type: ignore[arg-type]
        restriction=root.first("restriction"),
        addresses=tuple(quoted or bare for quoted, bare in _ADDRESSES.findall(root.first("addresses"))),
        references=root.first("references"),
        infos=tuple(_read_info(one) for one in root.all("info")),
    )


def _read_info(info: Element) -> Info:
    return Info(
        event=info.first("event"),
        language=info.first("language") or "en-US",
        category=_one_of(info.first("category"), CATEGORIES),
        responses=tuple(one.text.strip() for one in info.all("responseType")),
        urgency=_one_of(info.first("urgency"), URGENCIES),
        severity=_one_of(info.first("severity"), SEVERITIES),
        certainty=_one_of(info.first("certainty"), CERTAINTIES),
        onset=_maybe(info.first("onset") or info.first("effective")),
        expires=_maybe(info.first("expires")),
        sender_name=info.first("senderName"),
        headline=info.first("headline"),
        description=info.first("description"),
        instruction=info.first("instruction"),
        areas=tuple(_read_areas(info)),
    )


def _read_areas(info: Element) -> Iterator[Area]:
    points = 0
    for number, area in enumerate(info.all("area")):
        rings = [_read_ring(one.text) for one in area.all("polygon")]
        rings += [_circle(one.text) for one in area.all("circle")]
        points += sum(map(len, rings))
        if number >= MOST_AREAS or points > MOST_POINTS:
            raise NotReadError(f"more than {MOST_AREAS} areas or {MOST_POINTS:,} points")
        codes = tuple(one.first("value") for one in area.all("geocode") if "code" in one.first("valueName").lower())
        yield Area(description=area.first("areaDesc"), polygons=tuple(rings), pcodes=codes)


def _one_of(text: str, known: Sequence[str]) -> str:
    """Return a word of the protocol.

    Raises
    ------
    NotReadError
        When it is none of the known ones.
    """
    if text not in known:
        raise NotReadError(f"{text[:40]!r} is none of {', '.join(known)}")
    return text


def _read_instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise NotReadError(f"{text[:40]!r} has no offset")
    return found


def _maybe(text: str) -> datetime | None:
    return _read_instant(text) if text else None


def _read_ring(text: str) -> tuple[Point, ...]:
    ring = tuple(map(_read_point, text.split()))
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise NotReadError("a polygon has fewer than four points, or its last is not its first")
    return ring


def _read_point(text: str) -> Point:
    lat, lon = (_degree(part, most) for part, most in zip(text.split(","), (90.0, 180.0), strict=True))
    return lon, lat


def _degree(text: str, most: float) -> float:
    found = float(text)
    if not -most <= found <= most:
        raise NotReadError(f"{text[:40]!r} is no degree")
    return found


def _circle(text: str) -> tuple[Point, ...]:
    """Return a polygon around a circle."""
    centre, radius = text.split()
    lon, lat = _read_point(centre)
    outer_km = max(float(radius), 0.05) / math.cos(math.pi / CIRCLE_CORNERS)
    if not outer_km < 2_000:
        raise NotReadError(f"a circle of {radius[:20]} km")
    high = outer_km / _KM_PER_DEGREE
    wide = high / max(math.cos(math.radians(lat)), 0.01)

    def bounded(value: float, most: float) -> float:
        return max(-most, min(most, value))

    turns = [2 * math.pi * corner / CIRCLE_CORNERS for corner in range(CIRCLE_CORNERS)]
    ring = tuple(
        (bounded(lon + wide * math.cos(turn), 180.0), bounded(lat + high * math.sin(turn), 90.0)) for turn in turns
    )
    return (*ring, ring[0])
