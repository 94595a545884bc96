"""Runs on several machines: chunks handed to a Dask cluster, the same numbers as on one machine.

Dask is an optional extra (`pip install safepassage[cluster]`). A chunk that is lost with its worker is played again by
another, and gives the same: a run is a function of its number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from safepassage.model.errors import UsageError
from safepassage.rehearsal.asked import Asked
from safepassage.rehearsal.chunk import Chunk, play
from safepassage.rehearsal.local import RUNS, spans
from safepassage.rehearsal.script import Ints, Script

AHEAD = 4
"""Chunks that are handed out for each worker before the first has come back."""
LONG = 7_500_000
"""Activities played in a chunk, over all of its runs: about a second on one core, so that handing it out is nothing."""
RETRIES = 5
"""How often a chunk is played again whose worker was lost."""
_SETTINGS = {
    "distributed.worker.daemon": False,
    "distributed.admin.tick.limit": "60s",
    # who watches what the workers do a hundred times a second takes a tenth of a core for it
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.profile.enabled": False,
}


@contextmanager
def cluster(address: str = "", workers: int = 2) -> Iterator[Any]:
    """Connect to the cluster at an address, or start one of processes on this machine and end it afterwards.

    Parameters
    ----------
    address
        Of a Dask scheduler, `tcp://host:port`; empty: start one on loopback.
    workers
        Processes of the cluster that is started, one thread each.

    Raises
    ------
    UsageError
        When Dask is not installed.
    """
    try:
        dask: Any = import_module("dask")
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise UsageError(
            "the cluster engine needs Dask; install it with: pip install 'safepassage[cluster]'"
        ) from error
    if address:
        with distributed.Client(address) as client:
            yield client
        return
    with (
        dask.config.set(_SETTINGS),
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as own,
        # the workers hand over what they have played, not the scheduler for them: half the work for it
        distributed.Client(own, direct_to_workers=True) as client,
    ):
        yield client


def runs_of_chunk(activities: int, count: int, workers: int) -> int:
    """Tell how many runs make a chunk that is worth handing out.

    About a second of work, less where there would not be two chunks for each worker, and never fewer than in a thread.
    Runs are functions of their number: what they give does not depend on it.

    Parameters
    ----------
    activities
        Of the plan.
    count
        Runs in all.
    workers
        Who share them.
    """
    return max(RUNS, min(LONG // max(1, activities), -(-count // (2 * workers))))


def chunks(
    client: Any,
    script: Script,
    asked: Asked,
    seeds: Ints,
    *,
    runs: tuple[int, int],
    stop: Callable[[], bool] = bool,
) -> Iterator[Chunk]:
    """Play runs on a cluster and give their chunks in order, as they are done.

    Parameters
    ----------
    client
        Of the cluster (see `cluster`).
    script, asked, seeds, runs
        As for `local.chunks`.
    stop
        Asked before each chunk is handed out; from then on there are no more.
    """
    table = _Table(client, _Part(script, asked, seeds))
    workers = max(1, len(client.scheduler_info()["workers"]))
    waiting: deque[tuple[tuple[int, int], Any]] = deque()
    for span in spans(*runs, runs_of_chunk(len(script.activities.release), runs[1], workers)):
        if stop():
            break
        waiting.append((span, table.hand_out(span)))
        if len(waiting) > AHEAD * workers:
            yield table.taken(*waiting.popleft())
    while waiting:
        yield table.taken(*waiting.popleft())


class _Table:
    """From where chunks are handed out: what they are played from lies on the workers, once on each."""

    def __init__(self, client: Any, part: _Part) -> None:
        self.client, self.part = client, part
        self._lay()

    def _lay(self) -> None:
        # numbered tuples travel as plain ones inside a future: hand over a call that holds them
        self._there = self.client.scatter(self.part, broadcast=True, hash=False)

    def hand_out(self, span: tuple[int, int]) -> Any:
        """Have a chunk played; return what will be it."""
        return self.client.submit(_play, self._there, *span, pure=False, retries=RETRIES)

    def taken(self, span: tuple[int, int], handed: Any) -> Chunk:
        """Wait for a chunk.

        A worker may take the only copy of what is played from along with it: then that is laid out, and the chunk
        handed out, once more.
        """
        for _ in range(RETRIES):
            try:
                chunk: Chunk = handed.result()
            except CancelledError:
                self._lay()
                handed = self.hand_out(span)
            else:
                return chunk
        last: Chunk = handed.result()
        return last


class _Part:
    """What every chunk is played from: opaque, so that it travels whole."""

    def __init__(self, script: Script, asked: Asked, seeds: Ints) -> None:
        self.script, self.asked, self.seeds = script, asked, seeds


def _play(part: _Part, first: int, count: int) -> Chunk:
    return play(part.script, part.asked, part.seeds, first, count)
