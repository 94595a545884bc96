"""A look at the roads as one page: everything inside one file, in every language, for screen and paper."""

from __future__ import annotations

from functools import partial
from typing import Any

from safepassage.model.clauses import Consent
from safepassage.model.operation import Operation
from safepassage.reports import words
from safepassage.reports.document import in_pictures, offset, rendered
from safepassage.reports.roads_brief import roads_brief, roads_setting
from safepassage.reports.roads_sketch import RoadsSketch, roads_sketch
from safepassage.reports.sketch import credit
from safepassage.reports.words import Language, called
from safepassage.roads.network import Network
from safepassage.roads.outlook import Outlook

MOST_LEGS = 500
"""Legs in the table of the page; the matrix has all."""


def roads_page(operation: Operation, outlook: Outlook, network: Network | None, *, language: Language = "en") -> bytes:
    """Make the page of a look at the roads.

    Parameters
    ----------
    operation
        Whose roads.
    outlook
        What was found.
    network
        The whole road map, for the background of the map; None where there is none.
    language
        The language shown first; the page carries both.

    Returns
    -------
    bytes
        One HTML document, UTF-8, that loads nothing.

    Raises
    ------
    zoneinfo.ZoneInfoNotFoundError
        When the operation's time zone is unknown.
    """
    setting = roads_setting(operation)
    found = roads_brief(operation, outlook, legs_at_most=MOST_LEGS)
    sketch = roads_sketch(operation, outlook, network, setting)
    content: dict[str, Any] = {
        "operation": operation,
        "outlook": outlook,
        "credit": credit(operation),
        "brief": found,
        "sketch": sketch,
        "legend": _legend(operation, outlook, sketch),
        "site_kinds": list(dict.fromkeys(site.kind for site in operation.sites if site.kind != "junction")),
        "more_legs": max(len(outlook.legs) - MOST_LEGS, 0),
        "title": words.titled(operation),
        "start": words.full_instant(setting, 0),
        "offset": offset(setting),
        "say": words.say,
        "called": partial(called, setting),
        "language": language,
        "kind": "page.kind-roads",
        "sha256": operation.sha256,
        **in_pictures(),
    }
    content["contents"] = _contents(content)
    return rendered("roads.html", content, styles=("page.css", "roads.css"))


def _legend(operation: Operation, outlook: Outlook, sketch: RoadsSketch | None) -> list[str]:
    """List what there is to explain, in the order of the legend."""
    if sketch is None:
        return []
    kinds = {stroke.kind for stroke in sketch.strokes} | {patch.kind for patch in sketch.patches}
    consents = any(isinstance(clause, Consent) and clause.polygon for clause in operation.clauses)
    shown = {
        "leg": "leg" in kinds,
        "way": "way" in kinds,
        "other": "other" in kinds,
        "detour": "detour" in kinds,
        "weak": bool(sketch.weak),
        "closed": bool(outlook.closures),
        "area": "area" in kinds,
        "consent": consents,
        "network": bool(sketch.network.minor or sketch.network.major),
        "cut": any(spot.cut for spot in sketch.spots),
    }
    return [name for name, there in shown.items() if there]


def _contents(content: dict[str, Any]) -> list[str]:
    found = content["brief"]
    shown = {
        "roads-answer": True,
        "roads-map": content["sketch"] is not None,
        "roads-ways": found.ways,
        "roads-broken": found.broken,
        "roads-legs": found.legs,
        "roads-joints": found.joints,
        "roads-remarks": content["outlook"].faults,
    }
    return [name for name, there in shown.items() if there]
