"""Alerts to others and from others: what is closed, held or happened, as CAP; and what an alert would close here.

An alert goes to those who are named in it. It says nothing of any person, and of a convoy that is held not where it
stands: an alert is copied farther than anybody means it to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import shapely
from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.exported_shapes import Ways
from safepassage.desk.material import Material
from safepassage.exchange.cap import Alert, Area, Info
from safepassage.exchange.shapes_out import Feature
from safepassage.model.errors import UsageError
from safepassage.model.places import Closure, Site
from safepassage.reports.words import LANGUAGES, Phrase, plain, same, say

WIDE_DEG: Final = 0.002
"""How far from a line, and about a place, an alert counts: some two hundred metres."""

ABOUT_DEG: Final = 0.01


class Proposal(Struct, frozen=True, kw_only=True):
    """What an alert would close here, as shapes to look at; and what somebody must know before they take it over."""

    shapes: tuple[Feature, ...]
    headline: str
    remarks: tuple[str, ...]


class _Told(Struct, frozen=True, kw_only=True):
    """What an alert says in every language, and how grave it is."""

    event: Phrase
    headline: Phrase
    description: Phrase
    instruction: Phrase
    areas: tuple[tuple[Phrase, tuple[Any, ...], str], ...]
    info: Info


def subjects(material: Material) -> list[str]:
    """Return what an alert can be made of here."""
    found = [f"closure:{number}" for number in range(1, len(material.operation.closures) + 1)]
    if material.state is not None:
        found += [f"incident:{name}" for name in material.state.incidents]
        found += [f"hold:{name}" for name, one in material.state.convoys.items() if one.held_since is not None]
    return found


def alert(material: Material, about: str, recipient: str, *, sender: str, exercise: bool = False) -> Alert:
    """Make an alert.

    Parameters
    ----------
    material
        What is known.
    about
        `closure:1` (the first), `incident:ID` or `hold:CONVOY`.
    recipient
        To whom it goes: nobody else is meant.
    sender
        Who answers for it.
    exercise
        Nothing of it is real.

    Raises
    ------
    UsageError
        When there is no such closure, incident or hold, or nobody is named whom it goes to.
    """
    if about not in subjects(material):
        known = ", ".join(subjects(material)[:20]) or "none"
        raise UsageError(f"no alert can be made of {about[:60]!r}; there are: {known}")
    if not recipient:
        raise UsageError("an alert goes to somebody: name the recipient")
    kind, _, name = about.partition(":")
    made = {"closure": _closure, "incident": _incident, "hold": _hold}[kind](material, name)
    return Alert(
        identifier=f"{material.operation.id}-{kind}-{name}-{material.made:%Y%m%dT%H%M%S}",
        sender=sender or material.operation.id, sent=material.made, scope="Private", addresses=(recipient,),
        status="Exercise" if exercise else "Actual", infos=tuple(_infos(material, made)),
    )  # fmt: skip


def _infos(material: Material, made: _Told) -> Iterator[Info]:
    for language in LANGUAGES:
        yield replace(
            made.info,
            language=language,
            sender_name=(material.operation.title_ar if language == "ar" else "") or material.operation.title,
            event=plain(made.event.of(language)),
            headline=plain(made.headline.of(language)),
            description=plain(made.description.of(language)),
            instruction=plain(made.instruction.of(language)),
            areas=tuple(
                Area(description=plain(named.of(language)), polygons=rings, pcodes=(pcode,) if pcode else ())
                for named, rings, pcode in made.areas
            ),
        )


def _closure(material: Material, name: str) -> _Told:
    one = material.operation.closures[int(name) - 1]
    shape, called = _shape_of(material, one)
    return _Told(
        event=say("alert.closure"),
        headline=say("alert.closure-of", road=called or one.link or "–"),
        description=same(one.reason) if one.reason else say("alert.no-reason"),
        instruction=say("alert.avoid"),
        areas=((same(called or one.link or "–"), _rings(shape), ""),),
        info=Info(event="", category="Transport", responses=("Avoid",), urgency="Expected", severity="Severe",
                  certainty="Likely", onset=material.at(one.from_s), expires=material.at(one.until_s)),
    )  # fmt: skip


def _shape_of(material: Material, one: Closure) -> tuple[Any, str]:
    if len(one.polygon) > 2:
        return shapely.Polygon(one.polygon), ""
    if one.line:
        return shapely.LineString(one.line).buffer(WIDE_DEG, quad_segs=2), ""
    link = next((link for link in material.operation.links if link.id == one.link), None)
    if link is None:
        return shapely.Polygon(), ""
    return shapely.LineString(Ways(material).line(link)).buffer(WIDE_DEG, quad_segs=2), link.name


def _rings(shape: Any) -> tuple[Any, ...]:
    parts = getattr(shape, "geoms", [shape])
    return tuple(tuple(part.exterior.coords) for part in parts if not part.is_empty)


def _around(site: Site) -> Any:
    return shapely.Point(site.lon, site.lat).buffer(ABOUT_DEG, quad_segs=2)


def _incident(material: Material, name: str) -> _Told:
    assert material.state is not None  # noqa: S101 - `subjects` lists no incident without
    one = material.state.incidents[name]
    site = next((site for site in material.operation.sites if site.id == one.site), None)
    areas = ((same(site.name or site.id), _rings(_around(site)), site.pcode),) if site else ()
    return _Told(
        event=same(one.kind),
        headline=say("alert.incident-of", kind=one.kind),
        description=say("alert.no-persons"),
        instruction=say("alert.ask"),
        areas=areas,
        info=Info(event="", category="Security", responses=("Monitor",), urgency="Immediate", severity="Unknown",
                  certainty="Observed", onset=material.told_at_ms(one.time.likely_ms)),
    )  # fmt: skip


def _hold(material: Material, name: str) -> _Told:
    assert material.state is not None  # noqa: S101 - `subjects` lists no hold without
    one = material.state.convoys[name]
    assert one.held_since is not None  # noqa: S101 - the same
    return _Told(
        event=say("alert.hold"),
        headline=say("alert.hold-of", convoy=name),
        description=same(one.reason) if one.reason else say("alert.no-reason"),
        instruction=say("alert.ask"),
        areas=(),
        info=Info(event="", category="Transport", responses=("Monitor",), urgency="Immediate", severity="Unknown",
                  certainty="Observed", onset=material.told_at_ms(one.held_since.likely_ms)),
    )  # fmt: skip


def closures_of(alert: Alert, material: Material) -> Proposal:
    """Propose what an alert would close: its areas, from when until when. Nothing is closed by this.

    Parameters
    ----------
    alert
        As somebody sent it.
    material
        Of the operation that it concerns.

    Raises
    ------
    UsageError
        When it takes an earlier one back, has no area, or is about another time than the operation.
    """
    if alert.type not in ("Alert", "Update"):
        raise UsageError(f"this is no warning but {alert.type}: it closes nothing; see which alert it refers to")
    remarks = [] if alert.status == "Actual" else [f"not actual: {alert.status}"]
    if alert.type == "Update":
        remarks.append(f"takes the place of {alert.references or 'an earlier alert'}: take its closures out")
    rings: dict[Any, Info] = {}
    for info in alert.infos:
        for area in info.areas:
            for ring in area.polygons:
                rings.setdefault(ring, info)
    if not rings:
        raise UsageError("the alert has no area with a polygon or a circle: draw the closure by hand")
    if any(info.expires is None for info in rings.values()):
        remarks.append("it names no end: the end of the time considered is taken")
    shapes = tuple(found for ring, info in rings.items() if (found := _proposed(alert, material, ring, info)))
    if not shapes:
        raise UsageError("what the alert is about is over before the operation begins, or begins after its end")
    first = alert.infos[0]
    return Proposal(shapes=shapes, headline=first.headline or first.event, remarks=tuple(remarks))


def _proposed(alert: Alert, material: Material, ring: Any, info: Info) -> Feature | None:
    begins = max(info.onset or alert.sent, material.at(0))
    # not beyond what is considered: some ends that can be written lie beyond every calendar
    considered = material.at(material.operation.limits.horizon_s)
    ends = min(info.expires or considered, considered)
    if begins >= ends:
        return None
    source = f"assumption: not checked here; CAP alert {alert.identifier} of {alert.sender}"[:200]
    return Feature(
        shape="Polygon", points=ring,
        said={
            "from": begins.astimezone(material.zone).isoformat(), "until": ends.astimezone(material.zone).isoformat(),
            "reason": (info.headline or info.event)[:200],
            "source": source if info.expires else f"{source}, which names no end",
        },
    )  # fmt: skip
