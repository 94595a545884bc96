"""The laws by which durations scatter, numbered as they are asked for."""

from __future__ import annotations

from math import sqrt

import numpy as np
from msgspec import Struct

from safepassage.model.operation import Operation
from safepassage.model.uncertainty import Lasting, Spread
from safepassage.rehearsal.defaults import law_of
from safepassage.rehearsal.script import Floats, Ints, Keys
from safepassage.rehearsal.spreads import table
from safepassage.rehearsal.streams import stream_key


class Laws(Struct, kw_only=True):
    """Laws by kind and subject, tables by spread, common streams by name: each numbered in the order of asking."""

    operation: Operation
    numbers: dict[tuple[str, str], int] = {}
    rows: list[tuple[int, int, int, int]] = []
    weights: list[tuple[float, float, float]] = []
    tables: dict[Spread, int] = {}
    days: dict[str, int] = {}
    places: dict[str, int] = {}

    def law(self, of: Lasting, subject: str) -> int:
        """Return the number of the law of something."""
        number = self.numbers.setdefault((of, subject), len(self.rows))
        if number == len(self.rows):
            own = law_of(self.operation, of, subject)
            place = _number(self.places, f"place {of} {subject}") if own.place else 0
            self.weights.append((sqrt(own.day), sqrt(own.place), sqrt(max(0.0, 1.0 - own.day - own.place))))
            day = _number(self.days, f"day {of}") if own.day else 0
            self.rows.append((self.table(own.times), self.table(own.plus), day, place))
        return number

    def table(self, spread: Spread) -> int:
        """Return the number of the table of a spread."""
        return self.tables.setdefault(spread, len(self.tables))

    def columns(self) -> tuple[Ints, Floats, tuple[Keys, Keys, Floats]]:
        """Write the laws as arrays.

        Returns
        -------
        numbers
            Of the tables `times` and `plus` and of the common streams of the day and the place, shape (4, laws).
        weights
            Of the day's, the place's and the own variable, shape (3, laws).
        common
            Keys of the days' streams, of the places', and the tables.
        """
        tables = np.array([table(spread) for spread in self.tables])
        numbers = np.array(self.rows, np.int64).reshape(-1, 4).T
        weights = np.array(self.weights, np.float64).reshape(-1, 3).T
        return numbers, weights, (_keys(self.days), _keys(self.places), tables)


def _number(names: dict[str, int], name: str) -> int:
    return names.setdefault(name, len(names))


def _keys(names: dict[str, int]) -> Keys:
    return np.array([stream_key(name) for name in names], np.uint64)
