"""What an event says of where its subject was: before it and after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from safepassage.ledger.clocks import Interval
from safepassage.ledger.envelope import Digest
from safepassage.ledger.facts import Fact
from safepassage.ledger.journeys import NOWHERE, Sighting, Where


def _at_site(fact: Fact) -> tuple[Where, Where]:
    here = Where("site", fact.site, fact.site) if fact.site else NOWHERE
    return here, here


def _at_site_or_aboard(fact: Fact) -> tuple[Where, Where]:
    """Where a person was met: aboard, when a vehicle is named, else at the site."""
    if fact.vehicle:
        here = Where("vehicle", fact.vehicle, fact.site)
        return here, here
    return _at_site(fact)


def _boarded(fact: Fact) -> tuple[Where, Where]:
    return Where("foot", fact.site, fact.site), Where("vehicle", fact.vehicle, fact.site)


def _alighted(fact: Fact) -> tuple[Where, Where]:
    return Where("vehicle", fact.vehicle, fact.site), _at_site(fact)[1]


def _transferred(fact: Fact) -> tuple[Where, Where]:
    return Where("vehicle", fact.payload.from_vehicle, fact.site), Where("vehicle", fact.vehicle, fact.site)


def _died(fact: Fact) -> tuple[Where, Where]:
    return _at_site_or_aboard(fact)[0], Where("dead", fact.vehicle or fact.site, fact.site)


def _drove_off(fact: Fact) -> tuple[Where, Where]:
    return _at_site(fact)[0], Where("road", "", fact.site)


def _drove_up(fact: Fact) -> tuple[Where, Where]:
    return Where("road", "", fact.site), _at_site(fact)[1]


_Reading = Callable[[Fact], tuple[Where, Where]]

PERSON: Mapping[str, _Reading] = MappingProxyType({
    "registered": _at_site, "walked-in": _at_site, "registered-unknown": _at_site, "token-given": _at_site,
    "briefed": _at_site, "found-fit": _at_site, "found-unfit": _at_site, "seen": _at_site_or_aboard,
    "boarded": _boarded, "alighted": _alighted, "transferred": _transferred, "referred": _at_site,
    "treated": _at_site, "returned": _at_site, "retained": _at_site, "died": _died, "detained": _at_site,
    "released": _at_site, "found": _at_site_or_aboard, "handed-over": _at_site_or_aboard,
})  # fmt: skip
"""Types that say where a person was. Choice is not among them: it may be told by others, from anywhere."""

VEHICLE: Mapping[str, _Reading] = MappingProxyType({"departed": _drove_off, "arrived": _drove_up})
"""Types that say where a vehicle was at sites; positions on the road are told apart."""


_SILENT = (NOWHERE, NOWHERE)


def sightings(
    facts: Sequence[Fact],
    known: Sequence[int],
    intervals: Sequence[Interval],
    kind: str,
    upheld: frozenset[Digest] = frozenset(),
) -> tuple[list[int], list[Sighting]]:
    """Return which facts say where their subject was, and what they say.

    Parameters
    ----------
    facts, known, intervals
        The facts about one subject; for each, those that it knew (bits over positions in `facts`), and its time.
    kind
        `person` or `vehicle`.
    upheld
        What a person looked into and found true.

    Returns
    -------
    tuple
        Positions in `facts`, and a sighting for each; `known` in these counts positions of this list.
    """
    table = PERSON if kind == "person" else VEHICLE
    # What says nothing of a place must not come between two that do.
    said = {index: table[fact.type](fact) for index, fact in enumerate(facts) if fact.type in table}
    chosen = [index for index, where in said.items() if where != _SILENT]
    passed_over = [index for index in range(len(facts) - 1, -1, -1) if said.get(index, _SILENT) == _SILENT]
    found = []
    for index in chosen:
        bits = known[index]
        for other in passed_over:
            bits = bits & (1 << other) - 1 | bits >> other + 1 << other
        found.append(Sighting(facts[index].name, intervals[index], bits, *said[index], facts[index].name in upheld))
    return chosen, found
