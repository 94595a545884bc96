"""Rows on a terminal: what is most at risk first."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from safepassage.rehearsal.row import Row
from safepassage.reports import ensemble_terminal as terminal


def row(folder: str, change: str = "", *, share: float = 0.5, gain: float | None = None, seed: int = 0) -> Row:
    differences: dict[str, Any] = (
        {} if gain is None else {"gain": gain, "gain_low": gain - 0.01, "gain_high": gain + 0.01}
    )
    return Row(
        folder=folder, plan="", change=change, seed=seed, inputs="", operation=folder, runs=100, in_time=50,
        share=share, low=share - 0.1, high=share + 0.1, last_50_s=7200, last_95_s=None,
        earlier_s=None if gain is None else 60.0, earlier_low_s=None if gain is None else 30.0,
        earlier_high_s=None if gain is None else 90.0, **differences,
    )  # fmt: skip


NO_PLAN = Row(folder="b", plan="", change="bus-9", inputs="", operation="b", runs=100, note="infeasible")
ROWS = (
    row("a", share=0.9), row("a", "bus+1", share=0.95, gain=0.05), row("b", share=0.4), NO_PLAN,
    row("b", "bus+1", share=0.5, gain=0.1), row("b", "window+1h", share=0.7, gain=0.3), row("c", "bus+1", gain=0.2),
)  # fmt: skip


def test_the_operation_most_at_risk_comes_first_and_what_helps_it_most() -> None:
    assert [(one.folder, one.change) for one in terminal.in_order(ROWS)] == [
        ("b", ""), ("b", "window+1h"), ("b", "bus+1"), ("b", "bus-9"), ("a", ""), ("a", "bus+1"), ("c", "bus+1"),
    ]  # fmt: skip


def said(rows: tuple[Row, ...], *, arabic: bool = False) -> str:
    stream = io.StringIO()
    terminal.ensemble_terminal(rows, Console(file=stream, width=160), language="ar" if arabic else "en")
    return stream.getvalue().replace("\N{NO-BREAK SPACE}", " ")


def test_a_row_has_its_chance_its_gain_and_its_last_arrival() -> None:
    lines = said(ROWS).splitlines()
    (line,) = [line for line in lines if "window+1h" in line]
    assert "70 % (60 % to 80 %)" in line
    assert "+30.0 points (+29.0 points to +31.0 points)" in line
    assert "2 h, never" in line
    assert "1 min (30 s to 1 min 30 s)" in line
    assert "no plan exists" in next(line for line in lines if "bus-9" in line)
    assert "seed" not in lines[0]
    assert "sampling error only" in " ".join(lines)


def test_seeds_are_told_apart_and_long_lists_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "SHOWN", 1)
    told = said((row("a"), row("a", seed=17)))
    assert "seed" in told.splitlines()[0]
    assert "1 more" in told


def test_it_speaks_arabic() -> None:
    assert "المكسب" in said(ROWS, arabic=True)
