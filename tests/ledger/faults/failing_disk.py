"""Let the disk be full or fail at each call in turn; then open anew, go on, cut the power, and look."""

from __future__ import annotations

import random
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from ledger.faults.disk import Disk, DiskStore, Fault
from ledger.faults.power_cuts import MEMORY
from ledger.faults.workload import Promised, act, look, takes_something
from safepassage.ledger.stores import StoreRefusedError, StoreStoppedError

ACTS = 12
"""Done before and after opening anew."""


class Failures(NamedTuple):
    """Counts over all calls of some short runs."""

    failures: int
    stopped: int
    acknowledged: int
    lost: int
    broken: tuple[str, ...]


def fail_at_each_call(fault: Fault, seeds: range, kind: type[DiskStore] = DiskStore) -> Failures:
    """Play the run of each seed as often as it has calls, with the fault at another call each time."""
    failures = stopped = acknowledged = lost = 0
    broken: list[str] = []
    for seed in seeds:
        call, reached = 0, True
        while reached:
            call += 1
            with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
                reached, found = _play(fault, (seed, call), Path(folder), kind)
            failures += reached
            stopped += found.stopped
            acknowledged += found.acknowledged
            lost += found.lost
            broken += [f"seed {seed}, call {call}: {words}" for words in found.broken]
    return Failures(failures, stopped, acknowledged, lost, tuple(broken))


def _play(fault: Fault, run: tuple[int, int], folder: Path, kind: type[DiskStore]) -> tuple[bool, Failures]:
    live, survived = folder / "live", folder / "survived"
    live.mkdir()
    survived.mkdir()
    disk, promised = Disk(live, random.Random(f"{fault} {run}")), Promised()
    broken: list[str] = []
    disk.plan(fault, run[1])
    stopped = False
    try:
        with closing(kind(disk)) as store:
            stopped = _work(store, promised, random.Random(f"run {run[0]}"), broken)
    except (StoreStoppedError, StoreRefusedError):
        stopped = True
    reached = disk.calls >= run[1]
    if stopped and not reached:
        broken.append("stopped without a fault")
    disk.plan("cut", disk.chance.randint(1, 100))
    with suppress(StoreStoppedError), closing(kind(disk)) as store:
        _work(store, promised, random.Random(f"after {run[0]}"), broken)
    disk.after_cut(survived)
    disk.unregister()
    verdict = look(survived / "ledger", promised)
    return reached, Failures(1, stopped, len(promised.positions), verdict.lost, (*broken, *verdict.broken))


def _work(store: DiskStore, promised: Promised, chance: random.Random, broken: list[str]) -> bool:
    """Do some acts; once one that writes to the ledger is refused, every later one must be. Tell whether one was."""
    stopped = False
    for _ in range(ACTS):
        state = chance.getstate()
        takes = takes_something(chance.random())
        chance.setstate(state)
        try:
            act(store, promised, chance)
        except StoreStoppedError:
            stopped = stopped or takes
            chance.setstate(state)
            chance.random()
        else:
            if stopped and takes:
                broken.append("took something after a failed write")
            stopped = stopped or bool(store._stopped)  # carrying over was refused
    return stopped
