"""Machine code of compiled kernels, kept in files and called without the compiler that made it.

The compiler takes half a second to load, LLVM alone a twentieth. What is kept is the machine code of one function with
all that it calls: linked into one piece where that is known how to (`safepassage.linking`), else as an object file that
LLVM links into the process. The compiler hands over an array as seven and more
parts; here they lie in a table, and a small entrance of our own takes them from there. It knows some of them: nobody
counts who uses the arrays, entries lie side by side. With that LLVM goes over all of it once more, which saves a
quarter of the time that runs take.

The compiler lets an index below 0 count from the end, and so adds the length of the array to each that is. Where no
index is, that length can as well be 0: then there is nothing to add, nor to compare. That saves another quarter.

References
----------
Numba developer manual, "Notes on the calling convention" and `numba.core.callconv.CPUCallConv`; data models of arrays
and tuples in `numba.core.datamodel`.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from safepassage.linking import Linked, linked, loaded

NAME: Final = "safepassage_entry"
"""Under which the function is found in its object file."""
_INNER: Final = "safepassage_kernel"
MATHEMATICS: Final = frozenset({"cos", "erfc", "exp", "log", "pow", "sqrt"})
"""What an object file may ask for of the process it is loaded into, besides what LLVM itself brings."""


_FEATURES: Final = Path("/sys/devices/system/cpu/modalias")
"""Where Linux names the processor and all that it can do, in a line."""


class _Kept(Struct, frozen=True):
    """The types of a function's arguments, and its machine code: in one piece, or as an object file."""

    shapes: list[str]
    code: Linked | bytes


def processor() -> str:
    """Name the processor and what it can do: machine code is made for one."""
    if _FEATURES.exists():
        return _FEATURES.read_text()
    from llvmlite import binding  # noqa: PLC0415 - takes longer to load than to ask it

    return f"{binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}"


def keep(file: Path, compiled: Any, unmeasured: int = 0) -> None:
    """Write the machine code of a compiled function for the arguments that it was first called with.

    Parameters
    ----------
    file
        Where to.
    compiled
        What the compiler made of it.
    unmeasured
        Of so many arrays, its first arguments, the length is of no use to it.

    Raises
    ------
    ValueError
        When it needs more of the process than its arguments: memory of the compiler's, say.
    RuntimeError
        When LLVM does not take what the compiler gives.
    """
    # imported where there is a compiler anyway
    import numba  # noqa: PLC0415
    from llvmlite import binding  # noqa: PLC0415

    signature = compiled.signatures[0]
    if not compiled.stats.cache_misses:
        # what came from the cache cannot be read; the loops of an entry take few turns, as those of its room
        numba.config.LOOP_VECTORIZE = 0  # type: ignore[attr-defined]
        compiled = numba.njit(nogil=True)(compiled.py_func)
        compiled.compile(signature)
    module = binding.parse_assembly(compiled.inspect_llvm(signature))
    own = module.get_function(compiled.overloads[signature].fndesc.llvm_func_name)
    own.name = _INNER
    module.link_in(binding.parse_assembly(_entrance([str(one.type) for one in own.arguments], signature, unmeasured)))
    for function in module.functions:
        if not function.is_declaration and function.name != NAME:
            function.linkage = "internal"
    machine = _machine()
    tuning = binding.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = False
    builder = binding.create_pass_builder(machine, tuning)
    # first what nobody calls any more, so that the rest is seen as a whole
    passes = binding.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, builder)
    builder.getModulePassManager().run(module, builder)
    asked = {one.name for one in module.functions if one.is_declaration and not one.name.startswith("llvm.")}
    if not asked <= MATHEMATICS:
        raise ValueError(f"{compiled.py_func.__name__} cannot be kept: it asks for {sorted(asked - MATHEMATICS)}")
    code = machine.emit_object(module)
    if _is_linked_here(machine.triple):
        code = linked(code, NAME)
    part = file.with_suffix(f".{os.getpid()}")
    part.write_bytes(msgspec.msgpack.encode(_Kept([one.shape for one in _leaves(signature)], code)))
    part.replace(file)


def load(file: Path) -> Callable[..., bool] | None:
    """Load what `keep` wrote.

    Parameters
    ----------
    file
        Which.

    Returns
    -------
    Callable
        To be called with the arguments; it returns False, and has done nothing, when they are of other types than
        those it was compiled for. None: there is no such file.
    """
    if not file.exists():
        return None
    kept = msgspec.msgpack.decode(file.read_bytes(), type=_Kept)
    function = loaded(kept.code) if isinstance(kept.code, Linked) else _loaded_by_llvm(kept.code)

    def call(*arguments: object) -> bool:
        parts: list[int] = []
        if list(_taken_apart(arguments, parts)) != kept.shapes:
            return False
        result, exception = ctypes.c_void_p(), ctypes.c_void_p()
        table = np.array([ctypes.addressof(result), ctypes.addressof(exception), *parts], np.int64)
        if function(table.ctypes.data):
            raise RuntimeError(f"{file.stem} has ended with an exception")
        return True

    return call


def _loaded_by_llvm(code: bytes) -> Callable[[int], int]:
    from llvmlite import binding  # noqa: PLC0415

    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), _machine())
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    function = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)(engine.get_function_address(NAME))
    # LLVM's engine lives as long as what may call it
    return lambda table: int(function(table)) if engine else 0


def _is_linked_here(triple: str) -> bool:
    return triple.startswith("x86_64") and "linux" in triple


def _machine() -> Any:
    from llvmlite import binding  # noqa: PLC0415

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    triple = binding.get_process_triple()
    # in one piece everything is near and can lie anywhere; else as the compiler itself has it
    near = _is_linked_here(triple)
    far = "static" if triple.startswith("x86") else "default"
    return binding.Target.from_triple(triple).create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=binding.get_host_cpu_features().flatten(),
        opt=3,
        reloc="pic" if near else far,
        codemodel="small" if near else "jitdefault",
        jit=True,
    )


def _taken_apart(arguments: tuple[object, ...], parts: list[int]) -> Iterator[str]:
    """Take arguments apart as the compiler does, and give their types."""
    for one in arguments:
        if isinstance(one, np.ndarray):
            yield f"{one.dtype.str[1:]} {one.ndim}" if one.flags.c_contiguous else "scattered"
            # nobody counts references to it; no object; how many, how long each, where
            parts += [0, 0, one.size, one.itemsize, one.ctypes.data, *one.shape, *one.strides]
        elif isinstance(one, tuple):
            yield from _taken_apart(one, parts)
        else:
            parts.append(int(one))  # type: ignore[call-overload]
            yield "i8"


class _Leaf(NamedTuple):
    """An array or a whole number among the arguments: its type, and of each of its parts what is known of it."""

    shape: str
    parts: tuple[str, ...]


def _leaves(signature: Any) -> Iterator[_Leaf]:
    """Give the types of a signature as `_taken_apart` gives those of arguments."""
    for one in signature:
        if hasattr(one, "layout"):
            kind, count = np.dtype(str(one.dtype)), one.ndim
            known = ("null", "null", "", str(kind.itemsize), "", *[""] * (2 * count - 1), str(kind.itemsize))
            yield _Leaf(f"{kind.str[1:]} {count}" if one.layout == "C" else "any", known)
        elif hasattr(one, "types"):
            yield from _leaves(one.types)
        else:
            yield _Leaf(np.dtype(str(one)).str[1:], ("",))


def _entrance(types: list[str], signature: Any, unmeasured: int) -> str:
    """Write a function that takes its arguments from a table, but for what is known of them, and calls the kernel."""
    leaves = [list(one.parts) for one in _leaves(signature)]
    for parts in leaves[:unmeasured]:
        # how many entries there are in all, and in the only direction
        parts[2] = parts[5] = "0"
    known = ["", "", *chain.from_iterable(leaves)]
    lines = [f"declare i32 @{_INNER}({', '.join(types)})", f"define i32 @{NAME}(ptr noalias %table) {{"]
    for n, (kind, constant) in enumerate(zip(types, known, strict=True)):
        if not constant:
            lines += [f"%at{n} = getelementptr i64, ptr %table, i64 {n}", f"%part{n} = load {kind}, ptr %at{n}"]
    handed = [f"{kind} {constant or f'%part{n}'}" for n, (kind, constant) in enumerate(zip(types, known, strict=True))]
    return "\n".join([*lines, f"%status = call i32 @{_INNER}({', '.join(handed)})", "ret i32 %status", "}"])
