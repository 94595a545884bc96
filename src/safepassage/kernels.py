"""Compiled kernels: one decorator, so that all are compiled alike, release the interpreter and are kept on disk.

What is compiled lies in a folder of its room, named after a digest of the room's sources, the compiler and the
processor. The compiler's own cache looks only at the file of a kernel, not at those of the kernels it calls, and would
run stale code after a change there. Kernels call only kernels of their own room.

To load the compiler takes longer than most answers. It is loaded when a kernel is first called; and an `entry` is
called without it, where its machine code was kept at set-up (`safepassage.machine_code`, docs/decisions/0034).
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Callable, Iterator
from functools import cache, update_wrapper
from importlib.util import find_spec
from pathlib import Path
from threading import RLock
from typing import Any, Final, TypeVar, cast

from safepassage import machine_code

Function = TypeVar("Function", bound=Callable[..., object])

KERNELS: list[Kernel] = []
"""All that were defined, in order."""

_AS_PYTHON = os.environ.get("NUMBA_DISABLE_JIT", "0") != "0"
_SHORT_LOOPS: Final = frozenset({"rehearsal"})
"""Rooms whose loops take few turns: there it costs more to get vectors ready than they save."""
_LESSONS: list[Callable[[], None]] = []
_LOADING = RLock()
_HOUSE = Path(__file__).parent
_DONE = "complete"


class Kernel:
    """A function that is compiled when it is first called, or first called by one that is; `py_func` is its Python."""

    def __init__(self, function: Callable[..., object]) -> None:
        update_wrapper(self, function)
        self.py_func = function
        self.loaded: Any = None

    @property
    def compiled(self) -> Any:
        """What the compiler made of it, or will make of it at its first call."""
        with _LOADING:
            if self.loaded is None:
                # the slow part of a start, so not before it is needed
                import numba  # noqa: PLC0415

                _name_apart()
                while _LESSONS:
                    _LESSONS.pop()()
                # the compiler looks at the one setting when it is handed a function, at the other when it compiles it
                room = _room(self.py_func)
                numba.config.CACHE_DIR = str(folder(room))  # type: ignore[attr-defined]
                numba.config.LOOP_VECTORIZE = int(room not in _SHORT_LOOPS)  # type: ignore[attr-defined]
                self.loaded = numba.njit(cache=True, nogil=True)(self.py_func)
            return self.loaded

    @property
    def _numba_type_(self) -> Any:
        """By this the compiler knows it in the kernels that call it."""
        return self.compiled._numba_type_

    def __call__(self, *arguments: object) -> object:
        """Call it compiled."""
        return self.compiled(*arguments)


class Entry(Kernel):
    """A kernel by which others are called, of arrays, whole numbers and tuples of them; it returns nothing."""

    kept: Callable[..., bool] | None = None
    """Its machine code, once it was looked for."""
    unmeasured = 0
    """Of so many arrays, its first arguments, neither the length is asked for nor an entry counted from the end."""

    @property
    def file(self) -> Path:
        """Where its machine code is kept."""
        return folder(_room(self.py_func)) / f"{self.py_func.__module__}.{self.py_func.__name__}.code"

    def __call__(self, *arguments: object) -> object:
        """Call its machine code, or where there is none for such arguments, what the compiler makes of it."""
        with _LOADING:
            if self.kept is None and self.loaded is None:
                self.kept = machine_code.load(self.file)
        # other arrays than at set-up: the compiler knows them, or gets to
        return None if self.kept is not None and self.kept(*arguments) else self.compiled(*arguments)


def kernel(function: Function) -> Function:
    """Compile a function at its first call, or take it from the cache of its room."""
    if _AS_PYTHON:
        return function
    KERNELS.append(Kernel(function))
    return cast("Function", KERNELS[-1])


def entry(*, unmeasured: int = 0) -> Callable[[Function], Function]:
    """Compile a function as `kernel` does; where its machine code was kept at set-up, call that without the compiler.

    All that it calls must do without memory of the compiler's: no arrays or lists are made in it.

    Parameters
    ----------
    unmeasured
        Of so many arrays, its first arguments, neither the length is asked for, nor an entry counted from the end, nor
        a slice taken: where all that is so, looking up an entry costs a third less.
    """

    def made(function: Function) -> Function:
        if _AS_PYTHON:
            return function
        found = Entry(function)
        found.unmeasured = unmeasured
        KERNELS.append(found)
        return cast("Function", found)

    return made


def lesson(teach: Callable[[], None]) -> Callable[[], None]:
    """Have something told to the compiler when it is loaded, before it compiles what comes after."""
    _LESSONS.append(teach)
    return teach


def compiled_anew() -> int:
    """Count what was compiled in this process because the cache did not hold it."""
    return sum(sum(one.loaded.stats.cache_misses.values()) for one in KERNELS if one.loaded)


def keep_entries() -> None:
    """Keep the machine code of the entries that have been compiled in this process."""
    for one in KERNELS:
        if isinstance(one, Entry) and one.loaded and one.loaded.signatures:
            machine_code.keep(one.file, one.loaded, one.unmeasured)


def load_entries(room: str) -> None:
    """Load the machine code of a room's entries: where that cannot be done, LLVM ends the process."""
    for file in folder(room).glob("*.code"):
        machine_code.load(file)


def forget_entries(room: str) -> None:
    """Remove the machine code of a room's entries: they are called through the compiler from then on."""
    for file in folder(room).glob("*.code"):
        file.unlink()


def is_complete(room: str) -> bool:
    """Tell whether all kernels of a room's sources have been compiled for this machine."""
    return (folder(room) / _DONE).exists()


def complete(room: str) -> None:
    """Note that all kernels of a room have been compiled, and remove what was compiled from other sources."""
    # here and below: what a start that finds everything in its place does not need is not loaded for it
    from shutil import rmtree  # noqa: PLC0415

    own = folder(room)
    own.mkdir(parents=True, exist_ok=True)
    (own / _DONE).touch()
    for other in own.parent.glob("kernels-*"):
        if other != own:
            rmtree(other, ignore_errors=True)


@cache
def _name_apart() -> None:
    """Let what this process compiles have names that nothing kept by another process has.

    Functions that the compiler makes inside functions (sorting, with its ways to compare) are told apart by a number
    that begins with one in every process. So two kernels that two processes compiled may hold different code under one
    name, and whichever is loaded first is then run for both: seen as bounds that hung on what had been solved before.
    """
    from secrets import randbits  # noqa: PLC0415

    from numba.core.bytecode import FunctionIdentity  # noqa: PLC0415

    FunctionIdentity._unique_ids = itertools.count(randbits(60))  # noqa: SLF001 - there is no public way


def _room(function: Callable[..., object]) -> str:
    return function.__module__.split(".")[1]


@cache
def folder(room: str) -> Path:
    """Find the folder in which a room's compiled kernels lie."""
    name = f"kernels-{_digest(_HOUSE / room)}"
    places = list(_places(room))
    known = [place / name for place in places if (place / name / _DONE).exists()]
    if known:
        return known[0]
    writable = next((place for place in places if _is_writable(place)), None)
    if writable is None:
        # where nothing may be kept, a private folder for this process: slow, but it works
        from tempfile import mkdtemp  # noqa: PLC0415

        writable = Path(mkdtemp(prefix="safepassage-"))
    return writable / name


def _digest(sources: Path) -> str:
    found = hashlib.sha256(f"{_versions()} {machine_code.processor()}".encode())
    for path in sorted([*_HOUSE.glob("*.py"), *sources.rglob("*.py")]):
        state = path.stat()
        found.update(f"{path.name} {path.parent.name} {state.st_size} {state.st_mtime_ns}".encode())
    return found.hexdigest()[:16]


def _versions() -> list[str]:
    """Name the versions of Numba and LLVM by the folders that tell of them: what reads these takes longer to load."""
    found = find_spec("numba")
    where = Path(found.origin).parents[1] if found and found.origin else _HOUSE
    # a glob for each takes four times as long
    return sorted(name for name in os.listdir(where) if name.startswith(("numba-", "llvmlite-")))  # noqa: PTH208


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
