"""Cut the power at any write, sync, deletion or renaming of the real store, some times in a row, and look."""

from __future__ import annotations

import random
import shutil
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from ledger.faults.disk import Disk, DiskStore, PlainStore
from ledger.faults.workload import Promised, act, look, settle
from safepassage.ledger.stores import StoreStoppedError
from safepassage.ledger.stores.migrations import STEPS

LIVES = 3
"""Cuts in a row of one ledger: a recovery may be cut too."""

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory, where there is one


class Cuts(NamedTuple):
    """Counts over many power cuts."""

    cuts: int
    acknowledged: int
    lost: int
    cuts_with_loss: int
    broken: tuple[str, ...]


class FirstFormat(PlainStore):
    """Makes a file of the first format, which the store under test then brings up."""

    steps = STEPS


def cut_power(seeds: range, kind: type[DiskStore] = DiskStore) -> Cuts:
    """Play a ledger with `LIVES` cuts for every seed."""
    cuts = acknowledged = lost = with_loss = 0
    broken: list[str] = []
    for seed in seeds:
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
            found = _play(random.Random(f"cut {seed}"), Path(folder), kind)
        cuts += found.cuts
        acknowledged += found.acknowledged
        lost += found.lost
        with_loss += found.cuts_with_loss
        broken += [f"seed {seed}: {words}" for words in found.broken]
    return Cuts(cuts, acknowledged, lost, with_loss, tuple(broken))


def _play(chance: random.Random, folder: Path, kind: type[DiskStore]) -> Cuts:
    promised = Promised()
    cuts = acknowledged = lost = with_loss = 0
    live = folder / "0"
    live.mkdir()
    if chance.random() < 0.3:
        with closing(FirstFormat(live / "ledger")) as store:
            promised.given = {chance.randbytes(300) for _ in range(20)}
            store.append(sorted(promised.given))
        settle_first(live / "ledger", promised)
    for life in range(LIVES):
        before = len(promised.positions)
        survived = folder / str(life + 1)
        survived.mkdir()
        _live_until_cut(Disk(live, chance), kind, promised, chance, survived)
        verdict = look(survived / "ledger", promised)
        cuts += 1
        acknowledged += len(promised.positions) - before
        lost += verdict.lost
        with_loss += verdict.lost > 0
        if verdict.broken:
            return Cuts(cuts, acknowledged, lost, with_loss, verdict.broken)
        settle(survived / "ledger", promised)
        promised.backups = {name: held for name, held in promised.backups.items() if (survived / name).exists()}
        shutil.rmtree(live)
        live = survived
    return Cuts(cuts, acknowledged, lost, with_loss, ())


def settle_first(path: Path, promised: Promised) -> None:
    """Take what the first format holds for acknowledged, without bringing it up."""
    with closing(FirstFormat(path)) as store:
        promised.positions = {data: position for position, data in enumerate(store.read())}


def _live_until_cut(
    disk: Disk, kind: type[DiskStore], promised: Promised, chance: random.Random, survived: Path
) -> None:
    """Open, work until the power goes, and leave what survived. An error that no cut explains is passed on."""
    disk.plan("cut", chance.randint(1, chance.choice((30, 300))))
    try:
        with closing(kind(disk)) as store, suppress(StoreStoppedError):
            while not disk.dead:
                act(store, promised, chance)
    except StoreStoppedError:
        if not disk.dead:
            raise
    disk.after_cut(survived)
    disk.unregister()
