"""Write the people of River town: pseudonymous ids, invented for the exercise from a fixed seed.

Run as::

    python make_people.py
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

HERE = Path(__file__).resolve().parent
SEED = 20
COLUMNS = (
    "id", "household", "site", "destination", "mobility", "age_band", "choice", "carer", "apart_from", "source",
)  # fmt: skip
NOTE = "assumption: invented for the exercise"

# People at each pickup point; the nursing home is made up below.
TOWN = {"north-school": 115, "market-hall": 95, "station": 72, "mill-lane": 70}
LARGEST_HOUSEHOLD = 6
WHEELCHAIRS_IN_TOWN = ("north-school", "station")

# The nursing home: carers first, each with the residents who ride beside them.
LYING, LYING_PER_CARER = 10, 2
WHEELCHAIRS, WHEELCHAIRS_WITH_CARER, WHEELCHAIRS_PER_CARER = 14, 6, 2
WALKING_RESIDENTS, OTHER_STAFF = 26, 10
HOME, CLINIC = "nursing-home", "hill-clinic"

Row = dict[str, str]


def add(table: list[Row], site: str, household: int, **fields: str) -> Row:
    """Append one person with the next id, and return the row."""
    row = dict.fromkeys(COLUMNS, "") | {
        "id": f"P{len(table) + 1:03d}", "household": f"H{household:03d}", "site": site,
        "mobility": "walking", "age_band": "adult", "choice": "consented", "source": NOTE,
    } | fields  # fmt: skip
    table.append(row)
    return row


def draw_age(rng: random.Random) -> str:
    """Draw the age band of a household's further member."""
    at = rng.random()
    return "infant" if at < 0.1 else "child" if at < 0.5 else "adult" if at < 0.8 else "older"


def add_households(table: list[Row], rng: random.Random, site: str, total: int) -> None:
    """Append the households of one pickup point: an adult, then others of any age."""
    left = total
    while left:
        size = min(1 + int(rng.random() * LARGEST_HOUSEHOLD), left)
        number = next_household(table)
        for k in range(size):
            add(table, site, number, age_band="adult" if k == 0 else draw_age(rng))
        left -= size


def next_household(table: list[Row]) -> int:
    """Give the number of the next household."""
    return int(table[-1]["household"][1:]) + 1 if table else 1


def add_residents(table: list[Row], mobility: str, *, count: int, per_carer: int, destination: str = "") -> None:
    """Append residents of the nursing home, each group with one of the staff as carer."""
    for _ in range(count // per_carer):
        carer = add(table, HOME, next_household(table), destination=destination)
        for _ in range(per_carer):
            add(table, HOME, next_household(table), mobility=mobility, age_band="older", carer=carer["id"],
                destination=destination)  # fmt: skip


def add_nursing_home(table: list[Row]) -> None:
    """Append the nursing home: residents lying, in wheelchairs and walking, and the staff."""
    add_residents(table, "stretcher", count=LYING, per_carer=LYING_PER_CARER, destination=CLINIC)
    add_residents(table, "wheelchair", count=WHEELCHAIRS_WITH_CARER, per_carer=WHEELCHAIRS_PER_CARER)
    for _ in range(WHEELCHAIRS - WHEELCHAIRS_WITH_CARER):
        add(table, HOME, next_household(table), mobility="wheelchair", age_band="older")
    for _ in range(WALKING_RESIDENTS):
        add(table, HOME, next_household(table), age_band="older")
    for _ in range(OTHER_STAFF):
        add(table, HOME, next_household(table))


def give_wheelchairs(table: list[Row]) -> None:
    """Put one older person of some pickup points in a wheelchair."""
    for site in WHEELCHAIRS_IN_TOWN:
        older = next(row for row in table if row["site"] == site and row["age_band"] == "older")
        older["mobility"] = "wheelchair"


def keep_apart(table: list[Row]) -> None:
    """Keep two adults of different households at the market hall apart; let one who lives alone decline."""
    adults = [row for row in table if row["site"] == "market-hall" and row["age_band"] == "adult"]
    first = adults[0]
    other = next(row for row in adults if row["household"] != first["household"])
    first["apart_from"], other["apart_from"] = other["id"], first["id"]
    sizes = [row["household"] for row in table]
    alone = next(row for row in table if row["site"] in TOWN and sizes.count(row["household"]) == 1)
    alone["choice"] = "declined"


def tables() -> dict[str, list[Row]]:
    """Return the rows of every file this script writes, by its path in the folder."""
    rng = random.Random(SEED)
    table: list[Row] = []
    for site, total in TOWN.items():
        add_households(table, rng, site, total)
    add_nursing_home(table)
    give_wheelchairs(table)
    keep_apart(table)
    return {"people.csv": table}


def main(folder: Path = HERE) -> None:
    """Write the file."""
    for name, table in tables().items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)
        print(name, len(table), "people")


if __name__ == "__main__":
    main()
