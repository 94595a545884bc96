"""Kill a process that appends, or the server below it, at any moment; open anew, look, and send everything again."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from typing import NamedTuple

from ledger.faults.writer import Manner, event, number_of
from safepassage.ledger.stores.opening import open_store

MANNERS: tuple[Manner, ...] = ("one", "groups", "threads")


class Kills(NamedTuple):
    """Counts over many kills."""

    kills: int
    acknowledged: int
    lost: int
    twice: int
    broken: tuple[str, ...]


def kill_writers(
    kills: int, new_ledger: Callable[[], str], *, seed: int = 0, below: Callable[[], None] | None = None
) -> Kills:
    """Kill a process that appends so many times, each manner in turn, every three times on a new ledger.

    Parameters
    ----------
    kills
        How often.
    new_ledger
        Gives the address of an empty ledger.
    seed
        Decides after how many acknowledged events the kill comes.
    below
        Kills and restarts what is below the process (the database server) instead of the process.
    """
    chance = random.Random(f"kill {seed}")
    acknowledged = lost = twice = 0
    broken: list[str] = []
    address, first, promised = "", 0, set[int]()
    for turn in range(kills):
        if turn % len(MANNERS) == 0:
            address, first, promised = new_ledger(), 0, set()
        said = _run_and_kill(address, MANNERS[turn % len(MANNERS)], first, chance.randint(1, 200), below)
        acknowledged += len(said)
        promised |= said
        with closing(open_store(address)) as store:
            there = [number_of(data) for data in store.read()]
            lost += len(promised - set(there))
            twice += len(there) - len(set(there))
            first = max([*there, *promised], default=-1) + 1
            again = list(range(first))
            for start in range(0, first, 500):
                store.append([event(number) for number in again[start : start + 500]])
            there = [number_of(data) for data in store.read()]
            if sorted(there) != again:
                broken.append(f"turn {turn}: after sending again {len(there)} events instead of {first}")
            promised = set(again)
    return Kills(kills, acknowledged, lost, twice, tuple(broken))


def _run_and_kill(address: str, manner: Manner, first: int, after: int, below: Callable[[], None] | None) -> set[int]:
    """Start a writer, kill it when it has told of some events, and return all it told of until then."""
    command = [sys.executable, "-m", "ledger.faults.writer", address, manner, str(first)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        said = list(islice(process.stdout, after))
        assert len(said) == after, "the writer ended by itself"
        if below is None:
            process.kill()
        else:
            below()
        said += process.stdout.readlines()
    return {int(line) for line in said if line.endswith(b"\n")}
