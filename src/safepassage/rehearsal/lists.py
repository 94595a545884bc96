"""Lists of lists as arrays: where each begins and ends, and all of them in a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from safepassage.model.time import Window
from safepassage.rehearsal.script import Ints


def ints(values: Iterable[int]) -> Ints:
    """Make an array of whole numbers."""
    return np.array(list(values), np.int64)


def ends(lists: Sequence[Sequence[object]]) -> Ints:
    """Return where each list begins in a row of them all, and where the last one ends."""
    return np.concatenate([[0], np.cumsum([len(one) for one in lists], dtype=np.int64)]).astype(np.int64)


def row(lists: Iterable[Iterable[int]]) -> Ints:
    """Put lists into a row."""
    return ints(value for one in lists for value in one)


def windows(lists: Sequence[Sequence[Window]]) -> tuple[Ints, Ints, Ints]:
    """Return where the windows of each begin, from when and until when they last."""
    return ends(lists), row([w.from_s for w in one] for one in lists), row([w.until_s for w in one] for one in lists)
