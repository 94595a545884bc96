"""Kernels compiled, and as plain Python."""

from __future__ import annotations

from types import ModuleType

import pytest

from safepassage.planner.movements import conflicts, neighbourhood, placing, pricing, routing

MODULES: tuple[ModuleType, ...] = (routing, placing, neighbourhood, conflicts, pricing)


@pytest.fixture(params=["compiled", "plain"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run all kernels as they are compiled, or as they are written."""
    if request.param == "plain":
        for module in MODULES:
            for name, value in list(vars(module).items()):
                if hasattr(value, "py_func"):
                    monkeypatch.setattr(module, name, value.py_func)
    return str(request.param)
