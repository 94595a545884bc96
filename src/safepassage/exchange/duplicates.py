"""Find ids given twice or alike, and people who seem to be listed twice. Near-linear in their number."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from safepassage.exchange.bounds import HOUSEHOLD_NEIGHBOURS, NEAR_NAME_SCORE, NEAR_NEIGHBOURS
from safepassage.exchange.faults import Faults, shown
from safepassage.exchange.folding import fold
from safepassage.exchange.safety import mixed_scripts, skeleton
from safepassage.exchange.sheets import Sheet
from safepassage.exchange.tables import Table
from safepassage.model.errors import Fault

_Name = tuple[str, int, list[str]]
"""A folded name, its row, and the numbers in it."""

_DIGITS: Final = re.compile(r"\d+")
_TELLING_DIGITS: Final = 5
"""Digits of a telephone or document number: fewer are an age or a row number."""


def check_ids(table: Table, field: str, faults: Faults) -> None:
    """Find ids of a table that are given twice, mix scripts, or cannot be told apart by eye."""
    first: dict[str, int] = {}
    looks: dict[str, int] = {}
    for index, value in enumerate(table.column(field)):
        if value is None:
            continue
        scripts = mixed_scripts(value)
        if scripts:
            _add(
                table,
                (index, field),
                faults,
                code="mixed-script",
                what=f"the id mixes {' and '.join(scripts).lower()} letters",
                expected="letters of one alphabet",
                found=value,
                remedy="type it again by hand",
            )
        if value in first:
            what = f"the id is already that of {table.place(first[value], field)}"
            _add(
                table,
                (index, field),
                faults,
                code="duplicate-id",
                what=what,
                expected="an id once",
                found=value,
                remedy="remove one of the two, or give it another id",
            )
            continue
        first[value] = index
        other = looks.setdefault(skeleton(value), index)
        if other != index:
            what = f"the id looks like that of {table.place(other, field)}"
            _add(
                table,
                (index, field),
                faults,
                code="look-alike-id",
                what=what,
                expected="ids that differ to the eye",
                found=value,
                remedy="type both again by hand",
                warns=value.isascii() and str(table.column(field)[other]).isascii(),
            )


def _add(table: Table, at: tuple[int, str], faults: Faults, *, warns: bool = False, **words: str) -> None:
    faults.add(
        Fault(
            code=words["code"],
            severity="warning" if warns else "error",
            place=table.place(*at),
            what=words["what"],
            expected=words["expected"],
            found=shown(words["found"]),
            remedy=words["remedy"],
            subjects=(table.row_id(at[0]),),
        )
    )


def check_people(people: Table, sheet: Sheet, faults: Faults) -> None:
    """Warn of people who seem to be listed twice: names nearly equal at one site, or equal rows under two ids."""
    told: set[tuple[int, int]] = set()
    _near_names(people, told, faults)
    _equal_rows(people, sheet, told, faults)
    for index, name in enumerate(people.column("name")):
        if name and any(mixed_scripts(word) for word in name.split()):
            _add(
                people,
                (index, "name"),
                faults,
                warns=True,
                code="mixed-script",
                what="a word of the name mixes alphabets that look alike",
                expected="letters of one alphabet",
                found=name,
                remedy="type it again by hand",
            )


def _near_names(people: Table, told: set[tuple[int, int]], faults: Faults) -> None:
    """Compare each name with its neighbours in the sorted names of its site, and with all of its household."""
    sites: dict[Any, list[_Name]] = defaultdict(list)
    households: dict[Any, list[_Name]] = defaultdict(list)
    columns = zip(people.column("name"), people.column("site"), people.column("household"), strict=True)
    for index, (name, site, household) in enumerate(columns):
        # Words in any order: given and family names change places between lists.
        folded = " ".join(sorted(fold(name).split())) if name else ""
        if folded:
            one = folded, index, _DIGITS.findall(folded)
            sites[site].append(one)
            if household:
                households[household].append(one)
    for groups, reach in ((sites, NEAR_NEIGHBOURS), (households, HOUSEHOLD_NEIGHBOURS)):
        for names in groups.values():
            for pair in _near_pairs(sorted(names), reach):
                if (min(pair), max(pair)) not in told:
                    told.add((min(pair), max(pair)))
                    _tell(people, (min(pair), max(pair)), faults)


def _near_pairs(names: list[_Name], reach: int) -> Iterator[tuple[int, int]]:
    # lists without names do without
    from rapidfuzz import fuzz  # noqa: PLC0415

    for at, (name, index, digits) in enumerate(names):
        for other, other_index, other_digits in names[at + 1 : at + 1 + reach]:
            # Person 12 and Person 13 are two people, however alike.
            if digits == other_digits and (name == other or fuzz.ratio(name, other, score_cutoff=NEAR_NAME_SCORE) > 0):
                yield index, other_index


def _tell(people: Table, pair: tuple[int, int], faults: Faults) -> None:
    what = (
        f"the same or nearly the same name at the same site or in the same household as {people.place(pair[0], 'name')}"
    )
    _add(
        people,
        (pair[1], "name"),
        faults,
        warns=True,
        code="near-duplicate-person",
        what=what,
        expected="each person once",
        found=people.column("name")[pair[1]],
        remedy="if it is one person, remove one of the two rows",
    )


def _equal_rows(people: Table, sheet: Sheet, told: set[tuple[int, int]], faults: Faults) -> None:
    """Warn of rows that differ in nothing but the id and carry a name or a telephone or document number."""
    id_column = people.cells.get("id", -1)
    known = set(people.cells.values())
    unread = [column for column in range(max(map(len, sheet.rows), default=0)) if column not in known]
    alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for index, (name, site) in enumerate(zip(people.column("name"), people.column("site"), strict=True)):
        row = sheet.rows[people.rows[index]]
        telling = tuple(text for column in unread if column < len(row) and _telling(text := str(row[column])))
        if name or telling:
            alike[name, site, telling].append(index)
    for indexes in alike.values():
        if len(indexes) > 1:
            _tell_equal(people, sheet, indexes, id_column, told=told, faults=faults)


def _tell_equal(
    people: Table,
    sheet: Sheet,
    indexes: list[int],
    id_column: int,
    *,
    told: set[tuple[int, int]],
    faults: Faults,
) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for index in indexes:
        row = sheet.rows[people.rows[index]]
        content = tuple(str(cell) for column, cell in enumerate(row) if column != id_column)
        other = seen.setdefault(content, index)
        if other != index and (other, index) not in told:
            _add(
                people,
                (index, "id"),
                faults,
                warns=True,
                code="near-duplicate-person",
                what=f"the row is the same as that of {people.place(other, 'id')} but for its id",
                expected="each person once",
                found=people.row_id(index),
                remedy="if it is one person, remove one of the two rows",
            )


def _telling(text: str) -> bool:
    return sum(len(part) for part in _DIGITS.findall(text)) >= _TELLING_DIGITS
