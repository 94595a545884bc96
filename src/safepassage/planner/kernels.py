"""Compiled kernels: one decorator, so that all are compiled alike, release the interpreter and are kept on disk.

What is compiled lies in a folder named after a digest of the planner's sources, the compiler and the processor. The
compiler's own cache looks only at the file of a kernel, not at those of the kernels it calls, and would run stale code
after a change there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from llvmlite import binding

Kernel = TypeVar("Kernel", bound=Callable[..., object])

KERNELS: list[Any] = []
"""All that were loaded, in order."""

_SOURCES = Path(__file__).parent
_DONE = "complete"


def kernel(function: Kernel) -> Kernel:
    """Compile a function at its first call, or take it from the cache."""
    compiled = numba.njit(cache=True, nogil=True)(function)
    KERNELS.append(compiled)
    return cast("Kernel", compiled)


def compiled_anew() -> int:
    """Count what was compiled in this process because the cache did not hold it."""
    return sum(sum(one.stats.cache_misses.values()) for one in KERNELS)


def is_complete() -> bool:
    """Tell whether all kernels of these sources have been compiled for this machine."""
    return (FOLDER / _DONE).exists()


def complete() -> None:
    """Note that all kernels have been compiled, and remove what was compiled from other sources."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / _DONE).touch()
    for other in FOLDER.parent.glob("kernels-*"):
        if other != FOLDER:
            shutil.rmtree(other, ignore_errors=True)


def _digest() -> str:
    found = hashlib.sha256(f"{numba.__version__} {binding.get_host_cpu_name()}".encode())
    for path in sorted(_SOURCES.rglob("*.py")):
        state = path.stat()
        found.update(f"{path.relative_to(_SOURCES)} {state.st_size} {state.st_mtime_ns}".encode())
    return found.hexdigest()[:16]


def _places() -> Iterator[Path]:
    """Give the folders that may hold what is compiled: beside the sources, else the user's own."""
    yield _SOURCES / "__pycache__"
    yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "safepassage"


def _is_writable(place: Path) -> bool:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(place, os.W_OK)


def _folder() -> Path:
    name = f"kernels-{_digest()}"
    places = list(_places())
    known = [place / name for place in places if (place / name / _DONE).exists()]
    if known:
        return known[0]
    writable = next((place for place in places if _is_writable(place)), None)
    # where nothing may be kept, a private folder for this process: slow, but it works
    return (writable or Path(tempfile.mkdtemp(prefix="safepassage-"))) / name


FOLDER = _folder()
"""Where compiled kernels lie."""
numba.config.CACHE_DIR = str(FOLDER)  # type: ignore[attr-defined]
