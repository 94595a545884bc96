"""Write the people of the Qalamoun case: pseudonymous ids, generated to the totals of the press reports.

The reports give totals only. This script turns them into households with age bands and mobility, from a fixed
seed, so that anybody can make the same files again::

    python make_people.py

It writes `people.csv` (112 from Arsal inside the 700), `variants/on-top/people.csv` (112 on top: 812) and
`variants/child-alone/people.csv` (as `people.csv`, with one child cut off from its household). Everything below that
is no total of a report is an assumption; README.md gives the reasons.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
SEED = 2017
COLUMNS = (
    "id", "household", "site", "mobility", "age_band", "choice", "carer", "treatment_min", "group", "source",
)  # fmt: skip
NOTE = "assumption: generated to the reported totals (ians, xinhua); household, age and mobility are not reported"

# Totals of the reports.
CLAIMED_A = 300
FROM_ARSAL = 112
WOUNDED = 25
PEOPLE = {"inside": 700, "on-top": 700 + FROM_ARSAL}

# Assumptions (README.md, "What is assumed").
SERIOUS_MIN, LIGHT_MIN = 30, 20
STRETCHER_WITH_CARER, STRETCHER_ALONE = 4, 2
WHEELCHAIR_WOUNDED, WHEELCHAIR_OTHERS = 3, 2
SERIOUS_WHEELCHAIR = 2
JOINING_HOUSEHOLDS, JOINING_SIZE = 7, 4
MOST_RELATIVES = 7
WOUNDED_IN_FAMILIES = 6


@dataclass(frozen=True)
class Member:
    """One person before ids are given; `carer` is a position in the household."""

    site: str = "assembly"
    mobility: str = "walking"
    age_band: str = "adult"
    carer: int | None = None
    treatment_min: int = 0
    group: str = "claimed-b"


Household = tuple[Member, ...]
CLAIMED_A_ADULT = Member(group="claimed-a")


def draw_age(rng: random.Random) -> str:
    """Draw the age band of a relative after the first adult."""
    at = rng.random()
    for band, share in (("infant", 0.15), ("child", 0.70), ("adult", 0.90)):
        if at < share:
            return band
    return "older"


def draw_sizes(rng: random.Random, total: int, most: int) -> list[int]:
    """Split `total` people into parts of 1 to `most`; only `random()` is used, whose sequence Python guarantees."""
    sizes: list[int] = []
    while total > 0:
        size = min(1 + int(rng.random() * most), total)
        sizes.append(size)
        total -= size
    return sizes


def relatives(rng: random.Random, size: int, site: str) -> Household:
    """Make `size` relatives who wait at one site: an adult, then others of any age."""
    return (Member(site=site), *(Member(site=site, age_band=draw_age(rng)) for _ in range(size - 1)))


def wounded_on_stretchers() -> list[Household]:
    """Make the stretcher patients: a carer with most, households small enough for one ambulance."""
    patient = replace(CLAIMED_A_ADULT, mobility="stretcher", treatment_min=SERIOUS_MIN)
    with_carer = (replace(patient, carer=1), Member())
    return [with_carer] * STRETCHER_WITH_CARER + [(patient,)] * STRETCHER_ALONE


def other_wounded() -> list[Member]:
    """Make the patients who are not on stretchers: a few in wheelchairs, the rest walking."""
    light = replace(CLAIMED_A_ADULT, treatment_min=LIGHT_MIN)
    on_wheels = [
        replace(light, mobility="wheelchair", treatment_min=SERIOUS_MIN if k < SERIOUS_WHEELCHAIR else LIGHT_MIN)
        for k in range(WHEELCHAIR_WOUNDED)
    ]
    walking = WOUNDED - STRETCHER_WITH_CARER - STRETCHER_ALONE - WHEELCHAIR_WOUNDED
    # Wheelchairs first and last, so that some are in families and some alone.
    return on_wheels[:-1] + [light] * walking + on_wheels[-1:]


def families(rng: random.Random, total: int) -> list[Household]:
    """Make families at the assembly site with `total` relatives, each around one person of group claimed-a."""
    made = [(CLAIMED_A_ADULT, *relatives(rng, size, "assembly")) for size in draw_sizes(rng, total, MOST_RELATIVES)]
    older = [(h, m) for h, family in enumerate(made) for m, one in enumerate(family) if one.age_band == "older"]
    for h, m in older[-WHEELCHAIR_OTHERS:]:
        made[h] = (*made[h][:m], replace(made[h][m], mobility="wheelchair"), *made[h][m + 1 :])
    return made


def households(rng: random.Random, people: int) -> list[Household]:
    """Make all households of one reading of the reports."""
    stretchers = wounded_on_stretchers()
    at_qara = people - FROM_ARSAL - CLAIMED_A - STRETCHER_WITH_CARER
    wounded = other_wounded()
    with_family = families(rng, at_qara)
    for k in range(WOUNDED_IN_FAMILIES):
        with_family[k] = (wounded[k], *with_family[k][1:])
    joining = [(CLAIMED_A_ADULT, *relatives(rng, JOINING_SIZE, "arsal")) for _ in range(JOINING_HOUSEHOLDS)]
    own = FROM_ARSAL - JOINING_HOUSEHOLDS * JOINING_SIZE
    from_arsal = [relatives(rng, size, "arsal") for size in draw_sizes(rng, own, MOST_RELATIVES + 1)]
    alone = [(one,) for one in wounded[WOUNDED_IN_FAMILIES:]]
    rest = CLAIMED_A - len(stretchers) - len(with_family) - len(joining) - len(alone)
    return shuffled(rng, stretchers + with_family + joining + alone + [(CLAIMED_A_ADULT,)] * rest) + from_arsal


def shuffled(rng: random.Random, items: list[Household]) -> list[Household]:
    """Shuffle by Fisher and Yates with `random()` alone, whose sequence Python guarantees."""
    made = list(items)
    for k in range(len(made) - 1, 0, -1):
        other = int(rng.random() * (k + 1))
        made[k], made[other] = made[other], made[k]
    return made


def rows(made: list[Household]) -> list[dict[str, str]]:
    """Give ids and write each person as a row of the table."""
    table: list[dict[str, str]] = []
    for number, household in enumerate(made, start=1):
        first = len(table) + 1
        for k, one in enumerate(household):
            table.append({
                "id": f"P{first + k:04d}",
                "household": f"H{number:03d}",
                "site": one.site,
                "mobility": one.mobility,
                "age_band": one.age_band,
                "choice": "consented",
                "carer": "" if one.carer is None else f"P{first + one.carer:04d}",
                "treatment_min": str(one.treatment_min or ""),
                "group": one.group,
                "source": NOTE,
            })  # fmt: skip
    return table


def cut_off_child(table: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the table with the first child of a family in a household of its own: nobody may carry it."""
    alone = next(k for k, row in enumerate(table) if row["age_band"] == "child" and row["site"] == "assembly")
    last = max(row["household"] for row in table)
    made = [dict(row) for row in table]
    made[alone]["household"] = f"H{int(last[1:]) + 1:03d}"
    made[alone]["source"] = "assumption: variant in which this child's household is not found"
    return made


def tables() -> dict[str, list[dict[str, str]]]:
    """Return the rows of every file this script writes, by its path in the folder."""
    inside = rows(households(random.Random(SEED), PEOPLE["inside"]))
    on_top = rows(households(random.Random(SEED), PEOPLE["on-top"]))
    return {
        "people.csv": inside,
        "variants/on-top/people.csv": on_top,
        "variants/child-alone/people.csv": cut_off_child(inside),
    }


def main(folder: Path = HERE) -> None:
    """Write the files and print what they add up to."""
    for name, table in tables().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)
        counts = {key: Counter(row[key] for row in table) for key in ("site", "group", "mobility", "age_band")}
        print(name, len(table), "people", {key: dict(count) for key, count in counts.items()})


if __name__ == "__main__":
    main()
