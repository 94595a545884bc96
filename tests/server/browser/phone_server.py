"""The server itself, behind a wire that a test can break."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from desk.devices import PATIENCE_S
from desk.doors import CHIEF, HOSTILE, Ahead, at_doors
from safepassage.desk.accounts import Accounts
from safepassage.desk.enrolment import revoke
from safepassage.ledger.envelope import decode
from safepassage.ledger.vocabulary import Enrolled
from safepassage.server import static_files
from safepassage.server.app import application
from server.talking import talking

STATIC = static_files.STATIC
__all__ = ["HOSTILE", "STATIC", "PhoneServer"]


class PhoneServer:
    """The server, with what a test may do to it.

    `away` makes it refuse every question; `lose_answers` is how many answers to parcels it cuts off after they were
    taken in; `asked` are the paths that were asked for, `bodies` the parcels.
    """

    def __init__(self, place: Path) -> None:
        self._ends = ExitStack()
        self.clock = Ahead()
        self.running = at_doors(place, self.clock)
        self._ends.callback(self.running.close)
        self.keeper = self.running.keeper
        quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        self.accounts = Accounts(place / "accounts.sqlite", hasher=quick)
        self._ends.callback(self.accounts.close)
        self.asked: list[str] = []
        self.bodies: list[Any] = []
        self.away = False
        self.lose_answers = 0
        self.told: list[str] = []
        self._heard = threading.Condition()
        self._under_way = 0
        self._quiet = threading.Condition()
        more = [Route("/blank", _blank), Route("/api/told", self._told, methods=["POST"])]
        self.client = self._ends.enter_context(talking(application(self.running, self.accounts, more=more)))
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self.port: int = self._http.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Stop answering: what is under way comes to its end, and a page that still asks is cut off."""
        with self._quiet:
            self.away = True
            assert self._quiet.wait_for(lambda: not self._under_way, timeout=PATIENCE_S)
        self._http.shutdown()
        self._http.server_close()
        self._ends.close()

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response | None:
        """Pass a question on to the application, unless the server is away."""
        with self._quiet:
            if self.away:
                return None
            self._under_way += 1
        try:
            return self.client.request(method, path, content=body, headers=headers)
        finally:
            with self._quiet:
                self._under_way -= 1
                self._quiet.notify_all()

    def record(self, type_: str, **said: Any) -> None:
        """Record something on the server itself."""
        self.running.record(type_, **said).result(PATIENCE_S)

    def enrol(self, device: str, public_key: str) -> None:
        """Let a device in."""
        self.record("device-enrolled", subject=device, payload=Enrolled(public_key=public_key, role="coordinator"))

    def code(self, device: str = "D1", role: str = "coordinator", serves: str = "") -> str:
        """Make a code with which a device lets itself in."""
        return self.accounts.offer_enrolment(CHIEF, device, role, serves)

    def revoke(self, device: str = "D1") -> None:
        """Let a device in no more."""
        revoke(self.running, CHIEF, device, "lost").result(PATIENCE_S)

    def wait_told(self, count: int) -> None:
        """Wait until that many things were told."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.told) >= count, timeout=60)

    def events(self, device: str) -> list[bytes]:
        """Return what the ledger holds of a device, in the order of its own numbers."""
        found = [data for data in self.keeper.store.read() if decode(data).device == device]
        return sorted(found, key=lambda data: decode(data).sequence)

    async def _told(self, request: Request) -> Response:
        said = await request.json()
        with self._heard:
            self.told.append(said)
            self._heard.notify_all()
        return JSONResponse({})


async def _blank(_request: Request) -> Response:
    return Response("<!doctype html><title>blank</title>", media_type="text/html; charset=utf-8")


def _handler(server: PhoneServer) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._do("GET")

        def do_POST(self) -> None:
            self._do("POST")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _do(self, method: str) -> None:
            server.asked.append(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            answer = server.ask(method, self.path, body, dict(self.headers))
            if answer is None:
                self._break_off()
                return
            if self.path == "/api/parcels":
                server.bodies.append(body)
                if answer.status_code == 200 and server.lose_answers:
                    server.lose_answers -= 1
                    self._break_off()
                    return
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                # the client between here and the application has unpacked it
                if name not in ("content-length", "content-encoding", "transfer-encoding"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def _break_off(self) -> None:
            """End in the middle of an answer: a browser asks by itself again where there was none at all."""
            self.send_response(200)
            self.send_header("content-length", "1000")
            self.end_headers()
            self.wfile.write(b"{")
            self.close_connection = True

    return Handler
