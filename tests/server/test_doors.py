"""What phones ask over HTTP: signed, for their own post, and files that anybody brings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from desk.devices import PATIENCE_S, phone
from desk.doors import CHIEF, HOSTILE, at_doors
from safepassage.desk.accounts import Accounts
from safepassage.desk.enrolment import revoke
from safepassage.desk.running import Running
from safepassage.ledger.recording import Recorder
from safepassage.ledger.signing import Asking, device_public_key, new_device_key, sign_asking
from safepassage.ledger.vocabulary import Enrolled
from safepassage.server.app import application
from safepassage.server.openapi import OPERATIONS
from server.processes import PASSWORD
from server.talking import Client, talking

KEY = new_device_key()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """Lend a ledger with a device of bus B1."""
    found = at_doors(tmp_path)
    payload = Enrolled(public_key=device_public_key(KEY), role="bus-focal-point", serves="B1")
    found.record("device-enrolled", subject="D1", payload=payload).result(PATIENCE_S)
    yield found
    found.close()


@pytest.fixture
def door(running: Running, accounts: Accounts) -> Iterator[Client]:
    with talking(application(running, accounts)) as found:
        yield found


def signed(
    running: Running, target: str, *, key: EllipticCurvePrivateKey = KEY, method: str = "GET", **change: Any
) -> dict[str, str]:
    now = running.clocks()
    asking = Asking(method=method, target=target, device="D1", boot=now.boot, server_ms=now.server_ms)
    asking = msgspec.structs.replace(asking, **change)
    signature = sign_asking(key, asking)
    return {"authorization": f"Safepassage {asking.device} {asking.boot} {asking.server_ms} {signature}"}


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_device_reads_its_own_post(door: Client, running: Running) -> None:
    running.record("seen", subject="P001", site="QARA").result(PATIENCE_S)
    running.record("seen", subject="P020", site="QARA").result(PATIENCE_S)
    target = "/api/check-in?vehicle=B1"
    body = door.get(target, headers=signed(running, target)).json()
    assert body["vehicles"] == [{"id": "B1"}, {"id": "B2", "post": False}]
    assert body["people"][0] == {"id": "P001", "household": "H0", "vehicle": "B1", "site": "QARA"}
    assert body["people"][-1]["name"] == HOSTILE
    target = "/api/check-in/log?vehicle=B1&since=0"
    body = door.get(target, headers=signed(running, target)).json()
    assert (body["since"], body["next"], body["size"], len(body["events"])) == (0, 5, 5, 1)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/api/check-in?vehicle=B2", (403, "not-permitted")),
        ("/api/check-in?site=QARA", (403, "not-permitted")),
        ("/api/check-in?site=QARA&vehicle=B1", (400, "request-malformed")),
        ("/api/check-in/log", (400, "request-malformed")),
        ("/api/check-in/log?vehicle=B1&since=x", (400, "request-malformed")),
        ("/api/check-in/log?vehicle=B2", (403, "not-permitted")),
        ("/api/log?since=0", (403, "not-permitted")),
    ],
)
def test_and_no_more_than_its_role(door: Client, running: Running, target: str, expected: tuple[int, str]) -> None:
    assert told(door.get(target, headers=signed(running, target))) == expected


def test_the_board_is_read_by_a_device_too(door: Client, running: Running) -> None:
    assert door.get("/api/board", headers=signed(running, "/api/board")).status_code == 200


def test_who_cannot_show_which_device_it_is_reads_nothing(door: Client, running: Running) -> None:
    target = "/api/check-in"
    now = running.clocks()
    assert told(door.get(target)) == (401, "login-needed")
    assert told(door.get(target, headers=signed(running, target, key=new_device_key()))) == (401, "proof-refused")
    assert told(door.get(target, headers=signed(running, "/api/log"))) == (401, "proof-refused")
    assert told(door.get(f"{target}?vehicle=B1", headers=signed(running, target))) == (401, "proof-refused")
    assert told(door.get(target, headers=signed(running, target, boot="old"))) == (401, "proof-stale")
    late = now.server_ms + 400_000
    assert told(door.get(target, headers=signed(running, target, server_ms=late))) == (401, "proof-stale")
    for header in ("Safepassage", "Safepassage D1 b 1", "Safepassage D1 b x s", f"Safepassage D1 b {'9' * 20} s"):
        assert told(door.get(target, headers={"authorization": header})) == (401, "proof-refused")
    assert told(door.get(target, headers={"authorization": "Basic D1"})) == (401, "login-needed")
    revoke(running, CHIEF, "D1", "lost").result(PATIENCE_S)
    assert told(door.get(target, headers=signed(running, target))) == (403, "device-revoked")


def test_a_signature_changes_nothing(door: Client, running: Running) -> None:
    headers = signed(running, "/api/events", method="POST")
    answer = door.post("/api/events", json={"type": "seen", "subject": "P001"}, headers=headers)
    assert told(answer) == (401, "login-needed")


def test_an_address_to_be_typed_leads_to_the_page(door: Client) -> None:
    answer = door.get("/enrol")
    assert (answer.status_code, answer.headers["location"]) == (303, "/static/check-in/index.html")
    assert door.get(answer.headers["location"]).status_code == 200


def enrolled(running: Running, name: str = "phone-1") -> Recorder:
    device = phone(name)
    payload = Enrolled(public_key=device.public_key, role="bus-focal-point")
    running.record("device-enrolled", subject=name, payload=payload).result(PATIENCE_S)
    device.record("boarded", subject="P001", vehicle="B1", site="QARA")
    device.record("boarded", subject="P002", vehicle="B1", site="QARA")
    return device


def saved(device: Recorder) -> dict[str, Any]:
    parcels = [
        {"batch": msgspec.to_builtins(one.batch), "events": [data.decode() for data in one.events]}
        for one in device.outbox()
    ]
    return {"format": "safepassage-outbox/1", "parcels": parcels}


def test_anybody_brings_a_phones_file(door: Client, running: Running) -> None:
    file = saved(enrolled(running))
    body = door.post("/api/outbox", json=file).json()
    assert body["parcels"] == [
        {"device": "phone-1", "sequence": 2, "events": 2, "fresh": 2, "outcome": "taken", "code": "", "what": ""}
    ]
    assert body["size"] == running.size
    assert door.post("/api/outbox", json=file).json()["parcels"][0]["fresh"] == 0
    assert told(door.post("/api/outbox", json=file | {"format": "other"})) == (400, "request-malformed")
    assert [one.given for one in OPERATIONS if one.path == "/api/outbox"]


@pytest.fixture
def page(door: Client, accounts: Accounts) -> tuple[Client, str]:
    """Lend the page of files, and its token."""
    account = {"name": "N1", "password": PASSWORD}
    door.post("/join", data=account | {"code": accounts.first_code()})
    door.post("/login", data=account)
    return door, door.get("/outboxes").text.split('name="csrf" value="')[1].split('"')[0]


def upload(door: Client, csrf: str, content: bytes) -> Any:
    return door.post("/outboxes/take", data={"csrf": csrf}, files={"file": ("outbox.json", content)})


def test_the_console_takes_a_file_and_says_what_was_taken(page: tuple[Client, str], running: Running) -> None:
    door, csrf = page
    file = msgspec.json.encode(saved(enrolled(running)))
    answer = upload(door, csrf, file)
    assert (answer.status_code, "handed in 2, new 2" in answer.text) == (200, True)
    size = running.size
    assert "all known" in upload(door, csrf, file).text
    assert upload(door, "x", file).status_code == 403
    assert "Not a file that a phone saved" in upload(door, csrf, b"{}").text
    assert running.size == size


def test_what_a_revoked_phone_left_is_decided_on(page: tuple[Client, str], running: Running) -> None:
    door, csrf = page
    for name in ("phone-1", "phone-2"):
        device = enrolled(running, name)
        revoke(running, CHIEF, name, "lost").result(PATIENCE_S)
        assert door.post("/api/outbox", json=saved(device)).json()["parcels"][0]["outcome"] == "held"
    shown = door.get("/outboxes").text
    assert "boarded 2" in shown
    names = [part.split('"')[0] for part in shown.split('name="name" value="')[1:]]
    size = running.size
    assert "new 2" in door.post("/outboxes/held", data={"csrf": csrf, "name": names[0], "do": "take"}).text
    assert running.size == size + 3
    assert door.post("/outboxes/held", data={"csrf": csrf, "name": names[1], "do": "aside"}).status_code == 303
    assert "Nothing waits" in door.get("/outboxes").text
    assert door.post("/outboxes/held", data={"csrf": csrf, "name": names[1]}).status_code == 400
    assert running.size == size + 3


def test_who_may_not_take_paper_sees_no_page_of_files(page: tuple[Client, str], accounts: Accounts) -> None:
    door, _ = page
    account = {"name": "N2", "password": PASSWORD}
    door.post("/join", data=account | {"code": accounts.invite(CHIEF, "observer")})
    door.post("/login", data=account)
    assert door.get("/outboxes").status_code == 403
    assert "/outboxes" not in door.get("/").text
    assert upload(door, "x", b"{}").status_code == 403


def test_the_code_of_a_device_comes_with_the_address_to_type(page: tuple[Client, str]) -> None:
    door, csrf = page
    given = {"csrf": csrf, "device": "D2", "role": "observer", "serves": ""}
    shown = door.post("/settings/enrol", data=given).text
    assert "http://127.0.0.1:8000/enrol" in shown
    assert "<svg" in shown


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"no parts"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\n\r\nno name\r\n--x\r\ncontent-type: multipart/mixed\r\n\r\n--x--\r\n",
        ),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\ncontent-disposition: form-data; name=csrf\r\n\r\n\xff\r\n--x--\r\n",
        ),
    ],
)
def test_what_is_no_form_with_a_file_is_refused(page: tuple[Client, str], kind: str, body: bytes) -> None:
    door, _ = page
    assert door.post("/outboxes/take", content=body, headers={"content-type": kind}).status_code in (400, 403)
