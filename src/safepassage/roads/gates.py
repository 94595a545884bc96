"""Which pieces of road are open at the same times, by the same clauses and closures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from safepassage.model.clauses import Area, Consent
from safepassage.model.ids import LinkId
from safepassage.model.operation import Operation
from safepassage.model.places import Link
from safepassage.model.time import Window
from safepassage.model.uncertainty import RoadCut
from safepassage.roads.openness import ground, openness

TOGETHER = 1e-9
"""Degrees: the two directions of a piece of road are as far from a place."""


class Gates(NamedTuple):
    """`of_piece` numbers what each piece lies in, shape (pieces,); `windows` says for each number when that is open.

    None: always; an empty tuple: never. `cut` are the numbers of pieces that an incident may cut.
    """

    of_piece: npt.NDArray[np.int64]
    windows: tuple[tuple[Window, ...] | None, ...]
    cut: frozenset[int] = frozenset()

    @property
    def avoided(self) -> frozenset[int]:
        """Numbers of what has to have a way round: what is open at times only, and what may be cut."""
        return self.cut | {number for number, windows in enumerate(self.windows) if windows}


def gates(operation: Operation, pieces: npt.NDArray[np.object_]) -> Gates:
    """Find for each piece of road the areas, consents and closures that touch it, and when such pieces are open.

    Parameters
    ----------
    operation
        Whose clauses and closures with a polygon or a line count, and places where a road may be cut.
    pieces
        Lines in lon, lat, shape (pieces,).
    """
    shapes, cuts = list(_shapes(operation)), list(_cuts(operation))
    if not len(pieces) or not (shapes or cuts):
        return Gates(np.zeros(len(pieces), dtype=np.int64), (None,))
    touched = np.zeros((len(pieces), len(shapes) + len(cuts)), dtype=bool)
    if shapes:
        piece, shape = shapely.STRtree(shapes).query(pieces, predicate="intersects")
        touched[piece, shape] = True
    for number, place in enumerate(cuts, start=len(shapes)):
        away = shapely.distance(pieces, place)
        touched[:, number] = away <= away.min() + TOGETHER
    kinds, first, of_piece = np.unique(touched, axis=0, return_index=True, return_inverse=True)
    # one piece stands for all that are touched by the same: what holds for it is asked of the usual place
    links = tuple(_stand_in(number, pieces[one]) for number, one in enumerate(first.tolist()))
    windows, _ = openness(msgspec.structs.replace(operation, links=links))
    cut = frozenset(np.flatnonzero(kinds[:, len(shapes) :].any(axis=1)).tolist())
    return Gates(of_piece.reshape(-1).astype(np.int64), tuple(windows.get(link.id) for link in links), cut)


def _cuts(operation: Operation) -> Iterator[shapely.Point]:
    for incident in operation.uncertain.incidents:
        if isinstance(incident, RoadCut) and incident.at is not None:
            yield shapely.Point(incident.at)


def _shapes(operation: Operation) -> Iterator[shapely.Geometry]:
    for clause in operation.clauses:
        if isinstance(clause, Area | Consent) and clause.polygon:
            yield ground(clause.polygon)
    for closure in operation.closures:
        if closure.polygon:
            yield ground(closure.polygon)
        if closure.line:
            yield shapely.LineString(closure.line if len(closure.line) > 1 else closure.line * 2)


def _stand_in(number: int, piece: shapely.Geometry) -> Link:
    line = tuple((lon, lat) for lon, lat in shapely.get_coordinates(piece).tolist())
    nowhere = LinkId("")
    return Link(id=LinkId(str(number)), start=nowhere, end=nowhere, length_m=0, travel_s=0, line=line)  # type: ignore[arg-type]
