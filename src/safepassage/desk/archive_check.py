"""Check an archive of a closed operation with Python alone: `python3 check.py`, in the archive's folder.

A copy of this file lies in every archive, so that it can be checked in years, without the program that made it. It
needs Python 3.9 or newer and nothing else. It recomputes the SHA-256 of each file, of each event (over a zero byte and
its bytes), the Merkle root over all events (RFC 6962), each device's chain, and compares them with what is written.
The checkpoint's signature (Ed25519) is not checked here: `safepassage ledger verify` and other tools for signed notes
do that. Whoever holds a checkpoint on paper compares its root with the one printed here.
"""

from __future__ import annotations

import hashlib
import json
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

MANIFEST = "archive.json"
LEDGER = "ledger.jsonl"
CHECKPOINT = "checkpoint.txt"


def check(folder: Path) -> list[str]:
    """Return what is wrong with an archive, a line each; none when all is as it was written."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        sums = dict(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [f"{MANIFEST}: cannot be read: {error}"]
    wrong = [one for name in sorted(sums) for one in _file(folder / name, name, sums[name])]
    extra = sorted(one.name for one in folder.iterdir() if one.name not in sums and one.name != MANIFEST)
    wrong += [f"{name}: is not of this archive" for name in extra]
    if not wrong:
        wrong += _ledger(folder / LEDGER, (folder / CHECKPOINT).read_text().split("\n"))
    return wrong


def _file(path: Path, name: str, expected: str) -> list[str]:
    """Compare a file with its sum."""
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            for part in iter(lambda: file.read(1 << 20), b""):
                found.update(part)
    except OSError as error:
        return [f"{name}: cannot be read: {error}"]
    return [] if found.hexdigest() == expected else [f"{name}: was changed"]


def _ledger(path: Path, note: list[str]) -> list[str]:
    """Recompute the digest of each event, the chain of each device, and the root over all."""
    wrong: list[str] = []
    tree: list[tuple[int, bytes]] = []
    chains: dict[tuple[str, int], list[tuple[str, str]]] = {}
    with path.open("rb") as file:
        header = json.loads(next(file))
        count = 0
        for count, line in enumerate(file, 1):
            one = json.loads(line)
            leaf = hashlib.sha256(b"\x00" + one["event"].encode()).digest()
            if (one["digest"], one["position"]) != (leaf.hex(), count - 1):
                wrong.append(f"{LEDGER}: line {count + 1} is not the event it says")
            _chain(json.loads(one["event"]), leaf.hex(), chains)
            _add(tree, leaf)
    wrong += _broken_chains(chains)
    root = _root(tree)
    if (header["size"], header["root"]) != (count, root.hex()):
        wrong.append(f"{LEDGER}: holds other events than its first line says")
    if note[1:3] != [str(count), b64encode(root).decode()]:
        wrong.append(f"{CHECKPOINT}: is of another log, or of another size of it")
    return wrong


def _chain(event: dict[str, Any], digest: str, chains: dict[tuple[str, int], list[tuple[str, str]]]) -> None:
    """Note which event comes where in a device's chain, and which one it follows."""
    chains.setdefault((event["device"], event["sequence"]), []).append((digest, event["previous"]))


def _broken_chains(chains: dict[tuple[str, int], list[tuple[str, str]]]) -> list[str]:
    """Return the events that follow another one than the device's last; copies of a device are told as such."""
    wrong = []
    for (device, sequence), found in sorted(chains.items()):
        before = {digest for digest, _ in chains.get((device, sequence - 1), [])}
        if before and any(previous not in before for _, previous in found):
            wrong.append(f"{LEDGER}: event {sequence} of {device} does not follow the one before")
    return wrong


def _add(tree: list[tuple[int, bytes]], leaf: bytes) -> None:
    """Add a leaf to the complete subtrees (height, hash), the largest first."""
    tree.append((0, leaf))
    while len(tree) > 1 and tree[-1][0] == tree[-2][0]:
        (height, right), (_, left) = tree.pop(), tree.pop()
        tree.append((height + 1, hashlib.sha256(b"\x01" + left + right).digest()))


def _root(tree: list[tuple[int, bytes]]) -> bytes:
    """Join the subtrees that are left, the smallest first."""
    if not tree:
        return hashlib.sha256(b"").digest()
    found = tree[-1][1]
    for _, left in reversed(tree[:-1]):
        found = hashlib.sha256(b"\x01" + left + found).digest()
    return found


def main() -> None:
    """Check the folder that this file lies in, or the one that is named."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    wrong = check(folder)
    for line in wrong:
        sys.stdout.write(line + "\n")
    if not wrong:
        origin, size, root = (folder / CHECKPOINT).read_text().split("\n")[:3]
        sys.stdout.write(f"All as it was written: {size} events of {origin}, root {root}\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
