"""Compiled kernels: one decorator, so that all are compiled alike, release the interpreter and are kept on disk.

What is compiled lies in a folder of its room, named after a digest of the room's sources, the compiler and the
processor. The compiler's own cache looks only at the file of a kernel, not at those of the kernels it calls, and would
run stale code after a change there. Kernels call only kernels of their own room.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from llvmlite import binding

Kernel = TypeVar("Kernel", bound=Callable[..., object])

KERNELS: list[Any] = []
"""All that were loaded, in order."""

_HOUSE = Path(__file__).parent
_DONE = "complete"


def kernel(function: Kernel) -> Kernel:
    """Compile a function at its first call, or take it from the cache of its room."""
    # the compiler looks at its setting when it is handed a function
    numba.config.CACHE_DIR = str(folder(function.__module__.split(".")[1]))  # type: ignore[attr-defined]
    compiled = numba.njit(cache=True, nogil=True)(function)
    KERNELS.append(compiled)
    return cast("Kernel", compiled)


def compiled_anew() -> int:
    """Count what was compiled in this process because the cache did not hold it."""
    return sum(sum(one.stats.cache_misses.values()) for one in KERNELS)


def is_complete(room: str) -> bool:
    """Tell whether all kernels of a room's sources have been compiled for this machine."""
    return (folder(room) / _DONE).exists()


def complete(room: str) -> None:
    """Note that all kernels of a room have been compiled, and remove what was compiled from other sources."""
    own = folder(room)
    own.mkdir(parents=True, exist_ok=True)
    (own / _DONE).touch()
    for other in own.parent.glob("kernels-*"):
        if other != own:
            shutil.rmtree(other, ignore_errors=True)


@cache
def folder(room: str) -> Path:
    """Find the folder in which a room's compiled kernels lie."""
    name = f"kernels-{_digest(_HOUSE / room)}"
    places = list(_places(room))
    known = [place / name for place in places if (place / name / _DONE).exists()]
    if known:
        return known[0]
    writable = next((place for place in places if _is_writable(place)), None)
    # where nothing may be kept, a private folder for this process: slow, but it works
    return (writable or Path(tempfile.mkdtemp(prefix="safepassage-"))) / name


def _digest(sources: Path) -> str:
    found = hashlib.sha256(f"{numba.__version__} {binding.get_host_cpu_name()}".encode())
    for path in sorted([Path(__file__), *sources.rglob("*.py")]):
        state = path.stat()
        found.update(f"{path.name} {path.parent.name} {state.st_size} {state.st_mtime_ns}".encode())
    return found.hexdigest()[:16]


def _places(room: str) -> Iterator[Path]:
    """Give the folders that may hold what is compiled: beside the sources, else the user's own."""
    yield _HOUSE / room / "__pycache__"
    yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "safepassage" / room


def _is_writable(place: Path) -> bool:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(place, os.W_OK)
