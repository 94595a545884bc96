"""A whole server under load: acknowledged events a second over HTTP, and how long each call takes.

A server process keeps a ledger on this machine's disk. A client process with many connections hands in signed, chained
events, each device over its own connection: one event a call, and many a call. Beside it, in turns, an append of the
same bytes to a plain file with fdatasync. Everything that was acknowledged is counted in the ledger afterwards.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import select
import socket
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import msgspec

from record import record
from safepassage.desk.accounts import Accounts
from safepassage.desk.recording import check_devices
from safepassage.desk.running import open_running
from safepassage.exchange.template import write_template
from safepassage.ledger.recording import Recorder
from safepassage.ledger.signing import device_public_key, new_device_key, sign_batch
from safepassage.ledger.vocabulary import Enrolled

PEOPLE = 10_000


def device(name: str) -> Recorder:
    """Make a device with a key of its own."""
    key = new_device_key()
    return Recorder(
        name, lambda batch: sign_batch(key, batch), randomness=random.Random(name).randbytes,
        public_key=device_public_key(key),
    )  # fmt: skip


def request(one: Recorder, each: int, number: int) -> bytes:
    """Return the bytes of a call with the device's next events."""
    for step in range(each):
        one.record("seen", subject=f"P{(number * each + step) % PEOPLE:05}", site="S1")
    parcel = next(one.outbox())
    one.acknowledged(one.sequence)
    body = msgspec.json.encode({"batch": parcel.batch, "events": [data.decode() for data in parcel.events]})
    head = "POST /api/parcels HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    head += f"content-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def raw_rate(folder: Path, size: int, turns: int) -> float:
    """Append blocks of bytes to a file, each with fdatasync; return blocks a second."""
    handle = os.open(folder / "control", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    data = bytes(size)
    began = time.perf_counter()
    for _ in range(turns):
        os.write(handle, data)
        os.fdatasync(handle)
    os.close(handle)
    return turns / (time.perf_counter() - began)


class _Caller:
    """Hands in one call after the other over one connection."""

    def __init__(self, port: int, calls: Sequence[bytes]) -> None:
        self.line = socket.create_connection(("127.0.0.1", port))
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.calls = iter(calls)
        self.answer, self.began = b"", 0.0

    def say(self) -> bool:
        """Hand in the next call; tell whether there was one."""
        call = next(self.calls, None)
        if call is None:
            self.line.close()
            return False
        self.answer, self.began = b"", time.perf_counter()
        self.line.sendall(call)
        return True

    def hear(self) -> bool:
        """Take what came; tell whether the answer is whole.

        Raises
        ------
        AssertionError
            When it is a refusal, or the server hung up.
        """
        data = self.line.recv(65_536)
        self.answer += data
        head, found, body = self.answer.partition(b"\r\n\r\n")
        if not data or (found and b" 200 " not in head[:16]):
            raise AssertionError(self.answer)
        return bool(found) and len(body) == int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])


def load(port: int, calls: Sequence[Sequence[bytes]]) -> dict[str, float]:
    """Hand in all calls, each list over a connection of its own; return rates, times and what the client took.

    One bare loop over the lines that have something to say: the client runs beside the server and shares its cores.
    """
    callers = [_Caller(port, one) for one in calls]
    lines = {one.line.fileno(): one for one in callers}
    took: list[float] = []
    with select.epoll() as watch:
        for line in lines:
            watch.register(line, select.EPOLLIN)
        began, spent = time.perf_counter(), time.process_time()
        left = sum(one.say() for one in callers)
        while left:
            for line, _ in watch.poll():
                caller = lines[line]
                if caller.hear():
                    took.append(time.perf_counter() - caller.began)
                    left -= not caller.say()
        passed, spent = time.perf_counter() - began, time.process_time() - spent
    cuts = quantiles(took, n=1000)
    return {
        "calls_per_s": len(took) / passed,
        "p50_ms": 1000 * median(took),
        "p99_ms": 1000 * cuts[989],
        "worst_ms": 1000 * max(took),
        "client_cpu_us_a_call": 1e6 * spent / len(took),
    }


def cpu_s(pid: int) -> float:
    """Return the processor time that a process and those that it started have taken."""
    spent = sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    children = {int(one) for path in Path(f"/proc/{pid}/task").glob("*/children") for one in path.read_text().split()}
    return spent / os.sysconf("SC_CLK_TCK") + sum(map(cpu_s, children))


def serving(folder: Path, port: int, keys: Sequence[tuple[str, str]]) -> None:
    """Serve the folder with devices enrolled, in a process of its own."""
    from safepassage.server.serving import serve  # noqa: PLC0415

    running, _ = open_running(folder)
    for name, key in keys:
        payload = Enrolled(public_key=key, role="bus-focal-point")
        running.record("device-enrolled", subject=name, payload=payload).result()
    check_devices(running)
    accounts = Accounts(folder / "accounts.sqlite")
    serve(running, accounts, "127.0.0.1", port)
    running.close()


def measure(folder: Path, connections: int, calls: int, each: int) -> dict[str, float]:
    """Measure one server from empty: `calls` a connection, `each` events a call."""
    write_template(folder, workbook=False)
    devices = [device(f"D{number:03}") for number in range(connections)]
    said = [[request(one, each, place * calls + turn) for turn in range(calls)] for place, one in enumerate(devices)]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    keys = [(one.device, one.public_key) for one in devices]
    server = multiprocessing.get_context("spawn").Process(target=serving, args=(folder, port, keys))
    server.start()
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.05)
    raw = raw_rate(folder, sum(map(len, said[0])) // calls, 300)
    before = cpu_s(server.pid or 0)
    found = load(port, said)
    found["server_cpu_us_a_call"] = 1e6 * (cpu_s(server.pid or 0) - before) / (connections * calls)
    server.terminate()
    server.join()
    running, _ = open_running(folder)
    kept = sum(1 for data in running.keeper.store.read() if b'"type":"seen"' in data)
    running.close()
    if kept != connections * calls * each:
        raise AssertionError((kept, connections * calls * each))
    return found | {"events_per_s": found["calls_per_s"] * each, "raw_fdatasync_per_s": raw, "events": kept}


def main() -> None:
    """Measure, show and record."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--connections", type=int, default=64)
    options.add_argument("--events", type=int, default=12_800)
    options.add_argument("--batched", type=int, default=64_000)
    options.add_argument("--each", type=int, default=100)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--no-record", action="store_true")
    chosen = options.parse_args()
    plans = {
        "single": (chosen.connections, chosen.events // chosen.connections, 1),
        "batched": (8, chosen.batched // 8 // chosen.each, chosen.each),
    }
    found: dict[str, Any] = {}
    for name, (connections, calls, each) in plans.items():
        turns = []
        for _ in range(chosen.rounds):
            with tempfile.TemporaryDirectory() as folder:
                turns.append(measure(Path(folder) / "op", connections, calls, each))
        figures = {key: round(median(one[key] for one in turns), 2) for key in turns[0]}
        found[name] = figures | {"connections": connections, "events_a_call": each, "rounds": chosen.rounds}
        print(name, found[name])
    if not chosen.no_record:
        print(record("server", found))


if __name__ == "__main__":
    main()
