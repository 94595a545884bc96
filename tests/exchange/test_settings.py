"""operation.toml: every kind of entry, and every fault at its key."""

# Plain texts stand for typed ids in what is compared here.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

import msgspec
import pytest

from exchange.small import SETTINGS, Make, found, only, read_only
from safepassage.exchange import folder
from safepassage.exchange.entries import CLAUSES, HALT, LIMITS, LISTS
from safepassage.exchange.schema import MODELS
from safepassage.model.clauses import (
    Area,
    BothOrNeither,
    Cap,
    Clause,
    Consent,
    Deadline,
    Exclusion,
    Milestone,
    Precedence,
    Ratio,
    TimeWindow,
)
from safepassage.model.fleet import Convoy, Halt
from safepassage.model.operation import Figure, Limits, Party, Source
from safepassage.model.time import Window

FULL = """
title_ar = "صغيرة"
title_fr = "Petite"
[limits]
setup_min = 3
drive_before_rest_h = 4.5
pickups_per_trip = 3
everyone = false

[[sources]]
id = "report"
title = "A report"
date = "2026"
note = "n"
[[figures]]
what = "limits.setup_s"
source = "report"
[[parties]]
id = "relief"
name = "Relief"
name_fr = "Secours"
name_ar = "الإغاثة"
role = "opérateur"
source = "report"
[[parties]]
id = "army"
role = "authority"
[[convoys]]
id = "main"
title = "Main"
title_fr = "Principal"
title_ar = "الرئيسية"
assembly = "school"
destination = "hall"
spacing_s = 45
halts = [{ site = "clinic", duration_min = 10, purpose = "headcount" }]
source = "report"
[[milestones]]
id = "open"
title = "Opened"
party = "army"
earliest = 2026-03-01T07:00:00
duration_min = 5
after = ["start"]
source = "report"
[[clauses]]
id = "a"
kind = "precedence"
title = "t"
parties = ["relief", "army"]
first = "open"
then = "departed:main"
gap_h = 1
source = "report"
[[clauses]]
id = "b"
kind = "deadline"
milestone = "arrived:main"
due = "2026-03-01 18:00"
[[clauses]]
id = "c"
kind = "window"
milestone = "departed:main"
windows = [{ from = "07:00", until = "09:00" }]
extendable_min = 30
[[clauses]]
id = "d"
kind = "both-or-neither"
milestones = ["open", "all-arrived"]
within_min = 60
[[clauses]]
id = "e"
kind = "ratio"
group = "g"
against = "h"
numerator = 2
denominator = 3
tolerance = 4
[[clauses]]
id = "f"
kind = "cap"
site = "clinic"
max_people = 10
max_dwell_min = 20
[[clauses]]
id = "g"
kind = "exclusion"
what = "cameras"
where = ["school"]
watched_by = "relief"
[[clauses]]
id = "h"
kind = "consent"
party = "army"
links = ["R1"]
granted = true
windows = { daily = { from = "06:00", until = "18:00", days = 1 } }
[[clauses]]
id = "i"
kind = "area"
party = "army"
polygon = [[36, 34], [37, 34], [37, 35]]
links = ["R1"]
"""
PEOPLE = [["id", "site", "group"], ["P1", "school", "g"], ["P2", "school", "h"]]


def test_every_kind_of_entry(make: Make) -> None:
    reading = folder.read(make(FULL, people=PEOPLE))
    operation = reading.operation
    assert reading.faults == ()
    assert operation is not None
    assert (operation.title_fr, operation.title_ar) == ("Petite", "صغيرة")
    assert operation.limits == Limits(setup_s=180, drive_before_rest_s=16200, pickups_per_trip=3, everyone=False)
    assert operation.sources == (Source(id="report", title="A report", date="2026", note="n"),)
    assert operation.figures == (Figure(what="limits.setup_s", source="report"),)
    assert operation.parties[0] == Party(
        id="relief", name="Relief", name_fr="Secours", name_ar="الإغاثة", role="operator", source="report"
    )
    halt = Halt(site="clinic", duration_s=600, purpose="headcount")
    assert operation.convoys == (
        Convoy(
            id="main",
            title="Main",
            title_fr="Principal",
            title_ar="الرئيسية",
            assembly="school",
            destination="hall",
            spacing_s=45,
            halts=(halt,),
            source="report",
        ),
    )
    assert operation.milestones == (
        Milestone(
            id="open", title="Opened", party="army", earliest_s=3600, duration_s=300, after=("start",), source="report"
        ),
    )
    assert operation.clauses == (
        Precedence(
            id="a",
            title="t",
            parties=("relief", "army"),
            first="open",
            then="departed:main",
            gap_s=3600,
            source="report",
        ),
        Deadline(id="b", milestone="arrived:main", due_s=43200),
        TimeWindow(id="c", milestone="departed:main", windows=(Window(from_s=3600, until_s=10800),), extendable_s=1800),
        BothOrNeither(id="d", milestones=("open", "all-arrived"), within_s=3600),
        Ratio(id="e", group="g", against="h", numerator=2, denominator=3, tolerance=4),
        Cap(id="f", site="clinic", max_people=10, max_dwell_s=1200),
        Exclusion(id="g", what="cameras", where=("school",), watched_by="relief"),
        Consent(id="h", party="army", links=("R1",), granted=True, windows=(Window(from_s=0, until_s=43200),)),
        Area(id="i", party="army", polygon=((36.0, 34.0), (37.0, 34.0), (37.0, 35.0)), links=("R1",)),
    )


def test_fields_of_files_are_those_of_the_model() -> None:
    tags = {kind.__struct_config__.tag: kind for kind in Clause.__args__}
    for fields, model in (
        *((fields, MODELS[name]) for name, fields in LISTS.items()),
        (LIMITS, Limits),
        (HALT, Halt),
        *((tuple(f for f in fields if f.name != "kind"), tags[kind]) for kind, fields in CLAUSES.items()),
    ):
        assert {field.model for field in fields} == {field.name for field in msgspec.structs.fields(model)}
        needed = {field.name for field in msgspec.structs.fields(model) if field.required}
        assert needed <= {field.model for field in fields if field.required}
    assert all(field.help for field in LIMITS)


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        ("[limits]\nrest = 5\n", "unknown-key", "limits.rest"),
        ("[limits]\nrest_s = 5\nrest_min = 1\n", "given-twice", "limits.rest_min"),
        ("[limits]\nrest_s = inf\n", "not-finite", "limits.rest_s"),
        ("[limits]\nrest_s = nan\n", "not-finite", "limits.rest_s"),
        ('[limits]\neveryone = "yes"\n', "unknown-word", "limits.everyone"),
        (f"[limits]\nrest_s = 1{'0' * 400}\n", "out-of-range", "limits.rest_s"),
        (f"[limits]\npickups_per_trip = -1{'0' * 400}\n", "out-of-range", "limits.pickups_per_trip"),
        ("[limits]\nhorizon_s = 0\n", "out-of-range", "limits.horizon_s"),
        ("limits = 3\n", "not-a-list", "limits"),
        ("parties = 3\n", "not-a-list", "parties"),
        ("clauses = [3]\n", "not-a-list", "clauses"),
        ("[[parties]]\nname = 'x'\n", "missing-value", "parties[0].id"),
        ("[[parties]]\nid = ''\n", "missing-value", "parties..id"),
        ("[[parties]]\nid = 'x'\ncolour = 'red'\n", "unknown-key", "parties.x.colour"),
        ("[[parties]]\nid = 'x'\nrole = 'king'\n", "unknown-word", "parties.x.role"),
        ("[[parties]]\nid = 'x'\n[[parties]]\nid = 'x'\n", "duplicate-id", "parties.x.id"),
        ("[[milestones]]\nid = 'm'\nparty = 'x'\n", "unknown-reference", "milestones.m.party"),
        ("[[milestones]]\nid = 'm'\nafter = ['x']\n", "unknown-reference", "milestones.m.after"),
        ("[[milestones]]\nid = 'm'\nduration_s = 1\nduration_min = 1\n", "given-twice", "milestones.m.duration_min"),
        ("[[milestones]]\nid = 'm'\nearliest = '2026-02-28 09:00'\n", "before-start", "milestones.m.earliest"),
        ("[[convoys]]\nid = 'c'\nassembly = 'school'\ndestination = 'x'\n",
         "unknown-reference", "convoys.c.destination"),
        ("[[figures]]\nwhat = 'limits.x'\nsource = 'assumption: x'\n", "unknown-figure", "figures.limits.x.what"),
        ("[[figures]]\nwhat = 'limits.rest_s'\nsource = 'x'\n", "unknown-source", "figures.limits.rest_s.source"),
        ("[[clauses]]\nid = 'c'\nkind = 'presedence'\n", "unknown-word", "clauses.c.kind"),
        ("[[clauses]]\nid = 'c'\n", "unknown-word", "clauses.c.kind"),
        ("[[clauses]]\nid = 'c'\nkind = 'deadline'\nmilestone = 'start'\n", "missing-value", "clauses.c.due"),
        ("[[clauses]]\nid = 'c'\nkind = 'deadline'\nmilestone = 'strat'\ndue = '18:00'\n",
         "unknown-reference", "clauses.c.milestone"),
        ("[[clauses]]\nid = 'c'\nkind = 'deadline'\nmilestone = 'start'\ndue = '2026-02-28 18:00'\n",
         "before-start", "clauses.c.due"),
        ("[[clauses]]\nid = 'c'\nkind = 'deadline'\nmilestone = 'start'\ndue = 5\n",
         "not-an-instant", "clauses.c.due"),
        ("[[clauses]]\nid = 'c'\nkind = 'window'\nmilestone = 'start'\nwindows = []\n",
         "empty-clause", "clauses.c.windows"),
        ("[[clauses]]\nid = 'c'\nkind = 'cap'\nsite = 'school'\n", "empty-clause", "clauses.c.max_people"),
        ("[[clauses]]\nid = 'c'\nkind = 'both-or-neither'\nmilestones = ['start']\n",
         "empty-clause", "clauses.c.milestones"),
        ("[[parties]]\nid = 'p'\n[[clauses]]\nid = 'c'\nkind = 'area'\nparty = 'p'\n",
         "empty-clause", "clauses.c.polygon"),
        ("[[parties]]\nid = 'p'\n[[clauses]]\nid = 'c'\nkind = 'consent'\nparty = 'p'\nlinks = ['R2']\n",
         "unknown-reference", "clauses.c.links"),
    ],
)  # fmt: skip
def test_faults_of_entries(make: Make, text: str, code: str, key: str) -> None:
    fault = read_only(make(text))
    assert (fault.code, fault.place.cell) == (code, key)


def test_a_ratio_of_nobody(make: Make) -> None:
    text = "[[clauses]]\nid = 'c'\nkind = 'ratio'\ngroup = 'one'\nagainst = 'h'\n"
    fault = read_only(make(text, people=PEOPLE))
    assert (fault.code, fault.place.cell) == ("unknown-group", "clauses.c.group")


@pytest.mark.parametrize(
    ("halts", "code"),
    [
        ("3", "not-a-list"), ("[3]", "not-a-list"), ("[{site = 'school'}]", "not-a-list"),
        ("[{site = 'school', duration_min = 1, duration_s = 2}]", "not-a-list"),
        ("[{site = 'school', duration_min = 1, colour = 2}]", "not-a-list"),
        ("[{site = 'school', duration_min = 'x'}]", "not-a-number"),
        ("[{site = 'scool', duration_min = 1, purpose = ''}]", "unknown-reference"),
    ],
)  # fmt: skip
def test_faults_of_halts(make: Make, halts: str, code: str) -> None:
    text = f"[[convoys]]\nid = 'c'\nassembly = 'school'\ndestination = 'hall'\nhalts = {halts}\n"
    assert read_only(make(text)).code == code


@pytest.mark.parametrize(
    ("old", "new", "code", "key"),
    [
        ("safepassage-operation/1", "safepassage-operation/9", "unknown-format", "format"),
        ('time_zone = "Asia/Damascus"', 'time_zone = "Asia/Damaskus"', "unknown-time-zone", "time_zone"),
        ('time_zone = "Asia/Damascus"', 'time_zone = "../etc"', "unknown-time-zone", "time_zone"),
        ('time_zone = "Asia/Damascus"', 'time_zone = "Asia"', "unknown-time-zone", "time_zone"),
        ('time_zone = "Asia/Damascus"', "time_zone = 3", "unknown-time-zone", "time_zone"),
        ('time_zone = "Asia/Damascus"', "", "missing-value", "time_zone"),
        ("start = 2026-03-01T06:00:00", "", "missing-value", "start"),
        ("start = 2026-03-01T06:00:00", "start = 2026-03-01", "not-an-instant", "start"),
        ("start = 2026-03-01T06:00:00", 'start = "soon"', "not-an-instant", "start"),
        ("start = 2026-03-01T06:00:00", "start = 2026-03-01T06:00:00.5", "not-an-instant", "start"),
        ("start = 2026-03-01T06:00:00", "start = 1900-01-01T00:00:00", "impossible-date", "start"),
        ('id = "small"', 'id = "=1"', "formula-text", "id"),
        ('title = "Small"', "", "missing-value", "title"),
    ],
)  # fmt: skip
def test_faults_of_plain_keys(make: Make, old: str, new: str, code: str, key: str) -> None:
    fault = read_only(make(settings=SETTINGS.replace(old, new)))
    assert (fault.code, fault.place.cell) == (code, key)


@pytest.mark.parametrize("start", ["2026-03-01T03:00:00Z", '"2026-03-01 06:00"', '"2026-03-01T06:00+03:00"'])
def test_starts_that_are_the_same_instant(make: Make, start: str) -> None:
    operation = folder.read(make(settings=SETTINGS.replace("2026-03-01T06:00:00", start))).operation
    assert operation is not None
    assert operation.start.isoformat() == "2026-03-01T06:00:00+03:00"


def test_while_the_start_is_wrong_instants_are_not_judged(make: Make) -> None:
    closures = [["link", "from", "until"], ["R1", "1900-01-01 00:00", "noon"]]
    reading = folder.read(make(settings=SETTINGS.replace("2026-03-01T06:00:00", '"x"'), closures=closures))
    assert found(reading) == [("not-an-instant", "operation.toml > start")]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"format = 1\nid = \n", "line 2"),
        (b"format = 1\n\xff = 1\n", "line 2"),
        (b"a = " + b"[" * 100_000, ""),
        (b"a = " + b"9" * 10_000, ""),
    ],
)
def test_broken_toml(make: Make, data: bytes, line: str) -> None:
    path = make()
    (path / "operation.toml").write_bytes(data)
    fault = read_only(path)
    assert fault.code == "not-toml"
    if line:
        assert fault.place.cell == line


def test_toml_that_is_too_large_or_a_link(make: Make) -> None:
    path = make()
    (path / "operation.toml").write_bytes(b"#" * 5_000_000)
    assert read_only(path).code == "too-large"
    (path / "operation.toml").rename(path / "other.toml")
    (path / "operation.toml").symlink_to(path / "other.toml")
    assert read_only(path).code == "outside-folder"


def test_byte_order_mark_is_taken(make: Make) -> None:
    path = make()
    data = (path / "operation.toml").read_bytes()
    (path / "operation.toml").write_bytes(b"\xef\xbb\xbf" + data)
    assert folder.read(path).faults == ()


def test_an_empty_limit_is_not_given(make: Make) -> None:
    operation = folder.read(make('[limits]\nhorizon_s = ""\nrest_s = ""\n')).operation
    assert operation is not None
    assert operation.limits == Limits()


def test_unknown_key_says_what_may_be_meant(make: Make) -> None:
    assert only(folder.read(make("titel_ar = 'x'\n"))).remedy == "did you mean title_ar?"
