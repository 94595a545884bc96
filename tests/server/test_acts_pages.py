"""The pages of now, clauses, vehicles, approvals and the log, over the exercise whose every name is an attack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from desk.devices import PATIENCE_S, enrolled, phone
from desk.field import CHIEF, Field, field, ready
from reports.material import HOSTILE
from safepassage.account.due import stays_of
from safepassage.desk.accounts import Accounts
from safepassage.ledger.envelope import decode, digest, encode, reference
from safepassage.ledger.keeper import HandedIn
from safepassage.ledger.recording import Parcel
from safepassage.ledger.vocabulary import Batch
from safepassage.reports.words import Language
from safepassage.reports.words.phrases import catalogue
from safepassage.server.app import application
from server.processes import PASSWORD
from server.talking import Client, talking
from server.test_console import csrf

PAGES = ("/", "/?kind=conflict", "/clauses", "/acts", "/acts/B1", "/acts/M1", "/approvals", "/log", "/log/3",
         "/papers", "/paper", "/situation", "/exports")  # fmt: skip
HOSTILE_PAGES = (
    "/log?type=registered&subject=%22%3E%3Cimg",
    "/acts/%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
)
OVER = {"site": "camp", "count": "7", "from_party": "army", "from_by": "A1", "to_party": "faction", "to_by": "F1"}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Field]:
    with field(place=tmp_path) as one:
        ready(one)
        yield one


@pytest.fixture
def house(tmp_path: Path, live: Field) -> Iterator[tuple[Client, Accounts]]:
    accounts = Accounts(
        tmp_path / "accounts.sqlite", hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    )  # fmt: skip
    accounts.join(accounts.first_code(), "N1", PASSWORD, "")
    for name, role in (("N2", "deputy"), ("N3", "observer"), ("N4", "party-liaison"), ("N5", "bus-focal-point"),
                       ("N6", "receiving-authority"), ("N7", "data-protection")):  # fmt: skip
        accounts.join(accounts.invite(CHIEF, role), name, PASSWORD, "")
    with talking(application(live.running, accounts)) as client:
        yield client, accounts
    accounts.close()


@pytest.fixture
def client(house: tuple[Client, Accounts]) -> Client:
    return house[0]


def enter(client: Client, name: str = "N1") -> str:
    client.http.cookies.clear()
    client.post("/login", data={"name": name, "password": PASSWORD})
    return csrf(client)


def send(client: Client, path: str, who: str = "N1", /, **given: str) -> tuple[int, str]:
    answer = client.post(path, data={"csrf": enter(client, who), **given})
    return answer.status_code, answer.headers.get("location", "")


def trouble(live: Field) -> None:
    """Fill every field that the pages show with something hostile."""
    bad = '"><img src=x onerror=alert(1)>'
    live.contradict("P001", "M1")
    live.happen("head-counted", "B1", "B1", "camp", count=5)
    live.happen("broke-down", "M1", "M1", "camp", reason=bad)
    live.happen("registered", bad, "", bad)
    live.happen("boarded", bad, bad, bad)
    live.happen("missing", bad, reason=bad)
    live.happen("clause-contested", "cameras", claimant=bad, reason=bad, share=bad)
    live.happen("window-opened", bad, party=bad, until_ms=1)
    live.happen("handed-over", "B1", "B1", bad, to_party=bad, count=3)
    live.running.requests.ask(bad, "removed", bad, ("", ""), {"reason": bad})
    live.running.requests.ask(bad, "disclosed", bad, ("", ""), {"recipient": bad, "what": bad, "persons": [bad]})
    number = live.running.requests.ask(bad, "removed", bad, ("", ""), {"reason": bad})
    live.running.requests.move(number, "open", "refused", bad, bad)
    live.at(48_000)


def test_no_name_and_no_reason_becomes_markup(live: Field, client: Client) -> None:
    trouble(live)
    enter(client)
    for language in ("en", "ar"):
        for path in (
            *PAGES,
            "/log?type=registered&subject=%22%3E%3Cimg",
            "/acts/%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
        ):
            answer = client.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
            assert answer.status_code == 200, path
            assert "<img" not in answer.text
            assert HOSTILE not in answer.text
            assert "style=" not in answer.text
            assert answer.text.count("<script") == 1
    assert "&lt;img" in client.get("/approvals").text


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_no_english_is_left_in_another_language(live: Field, client: Client, language: Language) -> None:
    live.contradict("P001", "M1")
    english = [
        text
        for key, text in catalogue("en").items()
        if isinstance(text, str) and len(text) > 6 and "{" not in text and text != catalogue(language)[key]
        and key.partition(".")[0] in ("console", "event", "gate", "clause", "act", "board")
    ]  # fmt: skip
    enter(client)
    for path in PAGES:
        text = client.get(f"{path}{'&' if '?' in path else '?'}lang={language}").text
        # ids and names stay what they are
        shown = re.sub(r"<[^>]*>", "\n", re.sub(r"<bdi[^>]*>[^<]*</bdi>", "", text))
        assert [one for one in english if f"\n{one}\n" in shown] == [], path


@pytest.mark.parametrize("path", PAGES)
def test_who_has_not_logged_in_is_asked_to(client: Client, path: str) -> None:
    assert client.get(path).headers["location"] == "/login"


@pytest.mark.parametrize(
    "path",
    ["/resolve", "/take-back", "/clauses", "/acts/B1/departed", "/acts/count", "/approvals/ask", "/approvals/decide",
     "/approvals/event", "/papers", "/paper", "/paper/take-back", "/log/backup"],
)  # fmt: skip
def test_forms_come_from_a_page_of_the_session(live: Field, client: Client, path: str) -> None:
    enter(client)
    before = live.running.size
    assert client.post(path, data={"csrf": "x"}).status_code == 403
    for said in ({}, {"names": "x", "on": "y", "upholds": "z", "number": "1", "type": "removed"}):
        assert send(client, path, **said)[0] in (303, 400, 403), path
    assert live.running.size <= before + 1


def test_now_lists_what_needs_somebody_and_where_to_go(live: Field, client: Client) -> None:
    trouble(live)
    enter(client)
    page = client.get("/").text
    kinds = [part.split('"')[0] for part in page.split('id="k-')[1:]]
    assert kinds[:3] == ["overdue", "unaccounted", "conflict"]
    assert 'href="/people/P001"' in page
    assert 'href="/acts/B1"' in page
    assert "Look for them" in page
    for params in ("kind=conflict&first=1", "kind=overdue", "kind=nothing"):
        assert client.get(f"/?{params}").status_code == 200
    assert client.get("/?kind=conflict&first=x").status_code == 400


def test_all_is_green_only_where_nothing_needs_anybody(live: Field, client: Client) -> None:
    def heading(path: str) -> tuple[str, str, str]:
        page = client.get(path).text
        found = re.search(
            r'<h1 id="answer" class="answer (\w+)">(.*?)</h1>\s*(?:<p id="besides" class="says">(.*?)</p>)?', page
        )
        assert found is not None
        return found[1], found[2], found[3] or ""

    everybody = "Everyone is accounted for"
    stays = stays_of(live.running.operation, live.running.plan)["A1"]
    moves = [(type_, stay.site) for stay in stays
             for type_, at_s in (("arrived", stay.arrive_s), ("departed", stay.depart_s))
             if at_s is not None]  # fmt: skip
    for type_, site in moves[:-3]:
        live.happen(type_, "A1", "A1", site)
    enter(client)
    level, first, besides = heading("/")
    assert (level, everybody in first, besides) == ("good", True, "")
    live.running.requests.ask("N5", "removed", "P004", ("", ""), {"reason": "twice"})
    level, first, besides = heading("/")
    assert (level, everybody in besides) == ("warn", True)
    assert first.startswith("Needs somebody now")
    live.at(48_000)
    level, first, besides = heading("/")
    assert (level, everybody in besides) == ("bad", True)
    assert heading("/?kind=clause") == (level, first, besides)
    live.contradict("P002", "M1")
    level, first, besides = heading("/")
    assert (level, everybody in first, besides.startswith("Needs somebody now")) == ("bad", False, True)


def test_many_vehicles_are_listed_a_page_at_a_time_and_found_by_a_part_of_their_name(
    live: Field, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed(query: str = "") -> tuple[list[str], str]:
        page = client.get(f"/acts{query}").text
        following = re.search(r'href="(/acts\?after=[^"]*)"', page)
        return re.findall(r'class="big" href="/acts/([^"]+)"', page), following[1] if following else ""

    enter(client)
    everybody, further = listed()
    assert (len(everybody) > 1, further) == (True, "")
    assert "/acts?vehicle" not in client.get("/acts").text
    monkeypatch.setattr("safepassage.desk.acts.MOST_LISTED", 1)
    first, further = listed()
    assert (first, further) == (everybody[:1], f"/acts?after={everybody[0]}")
    assert f"Vehicles: {len(everybody)}." in client.get("/acts").text
    second, _ = listed(f"?after={everybody[0]}")
    assert second == everybody[1:2]
    assert listed("?vehicle=m1")[0] == [one for one in everybody if "M1" in one]
    assert listed("?vehicle=nowhere")[0] == []
    live.happen("boarded", "P900", "B1", "camp")
    assert '<input name="to" required' in client.get("/acts/B1").text


def test_the_list_of_vehicles_marks_those_whose_people_are_not_who_was_expected(live: Field, client: Client) -> None:
    def marked() -> list[str]:
        return re.findall(
            r'<tr id="v-\d+" class="differs"><th scope="row"><a class="big" href="/acts/(\w+)"',
            client.get("/acts").text,
        )

    enter(client)
    assert marked() == []
    live.happen("alighted", "P003", "B1", "camp")
    assert marked() == ["B1"], "seven were counted"
    live.happen("head-counted", "B1", "B1", "camp", count=6)
    assert marked() == []
    live.happen("boarded", "P900", "B1", "camp")
    live.happen("head-counted", "B1", "B1", "camp", count=7)
    assert marked() == ["B1"], "whom nobody expects is aboard"


def test_many_of_a_kind_are_on_pages_of_their_own(live: Field, client: Client) -> None:
    for number in range(50):
        live.happen("seen", f"P{500 + number}", "", "camp")
        live.happen("missing", f"P{500 + number}")
    enter(client)
    page = client.get("/").text
    assert page.count("is missing, reported") <= 3 * 20
    assert "/?kind=unaccounted&amp;first=20" in page
    assert "P549" in client.get("/?kind=unaccounted&first=40").text


def test_a_conflict_is_resolved_and_taken_back_on_the_page(live: Field, client: Client) -> None:
    live.contradict("P001", "M1")
    enter(client)
    page = client.get("/").text
    settles = page.split('name="settles" value="')[1].split('"')[0]
    upholds = page.split('name="upholds" value="')[1].split('"')[0]
    assert send(client, "/resolve", settles=settles, upholds=upholds, reason="")[0] == 400
    assert send(client, "/resolve", settles=settles, reason="x")[0] == 400
    assert send(client, "/resolve", "N3", settles=settles, upholds=upholds, reason="x")[0] == 403
    assert send(client, "/resolve", settles=settles, upholds=upholds, reason="asked") == (303, "/")
    assert live.running.now().state.contradictions == ()
    enter(client)
    page = client.get("/").text
    name = page.split('id="resolved"')[1].split('name="names" value="')[1].split('"')[0]
    for on, end in (("/clauses", "/clauses"),):
        assert send(client, "/take-back", names=name, on=on) == (303, end)
    assert len(live.running.now().state.contradictions) == 1


@pytest.mark.parametrize("on", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb", ""])
def test_after_a_form_nobody_is_sent_elsewhere(live: Field, client: Client, on: str) -> None:
    enter(client)
    name = live.say("seen", "P001", site="camp")
    assert send(client, "/take-back", names=name, on=on) == (303, "/")


def test_observers_see_codes_and_no_forms(live: Field, client: Client) -> None:
    live.contradict("P001", "M1")
    enter(client, "N3")
    for path in ("/", "/clauses", "/acts/B1"):
        text = client.get(path).text
        assert text.count("<form") == 1, "to log out"
    for path in ("/approvals", "/log", "/log/3", "/log/3/proof", "/log/export"):
        assert client.get(path).status_code == 403
    assert 'href="/acts"' not in client.get("/").text
    assert 'href="/approvals"' not in client.get("/").text


def test_a_liaison_records_what_parties_say(live: Field, client: Client) -> None:
    said = {"type": "clause-contested", "subject": "noon", "party": "army", "reason": "late"}
    assert send(client, "/clauses", "N4", **said) == (303, "/clauses")
    assert send(client, "/clauses", "N3", **said)[0] == 403
    for changed in ({"type": "seen"}, {"subject": "x"}, {"party": ""}):
        assert send(client, "/clauses", "N4", **(said | changed))[0] == 400
    window = {"type": "window-opened", "subject": "camp", "party": "army", "until": "2017-08-28T18:00"}
    assert send(client, "/clauses", "N4", **window)[0] == 303
    enter(client, "N4")
    page = client.get("/clauses").text
    assert "late" in page
    assert "contested" in page
    assert "Mon 18:00" in page


def test_a_departure_is_held_until_somebody_says_why(live: Field, client: Client) -> None:
    live.happen("broke-down", "B1", "B1", "camp", reason="engine")
    enter(client, "N5")
    assert "is broken down." in client.get("/acts/B1").text
    before = live.running.size
    answer = client.post("/acts/B1/departed", data={"csrf": csrf(client), "site": "camp"})
    assert answer.status_code == 409
    assert "Something speaks against this departure" in answer.text
    assert "nevertheless" in answer.text
    assert live.running.size == before
    said = {"site": "camp", "nevertheless": "1", "reason": "towed"}
    assert send(client, "/acts/B1/departed", "N5", **said) == (303, "/acts/B1?done=departed")
    assert "Recorded: <span" not in client.get("/acts/B1?done=x").text
    assert 'role="status"' in client.get("/acts/B1?done=departed").text


def test_a_transfer_a_count_and_a_handover_from_the_page(live: Field, client: Client) -> None:
    moved = {"to": "M1", "site": "", "who:P001": "on", "who:P002": "on"}
    assert send(client, "/acts/B1/transferred", "N5", **moved) == (303, "/acts/M1?done=transferred")
    assert live.running.now().state.aboard["M1"].sure == ("P001", "P002")
    enter(client)
    page = client.get("/acts/M1").text
    assert "× 2" in page
    names = page.split('name="names" value="')[1].split('"')[0]
    assert len(names.split()) == 2
    assert send(client, "/take-back", names=names, on="/acts/M1") == (303, "/acts/M1")
    assert live.running.now().state.aboard["M1"].sure == ()
    assert send(client, "/acts/count", site="camp", count="3")[1] == "/acts?done=head-counted-at-site"
    assert "Recorded" in client.get("/acts?done=head-counted-at-site").text
    assert send(client, "/acts/B1/handed-over", "N5", **OVER)[0] == 303
    enter(client, "N6")
    page = client.get("/approvals").text
    name = page.split('name="name" value="')[1].split('"')[0]
    assert send(client, "/approvals/event", "N5", name=name)[0] == 403
    assert send(client, "/approvals/event", "N6", name=name) == (303, "/approvals")
    assert "Nothing waits" in client.get("/approvals").text


def test_what_does_not_exist_is_an_error_in_words(live: Field, client: Client) -> None:
    for path in ("/acts/X9", "/log/99999", "/log/99999/proof", "/log/backups/x.sqlite"):
        enter(client)
        assert client.get(path).status_code == 400, path
    for path in ("/acts/X9/departed", "/acts/B1/flown", "/acts/B1/transferred", "/acts/B1/head-counted"):
        assert send(client, path, site="camp")[0] == 400, path


def test_removal_and_disclosure_go_through_a_second_person(live: Field, client: Client) -> None:
    assert send(client, "/approvals/ask", type="removed", person="P001", reason="twice") == (303, "/approvals")
    said = {"type": "disclosed", "recipient": "army", "what": "list", "persons": "P001, P002\nP003"}
    assert send(client, "/approvals/ask", **said)[0] == 303
    assert send(client, "/approvals/ask", type="seen")[0] == 400
    assert send(client, "/approvals/ask", "N4", type="removed", person="P001", reason="x")[0] == 403
    enter(client)
    page = client.get("/approvals").text
    assert 'value="agree"' not in page
    assert 'value="withdraw"' in page
    assert send(client, "/approvals/decide", number="1", answer="agree")[0] == 403
    assert send(client, "/approvals/decide", "N2", number="1", answer="agree")[0] == 303
    assert send(client, "/approvals/decide", "N2", number="2", answer="refuse", why="not theirs")[0] == 303
    assert send(client, "/approvals/decide", "N2", number="x", answer="agree")[0] == 400
    assert live.running.now().state.people["P001"].removed
    assert "not theirs" in client.get("/approvals").text
    token = enter(client)
    given_event = {"type": "removed", "subject": "P002", "payload": {"reason": "x"}}
    answer = client.post("/api/events", json=given_event, headers={"x-csrf-token": token})
    assert (answer.status_code, answer.json()["code"]) == (409, "needs-two")


def test_the_log_is_filtered_paged_proved_and_copied(live: Field, client: Client) -> None:
    for number in range(30):
        live.happen("seen", f"P{number:03}", "", "camp")
    enter(client)
    page = client.get("/log").text
    assert page.count('class="big" href="/log/') == 51
    older = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert client.get(older).status_code == 200
    page = client.get("/log?type=returned&subject=P005").text
    assert page.count('<th scope="row">') == 1
    assert "None among these" in client.get("/log?actor=nobody").text
    assert client.get("/log?before=x").status_code == 400
    answer = client.get("/log/3/proof")
    assert answer.json()["position"] == 3
    assert "attachment" in answer.headers["content-disposition"]
    export = client.get("/log/export")
    assert export.status_code == 200
    assert len(export.text.splitlines()) == live.running.size + 1
    assert "Download the export" in client.get("/log").text


def test_only_some_may_take_copies(live: Field, client: Client, tmp_path: Path) -> None:
    enter(client, "N7")
    assert "Make a copy" in client.get("/log").text
    copies = tmp_path / "backups"
    copies.mkdir()
    (copies / "ledger-20260101T000000Z-7.sqlite").write_bytes(b"x" * 10)
    answer = client.get("/log/backups/ledger-20260101T000000Z-7.sqlite")
    assert (answer.status_code, answer.content) == (200, b"x" * 10)
    assert "ledger-20260101T000000Z-7.sqlite" in client.get("/log").text
    assert send(client, "/log/backup", "N3")[0] == 403
    enter(client, "N3")
    assert client.get("/log/backups/ledger-20260101T000000Z-7.sqlite").status_code == 403


def test_a_ledger_on_the_disk_is_copied_from_the_page(tmp_path: Path) -> None:
    from desk.devices import started  # noqa: PLC0415 - only here

    running = started(tmp_path / "op")
    accounts = Accounts(tmp_path / "a.sqlite", hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    accounts.join(accounts.first_code(), "N1", PASSWORD, "")
    with talking(application(running, accounts)) as client:
        assert send(client, "/log/backup") == (303, "/log#copies")
        page = client.get("/log").text
        name = page.split('href="/log/backups/')[1].split('"')[0]
        assert client.get(f"/log/backups/{name}").content.startswith(b"SQLite format 3")
    accounts.close()
    running.close()


@pytest.mark.parametrize("until", ["0001-01-01T00:00", "9999-12-31T23:59", "9999-12-31T23:59-12:00"])
def test_times_beyond_every_calendar_break_no_page(live: Field, client: Client, until: str) -> None:
    said = {"type": "window-opened", "subject": "camp", "party": "army", "until": until}
    assert send(client, "/clauses", **said)[0] in (303, 400)
    for until_ms in (2**53 - 1, -(2**53) + 1):
        live.happen("window-closed", "camp", party="army", until_ms=until_ms)
        assert client.get("/clauses").status_code == 200
    device = enrolled(live.running, phone(), "coordinator")
    event = decode(device.record("missing", subject="P001"))
    wrong = encode(replace(event, wall_ms=-(2**53) + 1))
    batch = device.signed(Batch(device=event.device, sequence=1, digest=reference(digest(wrong))))
    live.running.hand_in(HandedIn(parcel=Parcel(batch, (wrong,)))).result(PATIENCE_S)
    for path in ("/", "/log", "/acts/B1", "/settings"):
        assert client.get(path).status_code == 200, path


FIELDS = ("settles", "upholds", "reason", "names", "on", "type", "subject", "party", "until", "site", "count", "to",
          "children", "who:P001", "from_party", "from_by", "to_party", "to_by", "person", "persons", "recipient",
          "what", "number", "answer", "name", "nevertheless", "kind", "about", "language", "redaction")  # fmt: skip
PATHS = ("/resolve", "/take-back", "/clauses", "/acts/B1/departed", "/acts/B1/transferred", "/acts/B1/handed-over",
         "/acts/B1/head-counted", "/acts/%00/arrived", "/acts/count", "/approvals/ask", "/approvals/decide",
         "/approvals/event", "/papers")  # fmt: skip
GIVEN = st.text(max_size=70) | st.sampled_from(
    ["P001", "camp", "B1", "M1", "army", "faction", "0" * 64, "1", "-1", "9" * 30, "removed", "disclosed", "agree",
     "clause-broken", "noon", "window-opened", "2017-08-28T18:00", "9999-12-31T23:59", "0001-01-01T00:00",
     "manifest", "names", "ar", "en+ar"])  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(path=st.sampled_from(PATHS), form=st.dictionaries(st.sampled_from(FIELDS), GIVEN, max_size=8))
def test_whatever_is_filled_in_is_recorded_or_refused_in_words(
    live: Field, client: Client, path: str, form: dict[str, str]
) -> None:
    token = enter(client) if not client.http.cookies else csrf(client, "/settings")
    before = live.running.size
    answer = client.post(path, data={"csrf": token, **form})
    assert answer.status_code in (303, 400, 403, 409, 422), answer.text
    if answer.status_code != 303:
        assert live.running.size == before
    assert client.get("/").status_code == 200
