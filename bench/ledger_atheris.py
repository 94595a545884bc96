"""Fuzz one reader with atheris, which follows the branches taken: `ledger_atheris.py READER -atheris_runs=N ...`.

Run by `bench_ledger_fuzzing.py` where atheris is installed (`bench/requirements-fuzzing.txt`); what follows the name of
the reader goes to libFuzzer. The room's modules are instrumented, and our own mutators serve libFuzzer in half of the
rounds.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import atheris

# Before the first import of what is to be instrumented.
with atheris.instrument_imports(include=["safepassage.ledger"]):
    from ledger.faults import fuzzing, readers


def main() -> None:
    """Hand over to libFuzzer; it ends the process."""
    target = readers.targets()[sys.argv.pop(1)]

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        draw = random.Random(seed)
        if not data or draw.random() < 0.5:
            return bytes(atheris.Mutate(data, max_size))
        return fuzzing.mutant(draw, [data, draw.choice(target.corpus)])[:max_size]

    def once(data: bytes) -> None:
        target.reader(data)

    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(target.corpus):
            (Path(folder) / str(number)).write_bytes(data)
        atheris.Setup([*sys.argv, "-max_len=17000", folder], once, custom_mutator=mutate)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
