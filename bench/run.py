"""`./dev bench [NAME]`: run one benchmark, those of one room (`ledger`), or all (some hours)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BENCHES = (
    "check", "plan", "bep", "planner", "movement", "icep", "peers", "rehearsal", "roads", "ledger_stores",
    "ledger_taking", "ledger_audit", "ledger_simulation", "ledger_fuzzing", "server", "screens", "console", "phone",
    "exports", "claims", "papers",
)  # fmt: skip


def main() -> None:
    """Hand over to the benchmark named first on the command line."""
    chosen = sys.argv[1:2] if sys.argv[1:2] and not sys.argv[1].startswith("-") else list(BENCHES)
    chosen = [name for name in BENCHES for asked in chosen if name == asked or name.startswith(f"{asked}_")]
    if not chosen:
        raise SystemExit(f"no benchmark {sys.argv[1]}; there are: {', '.join(BENCHES)}")
    for name in chosen:
        command = [sys.executable, str(HERE / f"bench_{name}.py"), *sys.argv[2:]]
        done = subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": str(HERE.parent / "tests")})
        if done.returncode:
            raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
