"""Operations from their seeds: all agree in the end, nothing acknowledged is lost, contradictions are shown."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from ledger.simulation.judging import Verdict, judge
from ledger.simulation.network import Weather
from ledger.simulation.operation import Setting, World
from ledger.simulation.rivals import (
    HastyServer,
    TrustingServer,
    by_device_clock,
    by_receipt,
    misplaced_by,
)
from ledger.simulation.servers import Server

SMALL = Setting(people=24, devices=18, hours=6)
SEEDS = range(12)
REGRESSIONS = Path(__file__).with_name("regressions.txt")

pytestmark = pytest.mark.no_cover


def play(seed: int, setting: Setting, kind: type[Server] = Server) -> tuple[World, Verdict]:
    """Play an operation to its end."""
    world = World(seed, setting, kind=kind)
    try:
        world.play()
        return world, judge(world)
    finally:
        world.end()


@cache
def played(seed: int) -> tuple[World, Verdict]:
    """Play a small operation once for all tests that look at it."""
    return play(seed, SMALL)


@pytest.mark.parametrize("seed", SEEDS)
def test_promises_are_kept(seed: int) -> None:
    verdict = played(seed)[1]
    assert verdict.faults == ()
    assert verdict.missed == ()
    assert verdict.misplaced == ()


def test_the_day_is_hard_enough() -> None:
    verdicts = [played(seed)[1] for seed in SEEDS]
    assert sum(verdict.cuts for verdict in verdicts) > 12
    assert sum(verdict.quarantined for verdict in verdicts) > 0
    assert sum(verdict.planted for verdict in verdicts) > 50
    assert sum(len(verdict.unprovable) for verdict in verdicts) < sum(verdict.planted for verdict in verdicts) / 4
    kinds = Counter(plant.sort for seed in SEEDS for plant in played(seed)[0].plants if plant.recorded)
    assert set(kinds) == set(SMALL.plants)
    assert {plant.resolved for seed in SEEDS for plant in played(seed)[0].plants} == {"", "once", "twice"}


def test_false_alarms_are_rare() -> None:
    verdicts = [played(seed)[1] for seed in SEEDS]
    assert sum(len(verdict.false_alarms) for verdict in verdicts) <= 0.005 * sum(verdict.people for verdict in verdicts)


@pytest.mark.parametrize("seed", range(100, 104))
def test_promises_are_kept_on_sqlite(seed: int) -> None:
    world, verdict = play(seed, replace(SMALL, sqlite=True, cuts=6))
    assert verdict.good, verdict
    assert verdict.cuts == sum(server.cuts for server in world.servers)


def test_power_was_cut_on_sqlite_too() -> None:
    world = World(101, replace(SMALL, sqlite=True, cuts=6))
    world.play()
    world.end()
    assert sum(server.cuts for server in world.servers) > 0


def test_one_server_alone() -> None:
    assert play(7, replace(SMALL, headquarters=False))[1].good


@pytest.mark.parametrize("seed", range(200, 204))
def test_what_comes_by_file_is_placed_when_the_clock_is_read_later(seed: int) -> None:
    verdict = play(seed, replace(SMALL, by_file=0.5, looks=20, cuts=1))[1]
    assert verdict.faults == ()
    assert verdict.misplaced == ()


def cases() -> list[tuple[int, Setting, str]]:
    """Read the operations that once failed: seed, what differs from the usual setting, and why."""
    found = []
    for line in REGRESSIONS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            seed, setting, why = line.split(" | ")
            found.append((int(seed), msgspec.json.decode(setting, type=Setting), why))
    return found


@pytest.mark.parametrize(("seed", "setting", "why"), cases())
def test_regressions(seed: int, setting: Setting, why: str) -> None:
    verdict = play(seed, setting)[1]
    assert verdict.good, why
    assert verdict.false_alarms == (), why


REPLAY = """
from ledger.simulation.test_simulation import SMALL, play
verdict = play(3, SMALL)[1]
print(verdict.trace_sha256, verdict.sha256)
"""


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_one_seed_plays_the_same_in_every_process(hash_seed: str) -> None:
    tests = str(Path(__file__).parents[2])
    again = subprocess.run(
        [sys.executable, "-c", REPLAY],
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join([tests, *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        check=True,
    )
    verdict = played(3)[1]
    assert again.stdout.split() == [verdict.trace_sha256, verdict.sha256]


def test_the_trace_tells_seeds_apart() -> None:
    assert len({played(seed)[1].trace_sha256 for seed in SEEDS}) == len(SEEDS)


def test_last_write_wins_misplaces_people() -> None:
    clocks = [misplaced_by(played(seed)[0], by_device_clock) for seed in SEEDS]
    receipt = [misplaced_by(played(seed)[0], by_receipt) for seed in SEEDS]
    for counts in (clocks, receipt):
        assert sum(wrong for wrong, _ in counts) > 0.02 * sum(people for _, people in counts)


def test_a_server_that_acknowledges_before_it_stores_is_found_out() -> None:
    setting = replace(SMALL, cuts=12)
    verdicts = [play(seed, setting, HastyServer)[1] for seed in range(4)]
    assert any("lost" in fault for verdict in verdicts for fault in verdict.faults)
    uncut = play(0, replace(SMALL, cuts=0), HastyServer)[1]
    assert uncut.faults == ()


def test_a_server_that_mixes_up_its_boots_is_found_out() -> None:
    setting = replace(SMALL, cuts=40, weather=Weather(slow=60))
    verdicts = [play(seed, setting, TrustingServer)[1] for seed in (1, 4, 5)]
    assert any("placed where they were not" in fault for verdict in verdicts for fault in verdict.faults)
    assert play(1, setting)[1].good
