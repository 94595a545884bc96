"""An operation folder whose people have names, and a plan of it made by hand: two buses, three trips."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from safepassage.desk.check import readable
from safepassage.desk.people import People
from safepassage.desk.personal import Opener
from safepassage.desk.recording import Said, check_devices, record
from safepassage.desk.roles import Who
from safepassage.desk.running import Running, open_running
from safepassage.exchange.plan_file import write_plan
from safepassage.exchange.template import write_template
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.model.plan import Plan, Solver
from safepassage.model.travel import Travel
from safepassage.planner.assemble import Draft, assemble
from safepassage.planner.draft import DraftStop, DraftTrip
from safepassage.planner.readings import read

PATIENCE_S = 30
CHIEF = Who(name="N1", role="coordinator")
NAMES = {
    "P001": "Mohamed Haddad", "P002": "فاطمة حداد", "P003": "Youssef Haddad", "P004": "Nour Haddad",
    "P005": "عبد الرحمن الخوري", "P008": "Khaled Najjar", "P010": "<b>Omar</b> Sayegh",
}  # fmt: skip
"""Words that many people are called by; nobody is meant."""


def write_folder(folder: Path) -> Path:
    """Write the folder, and the plan beside it; return the plan's file."""
    write_template(folder, workbook=False)
    path = folder / "people.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"name": NAMES.get(row["id"], "")} for row in rows)
    with (folder / "sites.csv").open("a", encoding="utf-8") as file:
        file.write("clinic,Clinic,العيادة,hospital,36.801,34.511,,,,,,,assumption: example\n")
    operation, travel = readable(folder)
    plan_file = folder.parent / "PLAN.json"
    plan_file.write_bytes(write_plan(operation, by_hand(operation, travel)))
    return plan_file


def by_hand(operation: Operation, travel: Travel) -> Plan:
    """Bring some households of the school on B1 and B2 to the hall, and those of the market on B2 after that."""
    homes: dict[tuple[str, str], list[Person]] = {}
    for person in operation.people:
        if person.travels and not person.treatment_s:
            homes.setdefault((str(person.site), str(person.household)), []).append(person)
    school = [people for (site, _), people in homes.items() if site == "school"]
    market = [people for (site, _), people in homes.items() if site == "market"]
    trips = [_trip("B1", "school", school[:3], 0), _trip("B2", "school", school[3:4], 1),
             _trip("B2", "market", market[:2], 40_000)]  # fmt: skip
    draft = Draft(trips=trips, referrals=[], orders=[], unserved=[])
    made = assemble(operation, travel, draft, seed=0, solver=Solver(engine="by hand"))
    assert isinstance(made, Plan)
    return read(operation, travel, made)


def _trip(vehicle: str, site: str, homes: list[list[Person]], at_s: int) -> DraftTrip:
    on = [person.id for people in homes for person in people]
    # one bay at the school: B2 waits for B1
    pickup = DraftStop(site=site, start_s=at_s, end_s=at_s + 1, board=list(on), bay=1)  # type: ignore[arg-type]
    hall = DraftStop(site="hall", start_s=at_s + 9_000, end_s=at_s + 9_001, alight=on, bay=1 + at_s % 2)  # type: ignore[arg-type]
    return DraftTrip(vehicle=vehicle, kind="shuttle", pace=100, stops=[pickup, hall])  # type: ignore[arg-type]


def opened(folder: Path) -> People:
    """Open the ledger of a folder and its plan, with everybody beside it."""
    plan_file = folder.parent / "PLAN.json"
    running = open_running(folder, plan_file if plan_file.exists() else None)[0]
    check_devices(running)
    return People(running, Opener(running))


def say(running: Running, type_: str, subject: str, *, who: Who = CHIEF, **more: Any) -> str:
    """Record something; return its name."""
    said = Said(type=type_, subject=subject, **more)
    return record(running, who, said).result(PATIENCE_S).name
