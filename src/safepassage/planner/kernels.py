"""Compiled kernels: one decorator, so that all are compiled alike, release the interpreter and are kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def kernel(function: Kernel) -> Kernel:
    """Compile a function at its first call, or take it from the cache beside the module."""
    return cast("Kernel", njit(cache=True, nogil=True)(function))
