"""An object file joined into one piece that is called where it lies, without LLVM to load it.

The compiler writes sections that refer to each other and to functions of the process. Here they are laid one behind
the other, and all references but whole addresses are written in: code and constants move together. What is left is to
put the addresses in once it is known where the piece lies. For each function of the process there is a jump to the
address that is put in for it.

References
----------
System V Application Binary Interface (gABI), chapter 4, "Object Files"; AMD64 Architecture Processor Supplement,
table 4.9, "Relocation Types".
"""

from __future__ import annotations

import ctypes
import mmap
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct

_ELF_FOR_AMD64: Final = b"\x7fELF\x02\x01\x01"
_RELOCATABLE: Final = (1, 62)
"""Kind of file and of machine."""
_SYMBOLS, _REFERENCES, _EMPTY, _LIES_IN_MEMORY = 2, 4, 8, 2
_WHOLE, _NEAR = 1, (2, 4)
"""An address of 64 bits; the distance to one, or to the jump to a function, of 32 bits."""
_JUMP: Final = struct.Struct("<2si2x")
"""Jump to the address that lies so many bytes behind the jump."""


class Linked(Struct, frozen=True, kw_only=True):
    """A piece of machine code, as it lies in memory but for the addresses; places count bytes from its beginning.

    `entry` is where the function begins. `inside` are the places of addresses in the piece itself, counted from its
    beginning as well; `outside` gives for each function of the process where its address is put.
    """

    image: bytes
    entry: int
    inside: tuple[int, ...]
    outside: dict[str, int]


class _Section(NamedTuple):
    """A part of an object file: what it is, where it lies, and in `link` and `info` other sections."""

    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    aligned: int
    entry_size: int


def linked(file: bytes, name: str) -> Linked:
    """Join the sections of an object file.

    Parameters
    ----------
    file
        As LLVM writes it for Linux on AMD64, to lie anywhere.
    name
        Of the function that is to be called.

    Raises
    ------
    ValueError
        When it is of another kind, or refers to something in a way that is not known here.
    """
    if not file.startswith(_ELF_FOR_AMD64) or struct.unpack_from("<2H", file, 16) != _RELOCATABLE:
        raise ValueError("expected an object file for Linux on AMD64")
    (headers,), (count,) = struct.unpack_from("<Q", file, 40), struct.unpack_from("<H", file, 60)
    sections = [_Section(*struct.unpack_from("<2I4Q2I2Q", file, headers + 64 * n)) for n in range(count)]
    image, begins = _laid(file, sections)
    table = next(section for section in sections if section.kind == _SYMBOLS)
    names = sections[table.link]
    places: list[int | str] = []
    entry = -1
    for at in range(table.offset, table.offset + table.size, 24):
        which, _, _, of, value, _ = struct.unpack_from("<I2BH2Q", file, at)
        called = file[names.offset + which : file.index(b"\0", names.offset + which)].decode()
        places.append(begins.get(of, 0) + value if of else called)
        if called == name and of in begins:
            entry = begins[of] + value
    if entry < 0:
        raise ValueError(f"expected a function {name}")
    asked = sorted({place for place in places if isinstance(place, str) and place})
    jumps, outside = _jumps(image, asked)
    inside = []
    for section in sections:
        if section.kind != _REFERENCES or section.info not in begins:
            continue
        for at in range(section.offset, section.offset + section.size, 24):
            where, what, plus = struct.unpack_from("<2Qq", file, at)
            here, to = begins[section.info] + where, places[what >> 32]
            target = (jumps[to] if isinstance(to, str) else to) + plus
            if what & 0xFFFFFFFF == _WHOLE and here % 8 == 0:
                struct.pack_into("<q", image, here, target)
                inside.append(here)
            elif what & 0xFFFFFFFF in _NEAR:
                struct.pack_into("<i", image, here, target - here)
            else:
                raise ValueError(f"a reference of kind {what & 0xFFFFFFFF} at {here}: not known here")
    return Linked(image=bytes(image), entry=entry, inside=tuple(inside), outside=outside)


def _laid(file: bytes, sections: list[_Section]) -> tuple[bytearray, dict[int, int]]:
    """Lay what lies in memory one behind the other; give the place at which each section begins."""
    image, begins = bytearray(), {}
    for number, section in enumerate(sections):
        if section.flags & _LIES_IN_MEMORY:
            image += bytes(-len(image) % max(1, section.aligned))
            begins[number] = len(image)
            empty = section.kind == _EMPTY
            image += bytes(section.size) if empty else file[section.offset : section.offset + section.size]
    return image, begins


def _jumps(image: bytearray, names: list[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Add a jump to each function of the process, and behind them all the places of their addresses."""
    image += bytes(-len(image) % _JUMP.size)
    first = len(image)
    jumps = {name: first + _JUMP.size * n for n, name in enumerate(names)}
    outside = {name: first + _JUMP.size * (len(names) + n) for n, name in enumerate(names)}
    for name in names:
        # counted from behind the instruction, which is two bytes shorter than its place
        image += _JUMP.pack(b"\xff\x25", outside[name] - jumps[name] - _JUMP.size + 2)
    image += bytes(_JUMP.size * len(names))
    return jumps, outside


def loaded(what: Linked) -> Callable[[int], int]:
    """Lay a piece into memory, put the addresses in and return its function.

    Raises
    ------
    AttributeError
        When the process does not have a function that it asks for.
    OSError
        When the system does not let it be run.
    """
    memory = mmap.mmap(-1, len(what.image), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.write(what.image)
    words = np.frombuffer(memory, np.int64)
    begins, process = words.ctypes.data, ctypes.CDLL(None, use_errno=True)
    words[np.array(what.inside, np.int64) // words.itemsize] += begins
    for name, place in what.outside.items():
        words[place // words.itemsize] = ctypes.cast(getattr(process, name), ctypes.c_void_p).value or 0
    # what can be run can no longer be written
    if process.mprotect(ctypes.c_void_p(begins), ctypes.c_size_t(len(memory)), mmap.PROT_READ | mmap.PROT_EXEC):
        raise OSError(ctypes.get_errno(), "machine code cannot be run")
    function = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)(begins + what.entry)

    # the memory stays as long as what may call it
    return lambda table: int(function(table)) if memory else 0
