"""Tell people what was left out of the roads, and how far their sites are from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from safepassage.model.errors import Fault, Place
from safepassage.roads.network import PROFILES
from safepassage.roads.snapping import FAR_M, REACH_M, Candidate, away_m

LEFT_OUT: Final = {
    "left out areas": "squares and other areas",
    "left out closed": "roads closed by their tags (private, no, military ...)",
    "left out tracks": "field and forest tracks (not asked for)",
    "left out ferries": "boats that do not say that they take vehicles",
    "left out reversible": "roads whose direction changes with the hour",
    "left out impassable": "roads and fords that no vehicle gets through",
    "left out shapes": "points and areas",
    "ignored conditional": "roads with rules for certain hours or vehicles (the rule is ignored)",
    "ignored maxaxleload": "limits of axle load (ignored)",
    "ignored maxlength": "limits of length (ignored)",
    "ignored maxweightrating": "limits of rated weight (ignored)",
    "restrictions conditional": "turns forbidden at certain hours (allowed here)",
    "restrictions via ways": "turns forbidden over a stretch (allowed here)",
    "restrictions without roads": "forbidden turns whose roads are not there",
    "points missing": "points of roads that the extract does not hold (the road is cut there)",
    "barriers closed": "barriers that nobody passes",
}
"""Words for what is counted and told, in this order."""

MOST_EXAMPLES: Final = 5


def remarks(counts: Mapping[str, int], file: str) -> tuple[Fault, ...]:
    """Tell what was left out of a file of roads, and what was not understood."""
    found = []
    left = [f"{counts[key]} {words}" for key, words in LEFT_OUT.items() if counts.get(key)]
    if left:
        found.append(_warning("roads-left-out", file, "not all of the roads are used", "; ".join(left)))
    unread = sorted((-count, key.removeprefix("unread ")) for key, count in counts.items() if key.startswith("unread "))
    if unread:
        told = ", ".join(f"{words} ({-count})" for count, words in unread[:MOST_EXAMPLES])
        more = f", and {len(unread) - MOST_EXAMPLES} more" if len(unread) > MOST_EXAMPLES else ""
        found.append(_warning("roads-tags-unread", file, "values of tags are not understood", told + more))
    return tuple(found)


def islands(lost: Mapping[str, int], file: str) -> tuple[Fault, ...]:
    """Tell what `components.connected` closed."""
    told = [
        f"{profile} {lost[f'{profile} stretches']} stretches, {lost[f'{profile} km']} km"
        for profile in PROFILES
        if lost.get(f"{profile} stretches")
    ]
    if not told:
        return ()
    return (_warning("roads-islands", file, "some roads cannot be reached, or not left again", "; ".join(told)),)


def _warning(code: str, file: str, what: str, found: str) -> Fault:
    return Fault(code=code, severity="warning", place=Place(file=file), what=what, found=found)


def off_road(
    sites: Sequence[str],
    candidates: Sequence[tuple[Candidate, ...]],
    profiles: int,
    file: str,
    *,
    reach_m: float = REACH_M,
) -> tuple[Fault, ...]:
    """Tell which sites are far from any road that one of the profiles may drive, or not joined to it at all.

    A site that only some of the profiles reach is a warning.

    Parameters
    ----------
    sites
        Their names.
    candidates
        Those of each site (`Joined.candidates`).
    profiles
        Bits of the profiles that were asked for.
    file
        Where the sites are listed.
    reach_m
        How far roads were looked for.
    """
    found = []
    for site, own in zip(sites, candidates, strict=True):
        away = {profile: away_m(own, 1 << number) for number, profile in enumerate(PROFILES) if profiles >> number & 1}
        missing = [profile for profile, distance in away.items() if distance is None]
        far = {profile: distance for profile, distance in away.items() if distance is not None and distance > FAR_M}
        if missing:
            found.append(_off_road(site, missing, file, reached=len(missing) < len(away), reach_m=reach_m))
        if far:
            found.append(_far(site, far, file))
    return tuple(found)


def _off_road(site: str, profiles: Sequence[str], file: str, *, reached: bool, reach_m: float) -> Fault:
    return Fault(
        code="site-off-road",
        severity="warning" if reached else "error",
        place=Place(file=file, cell=site),
        what="the site is not joined to the roads",
        expected=f"a road for each of {', '.join(profiles)} within {reach_m:.0f} m",
        found="none",
        remedy="check its coordinates and the area of the extract, or add the road",
        subjects=(f"sites/{site}",),
    )


def _far(site: str, far: Mapping[str, float], file: str) -> Fault:
    return Fault(
        code="site-far-from-road",
        severity="warning",
        place=Place(file=file, cell=site),
        what="the site lies far from the nearest road",
        expected=f"a road within {FAR_M:.0f} m",
        found=", ".join(f"{profile} {distance:.0f} m" for profile, distance in far.items()),
        remedy="check its coordinates, or put it where vehicles stop",
        subjects=(f"sites/{site}",),
    )
