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
from safepassage.roads.openness import ground, openness


class Gates(NamedTuple):
    """`of_piece` numbers what each piece lies in, shape (pieces,); `windows` says for each number when that is open.

    None: always; an empty tuple: never.
    """

    of_piece: npt.NDArray[np.int64]
    windows: tuple[tuple[Window, ...] | None, ...]


def gates(operation: Operation, pieces: npt.NDArray[np.object_]) -> Gates:
    """Find for each piece of road the areas, consents and closures that touch it, and when such pieces are open.

    Parameters
    ----------
    operation
        Whose clauses and closures with a polygon or a line count.
    pieces
        Lines in lon, lat, shape (pieces,).
    """
    shapes = list(_shapes(operation))
    if not shapes or not len(pieces):
        return Gates(np.zeros(len(pieces), dtype=np.int64), (None,))
    touched = np.zeros((len(pieces), len(shapes)), dtype=bool)
    piece, shape = shapely.STRtree(shapes).query(pieces, predicate="intersects")
    touched[piece, shape] = True
    _, first, of_piece = np.unique(touched, axis=0, return_index=True, return_inverse=True)
    # one piece stands for all that are touched by the same: what holds for it is asked of the usual place
    links = tuple(_stand_in(number, pieces[one]) for number, one in enumerate(first.tolist()))
    windows, _ = openness(msgspec.structs.replace(operation, links=links))
    return Gates(of_piece.reshape(-1).astype(np.int64), tuple(windows.get(link.id) for link in links))


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
