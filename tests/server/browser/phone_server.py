"""A small server for phones, on loopback: the pages as they are shipped, and a ledger of real parts behind them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import safepassage
from safepassage.ledger.envelope import decode
from safepassage.ledger.keeper import HandedIn, Keeper
from safepassage.ledger.recording import Parcel, Recorder
from safepassage.ledger.signing import device_public_key, new_device_key, new_log_key, sign_batch
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.ledger.vocabulary import Batch, Enrolled, Reading
from safepassage.model.errors import SafepassageError

STATIC = Path(safepassage.__file__).parent / "server" / "static"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
    " manifest-src 'self'; worker-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}

PAGE = 100
"""Events in one answer to `GET /api/log`."""


class Refused(Exception):  # noqa: N818  what a request ends with, no fault of the server's
    """A request that is answered with a fault."""

    def __init__(self, status: int, code: str, what: str) -> None:
        super().__init__(what)
        self.status, self.code = status, code


class PhoneServer:
    """The server, with what a test may do to it.

    `away` makes it refuse every question; `lose_answers` is how many answers to parcels it cuts off after they were
    taken in; `asked` are the paths that were asked for.
    """

    def __init__(self) -> None:
        key = new_device_key()

        def sign(batch: Batch) -> str:
            return sign_batch(key, batch)

        self.keeper = Keeper(
            MemoryStore(),
            Recorder("server", sign, public_key=device_public_key(key)),
            new_log_key(),
            "OP",
        )
        self.keeper.begin()
        self.asked: list[str] = []
        self.bodies: list[Any] = []
        self.away = False
        self.lose_answers = 0
        self.check_in: dict[str, Any] = {}
        self.told: list[str] = []
        self._changing = threading.Lock()
        self._heard = threading.Condition()
        self._http = ThreadingHTTPServer(("0.0.0.0", 0), _handler(self))  # noqa: S104  reached by a second name
        self._http.daemon_threads = True
        self.port: int = self._http.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._http.shutdown()
        self._http.server_close()

    def enrol(self, device: str, public_key: str) -> None:
        """Let a device in."""
        with self._changing:
            self.keeper.record("device-enrolled", subject=device, payload=Enrolled(public_key=public_key))

    def wait_told(self, count: int) -> None:
        """Wait until that many things were told."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.told) >= count, timeout=60)

    def events(self, device: str) -> list[bytes]:
        """Return what the ledger holds of a device, in the order of its own numbers."""
        with self._changing:
            found = [data for data in self.keeper.store.read() if decode(data).device == device]
        return sorted(found, key=lambda data: decode(data).sequence)

    def answer(self, method: str, path: str, body: Any) -> dict[str, Any]:
        """Answer a question of the API."""
        path, _, query = path.partition("?")
        with self._changing:
            if (method, path) == ("GET", "/api/time"):
                clock = self.keeper.recorder.clock
                return {"boot": clock.boot, "server_ms": clock.monotonic_ms(), "wall_ms": clock.wall_ms()}
            if (method, path) == ("GET", "/api/log"):
                return self._log(int(query.partition("=")[2]))
            if (method, path) == ("POST", "/api/parcels"):
                return self._take(body)
            if (method, path) == ("GET", "/api/check-in"):
                kind, _, place = query.partition("=")
                people = [one for one in self.check_in.get("people", []) if query and one[kind] == place]
                return self.check_in | {"people": people}
            if (method, path) == ("POST", "/api/enrol"):
                return self._enrol(body)
            if (method, path) == ("POST", "/api/told"):
                with self._heard:
                    self.told.append(body)
                    self._heard.notify_all()
                return {}
        raise Refused(404, "not-there", path)

    def _log(self, since: int) -> dict[str, Any]:
        events = [data.decode() for data in self.keeper.store.read(since, since + PAGE)]
        return {"since": since, "size": len(self.keeper.store), "events": events}

    def _enrol(self, body: Any) -> dict[str, Any]:
        if body["code"] != "LET-ME-IN":
            raise Refused(403, "not-enrolled", "this code is not known, or was used")
        self.keeper.record("device-enrolled", subject="D1", payload=Enrolled(public_key=body["public_key"]))
        return {"device": "D1"}

    def _take(self, body: Any) -> dict[str, Any]:
        self.bodies.append(body)
        parcel = Parcel(Batch(**body["batch"]), tuple(text.encode() for text in body["events"]))
        reading = Reading(**body["reading"]) if "reading" in body else None
        try:
            receipt = self.keeper.receive([HandedIn(parcel=parcel, reading=reading)])
        except SafepassageError as error:
            raise Refused(422, error.code, str(error)) from error
        ((device, sequence),) = receipt.acknowledged
        return {"device": device, "acknowledged": sequence, "checkpoint": receipt.checkpoint.decode()}


def _file(path: str) -> Path | None:
    """Find what a path names among the static files; the check-in page is a folder."""
    name = path.partition("?")[0].removeprefix("/static/")
    found = (STATIC / name).resolve()
    found = found / "index.html" if found.is_dir() else found
    return found if found.is_relative_to(STATIC) and found.is_file() else None


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
            if server.away:
                self._break_off()
                return
            if self.path.startswith("/static/"):
                file = _file(self.path)
                content = file.read_bytes() if file else b""
                self._say(200 if file else 404, TYPES.get(file.suffix if file else "", "text/plain"), content)
                return
            if self.path == "/blank":
                self._say(200, TYPES[".html"], b"<!doctype html><title>blank</title>")
                return
            self._api(method, json.loads(body) if body else None)

        def _api(self, method: str, body: Any) -> None:
            try:
                status, said = 200, server.answer(method, self.path, body)
            except Refused as error:
                status, said = error.status, {"code": error.code, "title": "", "what": str(error), "remedy": ""}
            if self.path == "/api/parcels" and status == 200 and server.lose_answers:
                server.lose_answers -= 1
                self._break_off()
                return
            self._say(status, "application/json", json.dumps(said).encode())

        def _break_off(self) -> None:
            """End in the middle of an answer: a browser asks by itself again where there was none at all."""
            self.send_response(200)
            self.send_header("content-length", "1000")
            self.end_headers()
            self.wfile.write(b"{")
            self.close_connection = True

        def _say(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.send_header("cache-control", "no-cache")
            self.send_header("content-security-policy", POLICY)
            if self.path.endswith("service_worker.js"):
                self.send_header("service-worker-allowed", "/static/")
            self.end_headers()
            self.wfile.write(content)

    return Handler
