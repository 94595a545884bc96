"""Draw recorded planner runs as SVG: the gap over time, and what size costs.

Axes and ticks are few and fixed, so these few lines replace a plotting library of 30 MB in everybody's environment.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 28, 44
COLOURS = ("#1b6ca8", "#c8553d", "#3a7d44", "#8e5ea2", "#b8860b", "#4a4e69", "#008080", "#a83279", "#6b705c")
Line = tuple[str, Sequence[tuple[float, float]]]


def draw(path: Path) -> list[Path]:
    """Draw what `./dev bench planner` recorded, beside it."""
    cases: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cases"]
    gaps = [(case["case"], _gaps(case["trace"])) for case in cases if not case["case"].startswith(("curve", "draw"))]
    curve = [case for case in cases if case["case"].startswith("curve") and case["seconds_to_2_percent"]]
    drawn = []
    for name, title, axes, lines in (
        ("gap", "Gap to the proved bound over time", ("seconds", "gap, %"), [line for line in gaps if line[1]]),
        (
            "cost",
            "Seconds until the gap is 2 % (city shuttle, 8 trips a vehicle)",
            ("loads", "seconds"),
            [("city shuttle", [(case["people"], case["seconds_to_2_percent"]) for case in curve])] if curve else [],
        ),
    ):
        if lines:
            drawn.append(path.with_name(f"{path.stem}-{name}.svg"))
            drawn[-1].write_text(chart(title, axes, lines), encoding="utf-8")
    return drawn


def _gaps(trace: Sequence[Sequence[float | None]]) -> list[tuple[float, float]]:
    points = []
    for at, makespan, bound in trace:
        if at and makespan and bound:
            points.append((max(0.1, at), max(0.01, 100 * (makespan / bound - 1))))
    return points


def chart(title: str, axes: tuple[str, str], lines: Sequence[Line]) -> str:
    """Draw lines over two logarithmic axes."""
    xs = [x for _, points in lines for x, _ in points]
    ys = [y for _, points in lines for _, y in points]
    across, up = _scale(xs, LEFT, WIDTH - RIGHT), _scale(ys, HEIGHT - BOTTOM, TOP)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
            f'font-size="12"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        ),
        f'<text x="{LEFT}" y="18" font-weight="bold">{escape(title)}</text>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(axes[0])}</text>',
        (
            f'<text x="14" y="{HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 14 {HEIGHT / 2})">'
            f"{escape(axes[1])}</text>"
        ),
    ]
    for tick in _ticks(xs):
        parts.append(f'<path d="M{across(tick):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        parts.append(f'<text x="{across(tick):.1f}" y="{HEIGHT - 26}" text-anchor="middle">{tick:g}</text>')
    for tick in _ticks(ys):
        parts.append(f'<path d="M{LEFT} {up(tick):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{up(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for number, (name, points) in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        way = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="2.5" fill="{colour}"/>' for x, y in points]
        beside = TOP + 14 + 18 * number
        parts.append(f'<text x="{WIDTH - RIGHT + 12}" y="{beside}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _scale(values: Sequence[float], first: float, last: float) -> Any:
    low, high = math.log10(min(_ticks(values))), math.log10(max(_ticks(values)))
    return lambda value: first + (last - first) * (math.log10(value) - low) / (high - low)


def _ticks(values: Sequence[float]) -> list[float]:
    """Give 1, 2 and 5 times powers of ten, from below the least value to above the greatest."""
    powers = range(math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))) + 1)
    every = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    below = max((tick for tick in every if tick <= min(values)), default=every[0])
    above = min((tick for tick in every if tick > max(values)), default=every[-1])
    return [tick for tick in every if below <= tick <= above]
