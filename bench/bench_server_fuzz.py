"""How many calls that nobody should make the server takes without a fault of its own, to every address there is.

`tests/server/fuzzing.py` finds pages, forms and addresses, fills them in and judges every answer: no 5xx, errors in
their one shape, no markup of a guest in a page, the ledger as it was when something is refused. One process for each
core, each with a server and a ledger of its own. Where schemathesis is installed, here or in an environment of its own,

    python -m venv bench/.fuzzing && bench/.fuzzing/bin/pip install -r bench/requirements-fuzzing.txt

it fuzzes a served process by `/openapi.json` besides.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from desk.live import live
from record import record
from safepassage.desk.accounts import Accounts
from safepassage.desk.tries import Tries
from safepassage.exchange.template import write_template
from safepassage.server.app import application
from safepassage.server.logs import Log
from server.fuzzing import Fuzzed, summary
from server.processes import served
from server.talking import talking

HERE = Path(__file__).parent


def share(calls: int, seed: int) -> dict[str, Any]:
    """Run one process's share."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        with (
            pytest.MonkeyPatch.context() as patch,
            live(patch) as day,
            closing(Accounts(folder / "a", hasher=quick)) as accounts,
        ):
            day.running.place = folder
            patch.setattr(Tries, "allow", lambda *_: None)
            with talking(application(day.running, accounts, log=Log(io.StringIO()))) as client:
                fuzzed = Fuzzed(client, day.running, accounts)
                fuzzed.run(calls, seed)
                return summary(fuzzed)


def ours(calls: int, first_seed: int) -> dict[str, Any]:
    """Run our own."""
    cores = os.cpu_count() or 1
    began = time.perf_counter()
    with ProcessPoolExecutor(cores) as pool:
        found = list(pool.map(share, [calls // cores] * cores, range(first_seed, first_seed + cores)))
    answered: Counter[str] = Counter()
    for one in found:
        answered.update(one["answered"])
    kept = sum(one["events_kept"] for one in found)
    figures = {"calls": sum(answered.values()), "answered": dict(sorted(answered.items())), "events_kept": kept}
    return found[0] | figures | {"calls_per_s": round(figures["calls"] / (time.perf_counter() - began))}


def schemathesis_command() -> str | None:
    """Find schemathesis: in this environment, else in one of its own beside this file."""
    beside = HERE / ".fuzzing" / "bin" / "schemathesis"
    here = Path(sys.executable).parent / "schemathesis"
    return next((str(path) for path in (here, beside) if path.exists()), shutil.which("schemathesis"))


def by_schemathesis(examples: int) -> dict[str, Any]:
    """Run schemathesis on a served process, as somebody who is logged in.

    Raises
    ------
    SystemExit
        When it found something.
    """
    command = schemathesis_command()
    if command is None:
        return {"installed": False}
    with tempfile.TemporaryDirectory() as place:
        write_template(Path(place) / "op", workbook=False)
        with served(Path(place) / "op") as server:
            server.sign_in()
            cookie = "; ".join(f"{name}={value}" for name, value in server.http.cookies.items())
            arguments = [
                command, "run", f"{server.url}/openapi.json", "--exclude-path", "/api/stream", "--checks",
                "not_a_server_error,response_schema_conformance,content_type_conformance", "--max-examples",
                str(examples), "--seed", "1", "-H", f"Cookie: {cookie}", "-H",
                f"X-CSRF-Token: {server.http.headers['x-csrf-token']}", "--no-color",
            ]  # fmt: skip
            began = time.perf_counter()
            done = subprocess.run(arguments, check=False, capture_output=True, text=True, cwd=place)
            if done.returncode:
                raise SystemExit(f"schemathesis found something:\n{done.stdout[-6000:]}{done.stderr[-2000:]}")
            cases = re.search(r"(\d+) generated", done.stdout)
            health = server.http.get("/health").json()["status"]
            return {
                "installed": True,
                "cases": int(cases[1]) if cases else 0,
                "examples_an_operation": examples,
                "seconds": round(time.perf_counter() - began),
                "health_afterwards": health,
            }


def main() -> None:
    """Measure, show and record."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=100_000)
    options.add_argument("--examples", type=int, default=300)
    options.add_argument("--first-seed", type=int, default=1000)
    options.add_argument("--no-record", action="store_true")
    chosen = options.parse_args()
    found = {"ours": ours(chosen.calls, chosen.first_seed), "schemathesis": by_schemathesis(chosen.examples)}
    print(found)
    if not chosen.no_record:
        print(record("server_fuzz", found))


if __name__ == "__main__":
    main()
