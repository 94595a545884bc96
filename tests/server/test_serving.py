"""A real server process: it starts, is told to stop, is killed, and what it acknowledged is there."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import msgspec
import pytest

from desk.devices import PATIENCE_S, started
from safepassage.exchange.template import write_template
from safepassage.ledger import checkpoints
from safepassage.ledger.board import board_of
from safepassage.server.serving import YOUNG, is_loopback, keep_for_good, runner
from server.processes import Served, served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path / "op", workbook=False)
    return tmp_path / "op"


def record(server: Served, person: str) -> int:
    answer = server.http.post("/api/events", json={"type": "seen", "subject": person, "site": "S1"})
    assert answer.status_code == 201
    return int(answer.json()["size"])


def changes(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the id and content of each message of a stream."""
    for line in lines:
        if line.startswith("id: "):
            name = line[4:]
            assert next(lines) == "event: change"
            yield name, json.loads(next(lines)[6:])


def test_over_tls_whoever_installed_the_authority_gets_in_and_nobody_else(folder: Path) -> None:
    with served(folder, "--tls", "--name", "bus.lan") as server:
        with pytest.raises(httpx.ConnectError, match="certificate"):
            server.http.get("/health")
        with httpx.Client(verify=False, trust_env=False) as careless:  # noqa: S501 - as a phone before it trusts
            root = careless.get(f"{server.url}/trust/authority.crt").text
            page = careless.get(f"{server.url}/trust").text
        said = next(line.strip() for line in server.lines if line.startswith("  "))
        assert said in page
        context = ssl.create_default_context(cadata=root)
        server.http.close()
        server.http = httpx.Client(base_url=server.url, verify=context, timeout=PATIENCE_S, trust_env=False)
        size = record(server.sign_in(), "P001")
        (cookie,) = server.http.cookies.jar
        assert cookie.secure
        assert cookie.name.startswith("__Host-")
        assert "not encrypted" not in server.http.get("/").text
        assert server.http.get("/health").json()["size"] == size


def test_it_serves_stops_when_told_and_goes_on_where_it_was(folder: Path) -> None:
    with served(folder) as server:
        size = record(server.sign_in(), "P001")
        with server.http.stream("GET", "/api/stream") as stream:
            told = changes(stream.iter_lines())
            assert next(told)[1]["size"] == size
            server.process.send_signal(signal.SIGTERM)
            assert list(told) == []
        # told once: a second word while it closes would end it at once
        server.process.wait(PATIENCE_S)
        assert server.end() == 0
        said = [json.loads(line)["what"] for line in server.lines if line.startswith("{")]
        # beside what people did, which is written down too
        ends = ["serving", "stopping", "stopped"]
        assert [what for what in said if what in ends] == ends
        assert server.lines[-1].startswith(f"kept {size} events")
    with served(folder) as server:
        assert server.http.get("/health").json()["size"] == size


@pytest.mark.no_cover
def test_what_was_acknowledged_survives_a_kill_in_the_middle(folder: Path) -> None:
    with served(folder) as server:
        headers, cookies = server.sign_in().http.headers, server.http.cookies
        acknowledged: list[tuple[str, int]] = []
        broken: list[str] = []
        enough, killed = threading.Event(), threading.Event()

        def work(name: str) -> None:
            # patient: one slow sync of a busy disk makes all of them wait, for they are kept in one group
            with httpx.Client(
                base_url=server.url, headers=headers, cookies=cookies, timeout=PATIENCE_S, trust_env=False
            ) as http:
                for number in itertools.count():
                    person = f"{name}{number}"
                    try:
                        answer = http.post("/api/events", json={"type": "seen", "subject": person})
                        acknowledged.append((person, answer.json()["size"]))
                    except (httpx.HTTPError, KeyError) as error:
                        if not killed.is_set():
                            broken.append(repr(error))
                            enough.set()
                        return
                    if len(acknowledged) >= 60:
                        enough.set()

        workers = [threading.Thread(target=work, args=(name,)) for name in "ABC"]
        for one in workers:
            one.start()
        assert enough.wait(2 * PATIENCE_S)
        killed.set()
        assert server.end(signal.SIGKILL) == -signal.SIGKILL
        for one in workers:
            one.join()
        assert broken == []
    again = started(folder)
    try:
        subjects = {msgspec.json.decode(data)["subject"] for data in again.keeper.store.read()}
        assert {person for person, _ in acknowledged} <= subjects
        assert again.size >= max(size for _, size in acknowledged)
        assert again.now().state == board_of(again.keeper.store.read(), again.keeper.board.roll)
    finally:
        again.close()


@pytest.mark.no_cover
def test_a_stream_goes_on_where_it_broke_off(folder: Path) -> None:
    with served(folder) as server:
        server.sign_in()
        with server.http.stream("GET", "/api/stream") as stream:
            told = changes(stream.iter_lines())
            seen, first = next(told)
            assert first == {"size": 2, "touched": None}
            record(server, "P001")
            seen, change = next(told)
            assert ["person", "P001"] in change["touched"]  # type: ignore[operator]
        record(server, "P002")
        size = record(server, "P003")
        with server.http.stream("GET", "/api/stream", headers={"last-event-id": seen}) as stream:
            name, change = next(changes(stream.iter_lines()))
        assert int(name) == size == change["size"]
        touched = change["touched"]
        assert isinstance(touched, list)
        assert ["person", "P002"] in touched
        assert ["person", "P003"] in touched
        assert ["person", "P001"] not in touched


@pytest.mark.no_cover
def test_a_checkpoint_of_before_a_restart_is_consistent_with_after(folder: Path) -> None:
    with served(folder) as server:
        before = checkpoints.read(server.sign_in().http.get("/api/checkpoint").content).checkpoint
        server.end(signal.SIGKILL)
    with served(folder) as server:
        record(server.sign_in(), "P001")
    again = started(folder)
    try:
        assert again.keeper.tree.root(before.size) == before.root
    finally:
        again.close()


def test_an_address_that_is_taken_is_refused_in_words(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with served(folder, port=other.getsockname()[1]) as server:
            assert server.end() == 2
            assert "cannot listen at 127.0.0.1" in "".join(server.lines)


def test_plain_http_to_others_is_warned_of(folder: Path) -> None:
    with served(folder, "--host", "0.0.0.0") as server:  # noqa: S104 - what is tested
        assert any("plain HTTP" in line for line in server.lines)
        assert server.http.get("/health").status_code == 200
        assert server.end(signal.SIGINT) == 0


@pytest.mark.parametrize(
    ("host", "alone"),
    [("localhost", True), ("127.0.0.9", True), ("::1", True), ("0.0.0.0", False), ("field.example", False)],  # noqa: S104
)
def test_only_loopback_is_this_machine_alone(host: str, *, alone: bool) -> None:
    assert is_loopback(host) is alone


def test_the_server_runs_on_the_faster_loop_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines without it serve all the same."""
    monkeypatch.setitem(sys.modules, "uvloop", SimpleNamespace(run=print))
    assert runner() is print
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert runner() is asyncio.run


def test_what_is_here_at_the_start_is_left_out_of_the_search_for_cycles() -> None:
    thresholds = gc.get_threshold()
    here: list[object] = [[]]
    assert any(one is here for one in gc.get_objects())
    try:
        keep_for_good()
        assert not any(one is here for one in gc.get_objects())
        assert gc.get_threshold() == (YOUNG, *thresholds[1:])
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
