"""Turns that are forbidden: restrictions of OpenStreetMap become pairs of arcs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from safepassage.roads.network import EVERY_PROFILE, Network
from safepassage.roads.profiles import CHAINS

KINDS: Final = frozenset(
    ("no_left_turn", "no_right_turn", "no_straight_on", "no_u_turn", "no_entry", "no_exit", "no_turn",
     "only_left_turn", "only_right_turn", "only_straight_on", "only_u_turn")
)  # fmt: skip

_BITS: Final = {
    key: sum(1 << number for number, chain in enumerate(CHAINS.values()) if key in chain)
    for key in ("motorcar", "motor_vehicle", "vehicle", "bus", "psv", "hgv", "emergency")
}


class Restriction(NamedTuple):
    """A restriction at a node, for some profiles: `only` says that nothing else is allowed from there."""

    only: bool
    same_road: bool
    bits: int
    comes_from: tuple[int, ...]
    via: int
    goes_to: tuple[int, ...]


def read_restriction(
    tags: Mapping[str, str], members: Iterable[tuple[str, int, str]], counts: Counter[str]
) -> tuple[Restriction, ...]:
    """Read a relation; what is not used is counted.

    Parameters
    ----------
    tags, members
        Of the relation; a member is (type, id, role).
    counts
        Gets what was left out, by reason.
    """
    if tags.get("type", "restriction") != "restriction":
        return ()
    kinds = {key: value for key, value in tags.items() if key.partition(":")[0] == "restriction"}
    by_role: dict[str, list[tuple[str, int]]] = {"from": [], "via": [], "to": []}
    for kind, ref, role in members:
        by_role.get(role, []).append((kind, ref))
    found = []
    for key, value in kinds.items():
        bits = _bound(key, tags.get("except", ""))
        if key.endswith(":conditional"):
            counts["restrictions conditional"] += 1
        elif value not in KINDS:
            counts[f"unread {key}={value}"] += 1
        elif [kind for kind, _ in by_role["via"]] != ["n"]:
            counts["restrictions via ways"] += 1
        elif bits:
            ways = {role: tuple(ref for kind, ref in by_role[role] if kind == "w") for role in ("from", "to")}
            via = by_role["via"][0][1]
            only, turning = value.startswith("only"), value == "no_u_turn"
            found.append(Restriction(only, turning, bits, ways["from"], via, ways["to"]))
    return tuple(found)


def with_restrictions(network: Network, restrictions: Sequence[Restriction], counts: Counter[str]) -> Network:
    """Return the network with its forbidden turns; those that fit no arcs are counted."""
    place = {int(number): at for at, number in enumerate(network.node)} if restrictions else {}
    into, out_of = _at_nodes(network, {place[r.via] for r in restrictions if r.via in place})
    forbidden: dict[tuple[int, int], int] = {}
    for one in restrictions:
        at = place.get(one.via, -1)
        comes = [arc for arc in into.get(at, ()) if network.way[network.edge[arc]] in one.comes_from]
        goes = [arc for arc in out_of.get(at, ()) if network.way[network.edge[arc]] in one.goes_to]
        pairs = _pairs(network, one, (comes, goes), out_of.get(at, ()))
        counts["restrictions used" if pairs else "restrictions without roads"] += 1
        for pair in pairs:
            forbidden[pair] = forbidden.get(pair, 0) | one.bits
    turns = sorted(forbidden)
    return network._replace(
        no_turns=np.array(turns, dtype=np.int32).reshape(-1, 2),
        turn_bits=np.array([forbidden[turn] for turn in turns], dtype=np.uint8),
    )


def _bound(key: str, exempt: str) -> int:
    """Return the bits of the profiles that a restriction binds."""
    kind = key.partition(":")[2]
    bits = _BITS.get(kind, 0) if kind else EVERY_PROFILE
    for word in exempt.split(";"):
        bits &= ~_BITS.get(word.strip(), 0)
    return bits


def _at_nodes(network: Network, nodes: set[int]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Return the arcs that enter, and that leave, each of some nodes."""
    found: list[dict[int, list[int]]] = []
    wanted = np.zeros(len(network.node), dtype=bool)
    wanted[list(nodes)] = True
    for ends in (network.head, network.tail):
        arcs: dict[int, list[int]] = {}
        for arc in np.flatnonzero(wanted[ends]):
            arcs.setdefault(int(ends[arc]), []).append(int(arc))
        found.append(arcs)
    return found[0], found[1]


def _pairs(
    network: Network, one: Restriction, arcs: tuple[list[int], list[int]], leaving: Sequence[int]
) -> list[tuple[int, int]]:
    """List the turns that one restriction forbids; none where its roads are not those of the map.

    A way that passes through the node has two arcs there, and which is meant cannot be told: no turn is forbidden then,
    except the turn back onto the same stretch.
    """
    comes, goes = arcs
    if one.same_road:
        return [
            (a, b) for a in comes for b in goes if network.edge[a] == network.edge[b] or one.comes_from != one.goes_to
        ]
    if len(comes) > len(one.comes_from) or len(goes) > len(one.goes_to) or not comes or not goes:
        return []
    if one.only:
        return [(a, b) for a in comes for b in leaving if b not in goes]
    return [(a, b) for a in comes for b in goes]
