"""The ledger's stores beside the bare disk, and what became of it when power, processes and disks failed.

Rates: events of 0.6 kB a second, on the disk when the call returns. The control is an append of 0.6 kB to a plain file
with fdatasync. Control and stores take turns, and every figure is a ratio to the control of its own round: a disk of a
shared machine changes its speed by the minute. Medians over the rounds.

Faults: power cuts on a simulated disk, a full and a failing disk at every call of some runs, kill -9 of writing
processes on real files and on a real PostgreSQL, and of the PostgreSQL below them. Beside each, a store made to fail.
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import apsw
import psycopg

from ledger.faults.disk import DiskStore, ForgetfulStore, TrustingStore
from ledger.faults.failing_disk import fail_at_each_call
from ledger.faults.kills import kill_writers
from ledger.faults.power_cuts import LIVES, cut_power
from ledger.postgres_server import Server, running_server
from record import record
from safepassage.ledger.stores import Store
from safepassage.ledger.stores.committing import CommittingStore
from safepassage.ledger.stores.postgres import PostgresStore
from safepassage.ledger.stores.sqlite import SqliteStore

EVENT_BYTES = 600
THERE_ALREADY = 20_000
THREADS = 16
TOGETHER = f"group commit, {THREADS} threads"
TURNS = 10
SLOW = 500
"""fdatasync a second below which a disk counts as slow: there the goals for groups hold."""

GROUPS = {"one by one": 1, "groups of 10": 10, "groups of 100": 100, "groups of 1000": 1000}


def _events(count: int) -> list[bytes]:
    return [os.urandom(EVENT_BYTES) for _ in range(count)]


def _in_groups(store: Store, size: int) -> Callable[[float], float]:
    """Return what appends groups for some seconds and tells events a second."""

    def run(seconds: float) -> float:
        done, began = 0, time.perf_counter()
        while (spent := time.perf_counter() - began) < seconds:
            store.append(_events(size))
            done += size
        return done / spent

    return run


def _in_threads(store: Store) -> Callable[[float], float]:
    """Return what appends one by one in many threads, each waiting for its own."""

    def run(seconds: float) -> float:
        with ThreadPoolExecutor(THREADS) as pool:
            return sum(pool.map(lambda _: _in_groups(store, 1)(seconds), range(THREADS)))

    return run


@contextmanager
def _control(path: Path) -> Iterator[Callable[[float], float]]:
    """Lend the control: append and fdatasync."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def run(seconds: float) -> float:
        done, began = 0, time.perf_counter()
        while (spent := time.perf_counter() - began) < seconds:
            os.write(handle, os.urandom(EVENT_BYTES))
            os.fdatasync(handle)
            done += 1
        return done / spent

    yield run
    os.close(handle)


def rates(folder: Path, server: Server, *, rounds: int, seconds: float) -> dict[str, Any]:
    """Measure all stores in turn, the control before each."""
    with ExitStack() as stack:
        control = stack.enter_context(_control(folder / "control"))
        ways: dict[str, Callable[[float], float]] = {}
        stores: dict[str, Store] = {}
        for name, words in itertools.product(("SQLite", "PostgreSQL"), (*GROUPS, TOGETHER)):
            title = f"{name}, {words}"
            store: Store = (
                SqliteStore(folder / f"{title}.ledger") if name == "SQLite" else PostgresStore(server.new_ledger())
            )
            if words == TOGETHER:
                store = CommittingStore(store)
            stores[title] = stack.enter_context(closing(store))
            store.append(_events(THERE_ALREADY))
            ways[title] = _in_threads(store) if words == TOGETHER else _in_groups(store, GROUPS[words])
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                found[name].append(_in_turns(control, way, seconds))
                print(f"{name}: {found[name][-1][0]:.0f}/s, control {found[name][-1][1]:.0f}/s", flush=True)
        ends = {name: len(store) for name, store in stores.items()}
    raw = [own for pairs in found.values() for _, own in pairs]
    return {
        "control_fdatasync_per_s": {"median": round(median(raw)), "least": round(min(raw)), "most": round(max(raw))},
        "ways": {name: _figures(pairs) | {"events_at_end": ends[name]} for name, pairs in found.items()},
    }


def _in_turns(control: Callable[[float], float], way: Callable[[float], float], seconds: float) -> tuple[float, float]:
    """Let both run in short turns, as long as `seconds` each; return the rate of the way and that of the control."""
    rates_of = [(way(seconds / TURNS), control(seconds / TURNS)) for _ in range(TURNS)]
    return sum(rate for rate, _ in rates_of) / TURNS, sum(own for _, own in rates_of) / TURNS


def _figures(pairs: list[tuple[float, float]]) -> dict[str, Any]:
    slow = [rate / own for rate, own in pairs if own < SLOW]
    return {
        "events_per_s": round(median(rate for rate, _ in pairs)),
        "times_control": round(median(rate / own for rate, own in pairs), 2),
        "rounds_on_slow_disk": len(slow),
        "times_control_on_slow_disk": round(median(slow), 2) if slow else None,
    }


def faults(folder: Path, server: Server, *, cuts: int, kills: int) -> dict[str, Any]:
    """Run the campaigns of faults, and the stores that have to fail them."""
    seeds, few = range(-(-cuts // LIVES)), range(-(-cuts // LIVES // 10))
    runs = range(1, 1 + min(10, max(3, cuts // 300)))
    numbers = itertools.count()

    def new_file() -> str:
        return str(folder / f"{next(numbers)}.killed")

    def restart() -> None:
        server.kill()
        server.start()

    campaigns: dict[str, Callable[[], Any]] = {
        "power cuts": lambda: cut_power(seeds),
        "power cuts with synchronous=NORMAL, which has to lose": lambda: cut_power(few, ForgetfulStore),
        "full disk at every call": lambda: fail_at_each_call("full", runs, DiskStore),
        "failing disk at every call": lambda: fail_at_each_call("failing", runs, DiskStore),
        "failing disk, trusting a log that failed, which has to lose": lambda: fail_at_each_call(
            "failing", runs, TrustingStore
        ),
        "kill -9, SQLite": lambda: kill_writers(kills, new_file),
        "kill -9, PostgreSQL": lambda: kill_writers(kills, server.new_ledger),
        "PostgreSQL stopped at once": lambda: kill_writers(-(-kills // 10), server.new_ledger, below=restart),
    }
    found: dict[str, Any] = {}
    for name, campaign in campaigns.items():
        began = time.perf_counter()
        counts = campaign()._asdict()
        counts["broken"] = len(counts["broken"])
        found[name] = counts | {"seconds": round(time.perf_counter() - began, 1)}
        print(f"{name}: {found[name]}", flush=True)
    return found


def main() -> None:
    """Write bench/results/ledger_stores-DATE.json and ledger_faults-DATE.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("rates", "faults"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="for each way in each round, and as much for control"
    )
    parser.add_argument("--cuts", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--folder", type=Path, help="where the stores' files go: the disk that is measured")
    given = parser.parse_args()
    with running_server() as server, tempfile.TemporaryDirectory(dir=given.folder) as place:
        with psycopg.connect(server.address()) as connection:
            versions = {
                "sqlite": apsw.sqlite_lib_version(),
                "postgresql": connection.info.parameter_status("server_version"),
            }
        if given.only != "faults":
            measured = rates(Path(place), server, rounds=given.rounds, seconds=given.seconds)
            print(record("ledger_stores", versions | measured))
        if given.only != "rates":
            tried = faults(Path(place), server, cuts=given.cuts, kills=given.kills)
            print(record("ledger_faults", versions | {"campaigns": tried}))


if __name__ == "__main__":
    main()
