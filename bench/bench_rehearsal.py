"""`./dev bench rehearsal`: compiled runs beside SimPy on the same scripts and the same draws, threads, memory, start.

- Reference case (16 buses and what goes with them) and a big case (500 vehicles, 2,000 trips, three bays a shelter,
  where vehicles queue): runs per second of processor time, compiled in one thread and by the SimPy model of the tests.
  Both play the same runs, and every start and end has to be equal to the second. SimPy is also timed without the draws.
- The same runs by one and by two threads, in turn, five times each: the median, and what the second thread brings.
- The same on a cluster of one and of two processes, in chunks of about a second, in turn: the wall clock (the lowest
  of each, and the median of what the rounds give), and the processor time of all processes beside that of one thread.
  On a machine that does other work besides, the second says more: what the cluster itself costs. In the same turn, one
  and two plain processes that hand nothing over: more than these gain, the machine does not give.
- The command as a user types it, from start to end, with and without looking for what drives the risk; and one call in
  a process that is already there.
"""

from __future__ import annotations

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from math import inf
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil
from msgspec.structs import replace

from as_operation import of_busloads
from busload_instances import city_shuttle
from record import record
from rehearsal.oracle import play as play_in_simpy
from rehearsal.oracle_world import new_world
from safepassage.desk.check import readable
from safepassage.desk.plan import plan as plan_folder
from safepassage.desk.preparing import prepare
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan, Stop
from safepassage.model.travel import Travel
from safepassage.planner import Limit, plan
from safepassage.rehearsal.asked import Asked, asked_of
from safepassage.rehearsal.chunk import Chunk, together
from safepassage.rehearsal.cluster import LONG, cluster
from safepassage.rehearsal.cluster import chunks as cluster_chunks
from safepassage.rehearsal.compile import compile_plan
from safepassage.rehearsal.drivers import seeds_of
from safepassage.rehearsal.local import chunks
from safepassage.rehearsal.rehearse import Effort, rehearse
from safepassage.rehearsal.run import times_of_runs
from safepassage.rehearsal.script import Ints, Script

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "examples" / "qalamoun-2017"
BAYS = 3
COMMANDS = 12
"""How often the command is timed: told are the least and the middle."""
CHUNKS = 6
"""How many are played on the cluster: as many by each of two workers."""
PLAYS = """
import pickle, sys
from safepassage.rehearsal.chunk import together
from safepassage.rehearsal.local import chunks

together(chunks(*pickle.load(open(sys.argv[1], "rb")), runs=(0, 1_000)), 1_000)
# not the resource usage of the process: that counts the one it was forked from as well
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
Case = tuple[Operation, Travel, Plan]


def reference() -> Case:
    """Plan the reference case."""
    operation, travel = readable(REFERENCE)
    made = plan_folder(REFERENCE, limit=Limit(seconds=inf, iterations=4000), seed=0, tell=lambda _now: None)
    return operation, travel, made.plan


def big() -> Case:
    """Plan a city shuttle, and let vehicles queue for the bays of its shelters."""
    operation, travel = of_busloads(city_shuttle(2000, 4, 0))
    made = plan(operation, travel, Limit(seconds=inf, iterations=400), 0)
    ends = {site.id for site in operation.sites if site.kind == "shelter"}
    sites = tuple(replace(site, bays=BAYS) if site.id in ends else site for site in operation.sites)

    def queueing(stop: Stop) -> Stop:
        return replace(stop, bay=1) if stop.site in ends else stop

    trips = tuple(replace(trip, stops=tuple(map(queueing, trip.stops))) for trip in made.trips)
    # a table of drives has no roads: those that are driven, a link each
    driven = dict.fromkeys(link for trip in trips for stop in trip.stops for link in stop.route)
    links = tuple(travel.links[link] for link in driven)
    return replace(operation, sites=sites, links=links), travel, replace(made, trips=trips)


def measure(name: str, case: Case, *, compiled: int, simpy: int) -> dict[str, Any]:
    """Time both on one case; the runs that SimPy plays have to be equal."""
    operation, _travel, own = case
    script, network = compile_plan(*case)
    seeds = seeds_of(0)
    times_of_runs(script, seeds, 0, 1)
    began = time.process_time()
    starts, ends, tallies = times_of_runs(script, seeds, 0, compiled)
    compiled_s = (time.process_time() - began) / compiled
    began = time.process_time()
    slow = [play_in_simpy(script, seeds, run) for run in range(simpy)]
    simpy_s = (time.process_time() - began) / simpy
    began = time.process_time()
    for run in range(simpy):
        new_world(script, seeds, run)
    draws_s = (time.process_time() - began) / simpy
    equal = all(
        np.array_equal(starts[run], slow[run][0])
        and np.array_equal(ends[run], slow[run][1])
        and np.array_equal(tallies[run], slow[run][2])
        for run in range(simpy)
    )
    found = {
        "case": name,
        "vehicles": len(operation.vehicles),
        "trips": len(own.trips),
        "activities": len(network.activities),
        "queues": len(script.capacity),
        "compiled_runs_per_s": round(1 / compiled_s, 1),
        "simpy_runs_per_s": round(1 / simpy_s, 2),
        "simpy_without_draws_runs_per_s": round(1 / (simpy_s - draws_s), 2),
        "times_simpy": round(simpy_s / compiled_s, 1),
        "times_simpy_without_draws": round((simpy_s - draws_s) / compiled_s, 1),
        "runs_compared": simpy,
        "equal_to_the_second": equal,
        **threads(case, script, compiled),
    }
    print(found)
    return found


def threads(case: Case, script: Script, runs: int) -> dict[str, Any]:
    """Play the same runs by one and two threads in turn."""
    asked, _names = asked_of(case[0], case[2], compile_plan(*case)[1])
    seconds: dict[int, list[float]] = {1: [], 2: []}
    found = {}
    for _ in range(5):
        for workers, own in seconds.items():
            began = time.perf_counter()
            found[workers] = together(chunks(script, asked, seeds_of(0), runs=(0, runs), workers=workers), runs)
            own.append(time.perf_counter() - began)
    one, two = median(seconds[1]), median(seconds[2])
    same = all(np.array_equal(getattr(found[1], name), getattr(found[2], name)) for name in Chunk._fields)
    return {
        "one_thread_s": round(one, 3),
        "two_threads_s": round(two, 3),
        "efficiency_of_two": round(one / two / 2, 3),
        "same_numbers": same,
    }


def on_a_cluster(case: Case, rounds: int) -> dict[str, Any]:
    """Play the same runs on a cluster of one and of two workers, in turn, and in a thread.

    The runs are so many that every chunk is as long as a chunk gets, whoever plays them, and each worker of two plays
    as many. What every worker needs is there before the clock starts: each has played such a chunk.
    """
    script, network = compile_plan(*case)
    asked, seeds = asked_of(case[0], case[2], network)[0], seeds_of(0)
    chunk_runs = LONG // len(script.activities.release)
    runs = CHUNKS * chunk_runs
    wall: dict[int, list[float]] = {1: [], 2: []}
    spent: dict[int, list[float]] = {0: [], 1: [], 2: []}
    plain: dict[int, list[float]] = {1: [], 2: []}

    def on(client: Any, count: int) -> None:
        lengths = [len(chunk.instants) for chunk in cluster_chunks(client, script, asked, seeds, runs=(0, count))]
        assert lengths == [chunk_runs] * (count // chunk_runs), lengths

    with (
        cluster(workers=1) as one,
        cluster(workers=2) as two,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as beside,
    ):
        clients = {1: one, 2: two}
        for client in clients.values():
            on(client, CHUNKS * chunk_runs)
        for pool in (alone, beside):
            pool.submit(_play_alone, (script, asked, seeds), (0, chunk_runs)).result()
        for number in range(rounds):
            # in turn, and in turn who is first
            for workers in ((1, 2), (2, 1))[number % 2]:
                pools = [alone, beside][:workers]
                began_s = time.perf_counter()
                spans = [(n * runs // workers, runs // workers) for n in range(workers)]
                for done in [
                    pool.submit(_play_alone, (script, asked, seeds), span)
                    for pool, span in zip(pools, spans, strict=True)
                ]:
                    done.result()
                plain[workers].append(time.perf_counter() - began_s)
                before_s, began_s = _processor_s(), time.perf_counter()
                on(clients[workers], runs)
                wall[workers].append(time.perf_counter() - began_s)
                spent[workers].append(_processor_s() - before_s)
            before_s = time.process_time()
            _play_alone((script, asked, seeds), (0, runs))
            spent[0].append(time.process_time() - before_s)
    efficiency, limit = (min(own[1]) / min(own[2]) / 2 for own in (wall, plain))
    return {
        "cluster_runs": runs,
        "cluster_chunk_runs": chunk_runs,
        "cluster_chunk_s": round(min(spent[0]) / CHUNKS, 2),
        "cluster_one_worker_s": round(min(wall[1]), 2),
        "cluster_two_workers_s": round(min(wall[2]), 2),
        "cluster_efficiency_of_two": round(efficiency, 3),
        "cluster_efficiency_of_two_median": round(median(a / b / 2 for a, b in zip(wall[1], wall[2], strict=True)), 3),
        "processes_efficiency_of_two": round(limit, 3),
        "cluster_over_processes": round(efficiency / limit, 3),
        "cluster_processor_s": {workers: round(min(own), 2) for workers, own in spent.items()},
        "cluster_processor_one_over_two": round(median(a / b for a, b in zip(spent[1], spent[2], strict=True)), 3),
        "cluster_processor_thread_over_two": round(median(a / b for a, b in zip(spent[0], spent[2], strict=True)), 3),
    }


def _play_alone(what: tuple[Script, Asked, Ints], span: tuple[int, int]) -> None:
    for _ in chunks(*what, runs=span, workers=1):
        pass


def _processor_s() -> float:
    """Return the processor time of this process and all that it has started and that still run."""
    own = psutil.Process()
    times = [process.cpu_times() for process in (own, *own.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


def command(case: Case) -> dict[str, Any]:
    """Time the command from start to end, and a call in a process that is already there."""
    operation, travel, own = case
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.json"
        program = [Path(sys.executable).parent / "safepassage"]
        subprocess.run(
            [*program, "plan", REFERENCE, "-o", file, "--iterations", "4000"], check=False, capture_output=True
        )
        seconds = {}
        for name, more in (("answer", ["--drivers", "0"]), ("answer_and_drivers", [])):
            spent, processor = [], []
            for _ in range(COMMANDS):
                began, before = time.perf_counter(), os.times()
                subprocess.run([*program, "rehearse", REFERENCE, file, *more], check=False, capture_output=True)
                spent.append(time.perf_counter() - began)
                processor.append(sum(os.times()[2:4]) - sum(before[2:4]))
            seconds[f"command_{name}_s"] = round(median(spent), 3)
            seconds[f"command_{name}_least_s"] = round(min(spent), 3)
            seconds[f"command_{name}_processor_s"] = round(median(processor), 2)
    spent = []
    for _ in range(5):
        began = time.perf_counter()
        rehearse(operation, travel, own, Effort(drivers=0))
        spent.append(time.perf_counter() - began)
    return {**seconds, "call_s": round(median(spent), 3), "runs": 10_000}


def memory(case: Case) -> int:
    """Play 1,000 runs in a process that has nothing else to do; return its most memory, MB."""
    script, network = compile_plan(*case)
    asked, _names = asked_of(case[0], case[2], network)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "case"
        file.write_bytes(pickle.dumps((script, asked, seeds_of(0))))
        done = subprocess.run([sys.executable, "-c", PLAYS, file], check=True, capture_output=True, text=True)
    return round(int(done.stdout) / 1024)


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-record", action="store_true")
    parser.add_argument("--cluster-alone", action="store_true", help="measure the cluster on the reference case only")
    parser.add_argument("--command-alone", action="store_true", help="measure the command alone, in a file of its own")
    chosen = parser.parse_args()
    prepare()
    first = reference()
    if chosen.command_alone:
        found = command(first)
        print(found if chosen.no_record else record("rehearsal_command", found).relative_to(ROOT))
        return
    if chosen.cluster_alone:
        print(on_a_cluster(first, 3))
        return
    figures: dict[str, Any] = {"reference": measure("reference", first, compiled=20_000, simpy=100)}
    figures["reference"] |= command(first) | on_a_cluster(first, 5)
    print(figures["reference"])
    second = big()
    figures["big"] = measure("big", second, compiled=1_000, simpy=5)
    figures["big"] |= {"memory_mb": memory(second), **on_a_cluster(second, 5)}
    if not chosen.no_record:
        print(record("rehearsal", figures).relative_to(ROOT))


if __name__ == "__main__":
    main()
