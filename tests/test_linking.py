"""A piece of machine code linked by us does what LLVM's own loader lets it do."""

from __future__ import annotations

import ctypes
import math
import platform
import sys
from collections.abc import Callable

import pytest

from safepassage import linking

HERE = sys.platform == "linux" and platform.machine() == "x86_64"
pytestmark = pytest.mark.skipif(not HERE, reason="elsewhere LLVM links")

PROGRAM = """
@factors = private constant [2 x double] [double 3.0, double 7.0]
@named = private constant ptr @factors
@counted = internal global i64 40

declare double @exp(double)
declare double @llvm.sqrt.f64(double)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)

define internal double @inner(double %x, i64 %which) noinline {
  %from = load volatile ptr, ptr @named
  %at = getelementptr double, ptr %from, i64 %which
  %factor = load double, ptr %at
  %power = call double @exp(double %x)
  %found = fmul double %power, %factor
  ret double %found
}

define i32 @asked(ptr %table) {
  %x = load double, ptr %table
  %found = call double @inner(double %x, i64 1)
  store double %found, ptr %table
  %behind = getelementptr i8, ptr %table, i64 8
  call void @llvm.memset.p0.i64(ptr %behind, i8 1, i64 4000, i1 false)
  %count = load volatile i64, ptr @counted
  %status = trunc i64 %count to i32
  ret i32 %status
}
"""


def compiled(program: str, *, reloc: str = "pic", codemodel: str = "small") -> bytes:
    from llvmlite import binding  # noqa: PLC0415

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    target = binding.Target.from_triple(binding.get_process_triple())
    machine = target.create_target_machine(reloc=reloc, codemodel=codemodel, jit=True)
    found: bytes = machine.emit_object(binding.parse_assembly(program))
    return found


def called(function: Callable[[int], int], x: float) -> tuple[int, float, bytes]:
    table = ctypes.create_string_buffer(4008)
    ctypes.c_double.from_buffer(table).value = x
    status = function(ctypes.addressof(table))
    return status, ctypes.c_double.from_buffer(table).value, table.raw[8:]


def test_code_constants_and_functions_of_the_process_are_found() -> None:
    piece = linking.linked(compiled(PROGRAM), "asked")
    assert piece.inside
    assert {"exp", "memset"} >= set(piece.outside) >= {"exp"}
    assert len(piece.image) % 8 == 0
    for _ in range(2):
        # wherever it lies
        status, found, rest = called(linking.loaded(piece), 0.5)
        assert (status, found) == (40, math.exp(0.5) * 7.0)
        assert rest == b"\1" * 4000


def test_a_function_that_is_not_there_is_told() -> None:
    with pytest.raises(ValueError, match="expected a function missing"):
        linking.linked(compiled(PROGRAM), "missing")


def test_what_the_process_does_not_have_is_an_error() -> None:
    piece = linking.linked(compiled(PROGRAM.replace("@exp(", "@no_such_function(")), "asked")
    with pytest.raises(AttributeError, match="no_such_function"):
        linking.loaded(piece)


def test_references_of_other_kinds_are_refused() -> None:
    # its address is looked up in a table that nobody makes here
    program = "@far = external global i64\ndefine ptr @asked() {\n  ret ptr @far\n}\n"
    with pytest.raises(ValueError, match=r"a reference of kind \d+ at \d+: not known here"):
        linking.linked(compiled(program), "asked")


def test_addresses_between_instructions_are_refused() -> None:
    file = compiled(PROGRAM, reloc="static", codemodel="large")
    with pytest.raises(ValueError, match=r"a reference of kind 1 at \d+: not known here"):
        linking.linked(file, "asked")


@pytest.mark.parametrize("content", [b"", b"\x7fELF\x01\x01\x01" + bytes(60), b"\x7fELF\x02\x01\x01" + bytes(60)])
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="expected an object file for Linux on AMD64"):
        linking.linked(content, "asked")
