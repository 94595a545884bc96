"""Screens that look at a server: how soon after an event each of them is told of it, and shows it.

The reference case is served in a process of its own. A client process holds many event streams open, each as a browser
does behind the first page, and hands in signed events, one call after the other at an even pace. *Told* is from the
moment an event was handed in until its number stands in a screen's stream; *acknowledged* until the caller was
answered. Then some of the screens also fetch the page anew as `static/console.js` does: at once, then no sooner than it
allows itself. *Shown* is until such a screen holds a page with the event in it.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import re
import shutil
import socket
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import msgspec

from bench_server import device, request
from record import record
from safepassage.desk.accounts import Accounts
from safepassage.desk.recording import check_devices
from safepassage.desk.running import open_running
from safepassage.ledger.vocabulary import Enrolled

REFERENCE = Path(__file__).parent.parent / "examples" / "qalamoun-2017"
PASSWORD = "a sentence of some length"  # noqa: S105 - of an account that lives for a minute
STARTS_S = 60
STOPS_S = 30
REST = re.compile(r"const REST_TIMES = (\d+);")
LEAST = re.compile(r"const LEAST_MS = (\d+);")
MOST = re.compile(r"const MOST_MS = (\d+);")


def serving(folder: Path, port: int, name: str, key: str) -> None:
    """Serve the folder with one device enrolled, in a process of its own."""
    from safepassage.server.serving import serve  # noqa: PLC0415

    running, _ = open_running(folder)
    running.record("device-enrolled", subject=name, payload=Enrolled(public_key=key, role="bus-focal-point")).result()
    check_devices(running)
    accounts = Accounts(folder / "accounts.sqlite")
    serve(running, accounts, "127.0.0.1", port)
    running.close()


class Screen:
    """A browser behind the first page: its stream, and where `fetches` is true the page itself, as often as allowed."""

    def __init__(self, port: int, cookie: str, *, fetches: bool) -> None:
        self.told: list[tuple[int, float]] = []
        self.shown: list[tuple[int, float]] = []
        self.fetches, self.pages = fetches, 0
        self._port, self._cookie = port, cookie
        self.connected = asyncio.Event()
        self._changed = asyncio.Event()
        self._rest_times, self._least_s, self._most_s = _pace()

    async def look(self) -> None:
        """Follow the stream, and the page, until cancelled."""
        await asyncio.gather(self._stream(), *([self._page()] if self.fetches else []))

    async def _stream(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(f"GET /api/stream HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {self._cookie}\r\n\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"id: "):
                self.told.append((int(line[4:]), time.perf_counter()))
                self._changed.set()
                self.connected.set()
        raise ConnectionError("the server hung up")

    async def _page(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            began = time.perf_counter()
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(f"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {self._cookie}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            body = await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
            writer.close()
            now = time.perf_counter()
            size = re.search(rb'data-size="(\d+)"', body)
            if size is None:
                raise AssertionError(body[:500])
            self.shown.append((int(size[1]), now))
            self.pages += 1
            await asyncio.sleep(min(self._most_s, max(self._least_s, self._rest_times * (now - began))))


def _pace() -> tuple[int, float, float]:
    """Return how long the console's own script rests: times the last answer, at least, at most (seconds)."""
    script = (Path(__file__).parent.parent / "src/safepassage/server/static/console.js").read_text()
    times, least, most = REST.search(script), LEAST.search(script), MOST.search(script)
    if times is None or least is None or most is None:
        raise AssertionError("console.js says no pace")
    return int(times[1]), int(least[1]) / 1000, int(most[1]) / 1000


async def _calls(port: int, calls: list[bytes], each_s: float) -> list[tuple[int, float, float]]:
    """Hand in one call after the other at an even pace; return the log's size after each, when sent, when answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = []
    for call in calls:
        sent = time.perf_counter()
        writer.write(call)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head[:16]:
            raise AssertionError(head)
        body = await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        found.append((msgspec.json.decode(body)["size"], sent, time.perf_counter()))
        await asyncio.sleep(max(0.0, each_s - (time.perf_counter() - sent)))
    return found


def _until(seen: list[tuple[int, float]], calls: list[tuple[int, float, float]]) -> list[float]:
    """Return for each call how long it took until a screen knew of it (seconds)."""
    found, at = [], 0
    for size, sent, _ in calls:
        while at < len(seen) and seen[at][0] < size:
            at += 1
        if at == len(seen):
            break
        found.append(seen[at][1] - sent)
    return found


def _figures(name: str, seconds: list[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=100)
    return {
        f"{name}_p50_ms": round(1000 * median(seconds), 1),
        f"{name}_p99_ms": round(1000 * cuts[98], 1),
        f"{name}_worst_ms": round(1000 * max(seconds), 1),
    }


async def watching(port: int, cookie: str, calls: list[bytes], each_s: float, screens: int, fetching: int) -> Any:
    """Hold the screens open, hand the calls in, and return how soon each screen knew."""
    many = [Screen(port, cookie, fetches=number < fetching) for number in range(screens)]
    tasks = [asyncio.create_task(one.look()) for one in many]
    async with asyncio.timeout(STARTS_S):
        await asyncio.gather(*(one.connected.wait() for one in many))
    await asyncio.sleep(2)
    began = time.perf_counter()
    made = await _calls(port, calls, each_s)
    spent = time.perf_counter() - began
    await asyncio.sleep(5)
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result
    told = [took for one in many for took in _until(one.told, made)]
    if len(told) != screens * len(calls):
        raise AssertionError((len(told), screens, len(calls)))
    shown = [took for one in many[:fetching] for took in _until(one.shown, made)]
    return {
        "screens": screens, "fetching": fetching, "events": len(calls), "events_per_s": round(len(calls) / spent, 1),
        **_figures("acknowledged", [answered - sent for _, sent, answered in made]),
        **_figures("told", told),
        **(_figures("shown", shown) if shown else {}),
        "pages_per_s": round(sum(one.pages for one in many) / spent, 1),
    }  # fmt: skip


def measure(screens: int, fetching: int, events: int, each_s: float) -> dict[str, Any]:
    """Serve the reference case from empty and watch it."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "op"
        shutil.copytree(REFERENCE, folder)
        accounts = Accounts(folder / "accounts.sqlite")
        accounts.join(accounts.first_code(), "N1", PASSWORD, "bench")
        session = accounts.log_in("N1", PASSWORD, "bench")
        accounts.close()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        one = device("D000")
        server = multiprocessing.get_context("spawn").Process(
            target=serving, args=(folder, port, one.device, one.public_key)
        )
        server.start()
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        calls = [request(one, 1, number) for number in range(events)]
        try:
            return dict(
                asyncio.run(watching(port, f"safepassage-session={session.token}", calls, each_s, screens, fetching))
            )
        finally:
            server.terminate()
            server.join(STOPS_S)
            server.kill()
            server.join()


def main() -> None:
    """Measure, show and record."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--screens", type=int, default=300)
    options.add_argument("--fetching", type=int, default=300)
    options.add_argument("--events", type=int, default=200)
    options.add_argument("--each-s", type=float, default=0.2)
    options.add_argument("--no-record", action="store_true")
    chosen = options.parse_args()
    found = {}
    for name, fetching in (("streams alone", 0), ("with pages", chosen.fetching)):
        found[name] = measure(chosen.screens, fetching, chosen.events, chosen.each_s)
        print(name, found[name], flush=True)
    if not chosen.no_record:
        print(record("screens", found))


if __name__ == "__main__":
    main()
