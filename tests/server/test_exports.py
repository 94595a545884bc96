"""Exports from the console: maps as exact as a role may know, lists of people only once two persons agreed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import gpxpy
import openpyxl
import pytest
from argon2 import PasswordHasher

from desk.devices import PATIENCE_S, enrolled, handed
from desk.field import CHIEF, Field, field, ready
from exchange.test_cap import SCHEMA
from reports.material import HOSTILE, OPERATION
from safepassage.desk import handing_out
from safepassage.desk.accounts import Accounts
from safepassage.desk.approvals import decide
from safepassage.desk.exporting import Asked
from safepassage.desk.handing_out import LASTS_MS, redactions_of, take
from safepassage.desk.positions import DELAY_MS, Fix, Positions
from safepassage.desk.roles import ROLES, NotPermittedError, Who
from safepassage.ledger.recording import Recorder
from safepassage.ledger.signing import device_public_key, new_device_key, sign_batch
from safepassage.ledger.vocabulary import Happened
from safepassage.model.errors import UsageError
from safepassage.server.app import application
from server.processes import PASSWORD
from server.talking import Client, talking
from server.test_acts_pages import enter, send

SECOND = Who(name="N2", role="deputy")
ASKED = {"format": "xlsx", "redaction": "full", "recipient": "clinic"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    with field(place=tmp_path_factory.mktemp("exports")) as one:
        ready(one)
        one.say("incident", "I1", site="camp", payload={"kind": HOSTILE[:20]})
        now_ms, positions = one.running.clocks().wall_ms, Positions(one.running)
        fixes = [Fix(lon_e7=366_000_000, lat_e7=341_600_000, at_ms=now_ms - DELAY_MS - 60_000),
                 Fix(lon_e7=371_234_567, lat_e7=341_600_000, at_ms=now_ms)]  # fmt: skip
        for kept in positions.take("B1", "tracker", fixes).kept:
            kept.result(PATIENCE_S)
        yield one


@pytest.fixture(scope="module")
def client(live: Field, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder: Path = tmp_path_factory.mktemp("accounts")
    accounts = Accounts(folder / "a.sqlite", hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    accounts.join(accounts.first_code(), "N1", PASSWORD, "")
    for name, role in (("N2", "deputy"), ("N3", "observer"), ("N4", "party-liaison"), ("N7", "data-protection")):
        accounts.join(accounts.invite(CHIEF, role), name, PASSWORD, "")
    with talking(application(live.running, accounts)) as found:
        yield found
    accounts.close()


def agreed(live: Field, client: Client, **asked: str) -> str:
    """Ask for a list, let another agree, and return the address of it."""
    before = set(live.running.now().state.disclosures)
    assert send(client, "/exports/ask", "N1", **(ASKED | asked)) == (303, "/exports?asked=yes")
    (request, *_) = live.running.requests.open()
    decide(live.running, SECOND, request.number, agrees=True)
    (new,) = set(live.running.now().state.disclosures) - before
    return f"/exports/lists/{new}"


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_page_is_there_in_every_language(client: Client, language: str) -> None:
    enter(client)
    answer = client.get(f"/exports?asked=yes&lang={language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert "style=" not in answer.text
    assert HOSTILE[:20] not in answer.text
    for path in ("/people", "/map", "/log"):
        assert 'href="/exports' in client.get(path).text.partition("<main")[2]


def test_a_list_leaves_when_a_second_person_has_agreed(live: Field, client: Client) -> None:
    send(client, "/exports/ask", "N1", **ASKED)
    (request, *_) = live.running.requests.open()
    assert request.payload["what"] == f"list xlsx full {len(OPERATION.people)}"
    assert len(request.payload["persons"]) == len(OPERATION.people)
    enter(client)
    assert "/exports/lists/" not in client.get("/exports").text
    assert client.get(f"/exports/lists/{request.subject}").status_code == 400
    decide(live.running, SECOND, request.number, agrees=True)
    assert f'href="/exports/lists/{request.subject}"' in client.get("/exports").text
    answer = client.get(f"/exports/lists/{request.subject}")
    assert answer.status_code == 200
    assert 'filename="xlsx.xlsx"' in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book["people"]["A1"].value == "for: clinic (full)"
    assert HOSTILE in {cell.value for row in book["people"].iter_rows() for cell in row}
    disclosed = live.running.now().state.disclosures[request.subject]
    assert (disclosed.recipient, len(disclosed.persons)) == ("clinic", len(OPERATION.people))


def test_nobody_takes_what_they_may_not_see(live: Field, client: Client) -> None:
    medical = agreed(live, client, format="fhir", redaction="medical")
    enter(client)
    assert json.loads(client.get(medical).content)["resourceType"] == "Bundle"
    for name, status in (("N7", 400), ("N3", 403), ("N4", 403)):
        enter(client, name)
        assert client.get(medical).status_code == status
        assert medical not in client.get("/exports").text
    assert send(client, "/exports/ask", "N7", **(ASKED | {"redaction": "medical"}))[0] == 400
    assert send(client, "/exports/ask", "N3", **ASKED)[0] == 403


@pytest.mark.parametrize("wrong", [{"format": "csv"}, {"redaction": "all"}, {"recipient": ""}])
def test_what_is_no_list_is_refused(client: Client, wrong: dict[str, str]) -> None:
    assert send(client, "/exports/ask", "N1", **(ASKED | wrong))[0] == 400


def test_each_role_hands_out_what_it_sees() -> None:
    found = {role: redactions_of(Who(name="N", role=role)) for role in ROLES}
    assert {role: one for role, one in found.items() if one} == {
        "coordinator": ("full", "medical", "code-only"), "deputy": ("full", "medical", "code-only"),
        "protection-officer": ("full", "code-only"), "data-protection": ("full", "code-only"),
    }  # fmt: skip


def test_a_list_can_be_had_for_a_day(live: Field, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    name = agreed(live, client).rpartition("/")[2]
    everybody = frozenset(live.running.now().state.people)
    assert take(live.running, CHIEF, name) == Asked(format="xlsx", redaction="full", recipient="clinic", only=everybody)
    with pytest.raises(NotPermittedError):
        take(live.running, Who(name="N3", role="observer"), name)
    assert handing_out.ready(live.running, Who(name="N3", role="observer")) == ()
    monkeypatch.setattr(handing_out, "LASTS_MS", -LASTS_MS)
    with pytest.raises(UsageError, match="a day ago"):
        take(live.running, CHIEF, name)


def test_of_many_people_a_disclosure_says_how_many(
    live: Field, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_out, "MOST_NAMED", 3)
    name = agreed(live, client, redaction="code-only").rpartition("/")[2]
    one = live.running.now().state.disclosures[name]
    assert (one.what, one.persons) == (f"list xlsx code-only {len(OPERATION.people)}", ())


@pytest.mark.parametrize("many", [False, True])
def test_a_list_holds_nobody_who_came_after_it_was_agreed_to(
    live: Field, client: Client, monkeypatch: pytest.MonkeyPatch, *, many: bool
) -> None:
    if many:
        monkeypatch.setattr(handing_out, "MOST_NAMED", 3)
    path = agreed(live, client)
    enter(client)
    assert client.get(path).status_code == 200
    live.say("walked-in", f"W90{int(many)}", site="camp", name="Came Later")
    answer = client.get(path)
    if many:
        assert answer.status_code == 400
        assert "Came Later" not in answer.text
        return
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["people"]
    codes = {row[0].value for row in sheet.iter_rows(min_row=4)}
    assert codes == {one.id for one in OPERATION.people}


@pytest.mark.parametrize("what", ["list xlsx full 0", "list xlsx full all", "list xlsx full ٣"])
def test_a_list_that_was_worded_by_hand_holds_those_alone_who_are_named(live: Field, client: Client, what: str) -> None:
    said = {"type": "disclosed", "recipient": "army", "what": what, "persons": "P001"}
    assert send(client, "/approvals/ask", "N1", **said)[0] == 303
    (request, *_) = live.running.requests.open()
    decide(live.running, SECOND, request.number, agrees=True)
    found = [one for one in handing_out.ready(live.running, CHIEF) if one.id == request.subject]
    assert len(found) == (what == "list xlsx full 0")
    for one in found:
        assert take(live.running, CHIEF, one.id).only == frozenset(("P001",))


def test_other_disclosures_are_no_lists(live: Field, client: Client) -> None:
    said = {"type": "disclosed", "recipient": "army", "what": "where we stand", "persons": "P001"}
    assert send(client, "/approvals/ask", "N1", **said)[0] == 303
    (request, *_) = live.running.requests.open()
    decide(live.running, SECOND, request.number, agrees=True)
    assert request.subject not in {one.id for one in handing_out.ready(live.running, CHIEF)}


def test_maps_are_as_exact_as_a_role_may_know(client: Client) -> None:
    enter(client)
    exact = json.loads(client.get("/exports/maps/geojson").content)["features"][-1]
    assert exact["geometry"]["coordinates"][0] == 37.1234567
    assert gpxpy.parse(client.get("/exports/maps/gpx").text).tracks[0].name == "B1"
    enter(client, "N3")
    late = json.loads(client.get("/exports/maps/geojson").content)["features"][-1]
    assert late["properties"]["exactness"] == "late-and-coarse"
    assert abs(late["geometry"]["coordinates"][0] - 36.6) < 0.1
    assert client.get("/exports/maps/gtfs-realtime").headers["content-type"] == "application/x-protobuf"
    for name in ("xlsx", "pfif", "none"):
        assert client.get(f"/exports/maps/{name}").status_code == 400


def test_tables_hold_no_people(client: Client) -> None:
    enter(client, "N3")
    book = openpyxl.load_workbook(io.BytesIO(client.get("/exports/tables.xlsx").content))
    assert "people" not in book.sheetnames
    assert "sites" in book.sheetnames


def test_alerts_go_to_somebody(client: Client) -> None:
    enter(client, "N4")
    assert "incident:I1" in client.get("/exports").text
    answer = client.get("/exports/alert?about=incident:I1&recipient=army")
    assert answer.status_code == 200
    SCHEMA.validate(answer.text)
    assert client.get("/exports/alert?about=incident:I9&recipient=army").status_code == 400
    assert client.get("/exports/alert?about=incident:I1").status_code == 400
    enter(client, "N3")
    assert client.get("/exports/alert?about=incident:I1&recipient=army").status_code == 403


def test_the_log_is_a_table_without_names_and_reasons(live: Field, client: Client) -> None:
    enter(client)
    rows = list(csv.reader(io.StringIO(client.get("/exports/log.csv").content.decode("utf-8-sig"), newline="")))
    assert rows[1][0] == "#meta+sequence"
    assert len(rows) == 2 + live.running.size
    assert {row[2] for row in rows[2:]} >= {"boarded", "referred", "opened"}
    enter(client, "N3")
    assert client.get("/exports/log.csv").status_code == 403


def test_a_phone_whose_clock_is_beyond_all_calendars_breaks_no_export(live: Field, client: Client) -> None:
    class Wild:
        boot = "boot-w"

        def wall_ms(self) -> int:
            return -(2**52)

        def monotonic_ms(self) -> int:
            return 5

    key = new_device_key()
    one = Recorder("phone-w", lambda batch: sign_batch(key, batch), Wild(), public_key=device_public_key(key))
    enrolled(live.running, one, "coordinator")
    one.record("seen", subject="W-wild", site="camp", actor="N8")
    one.record("incident", subject="I-wild", site="camp", actor="N8", payload=Happened(kind="shots"))
    live.running.hand_in(handed(one)).result(PATIENCE_S)
    enter(client)
    rows = list(csv.reader(io.StringIO(client.get("/exports/log.csv").content.decode("utf-8-sig"), newline="")))
    (told,) = [row for row in rows if row[3] == "W-wild"]
    (opened,) = [row for row in rows if row[2] == "opened"]
    handed_in = [row for row in rows if row[2] == "received"][-1]
    assert opened[1] <= told[1] <= handed_in[1]  # what is sure, and nothing its clock says
    answer = client.get("/exports/alert?about=incident:I-wild&recipient=army")
    assert answer.status_code == 200
    assert f"<onset>{told[1]}</onset>".encode() in answer.content
    people = agreed(live, client)
    enter(client)
    assert client.get(people).status_code == 200
