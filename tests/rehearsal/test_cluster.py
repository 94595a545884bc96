"""Runs on a cluster of processes: the same numbers as here, also when a worker is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from planner.support import planned
from rehearsal.operations import breaking, march
from safepassage.model.errors import UsageError
from safepassage.rehearsal import cluster, local
from safepassage.rehearsal.asked import Asked, asked_of
from safepassage.rehearsal.chunk import Chunk, together
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.drivers import seeds_of
from safepassage.rehearsal.script import Script
from safepassage.roads.table import travel

RUNS = (0, 3_000)


@pytest.fixture(scope="module")
def played() -> tuple[Script, Asked]:
    operation = march(breaking("repair"))
    plan = planned(operation)
    script, network = compile_plan(operation, travel(operation), plan)
    return script, asked_of(operation, plan, network)[0]


@pytest.fixture(scope="module")
def here(played: tuple[Script, Asked]) -> Chunk:
    return together(local.chunks(*played, seeds_of(0), runs=RUNS, workers=1), RUNS[1])


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with cluster.cluster(workers=2) as found:
        yield found


def same(one: Chunk, other: Chunk) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in Chunk._fields)


@pytest.mark.parametrize("workers", [2, 4])
def test_threads_play_the_same(played: tuple[Script, Asked], here: Chunk, workers: int) -> None:
    found = together(local.chunks(*played, seeds_of(0), runs=RUNS, workers=workers), RUNS[1])
    assert same(found, here)


def test_processes_play_the_same(client: Any, played: tuple[Script, Asked], here: Chunk) -> None:
    found = together(cluster.chunks(client, *played, seeds_of(0), runs=RUNS), RUNS[1])
    assert same(found, here)


def test_a_stop_hands_out_no_more(client: Any, played: tuple[Script, Asked]) -> None:
    assert list(cluster.chunks(client, *played, seeds_of(0), runs=RUNS, stop=lambda: True)) == []


def test_an_address_is_connected_to(client: Any, played: tuple[Script, Asked], here: Chunk) -> None:
    with cluster.cluster(client.scheduler.address) as another:
        found = together(cluster.chunks(another, *played, seeds_of(0), runs=RUNS), RUNS[1])
    assert same(found, here)


def test_a_worker_that_is_killed_changes_nothing(client: Any, played: tuple[Script, Asked], here: Chunk) -> None:
    found = []
    victims = list(client.run(os.getpid).values())
    for chunk in cluster.chunks(client, *played, seeds_of(0), runs=RUNS):
        found.append(chunk)
        if victims:
            os.kill(victims.pop(), signal.SIGKILL)
            victims.clear()
    assert same(together(found, RUNS[1]), here)


def test_what_is_played_from_may_be_lost(client: Any, played: tuple[Script, Asked], here: Chunk) -> None:
    table = cluster._Table(client, cluster._Part(*played, seeds_of(0)))
    spans = list(local.spans(*RUNS, 1_500))
    handed = [table.hand_out(span) for span in spans]
    client.cancel([table._there, handed[1]], force=True)
    found = [table.taken(span, one) for span, one in zip(spans, handed, strict=True)]
    assert same(together(found, RUNS[1]), here)


def test_without_dask_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(cluster, "import_module", missing)
    with pytest.raises(UsageError, match="pip install"), cluster.cluster():
        pass
