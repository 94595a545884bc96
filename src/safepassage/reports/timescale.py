"""The axis of time that charts share: seconds to units across, and where its lines stand."""

from __future__ import annotations

from msgspec import Struct

from safepassage.model.time import instant_at
from safepassage.reports.words import Phrase, Setting, same, say

WIDTH = 1200
TICK_WIDTH = 36
_STEPS_S = (300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_TICK_EVERY = 75
_DAY_S = 86400


class Tick(Struct, frozen=True, kw_only=True):
    """A line of the time axis; `day` where a new one begins."""

    x: float
    at_s: int
    label: Phrase
    day: Phrase | None = None


class Scale(Struct, frozen=True):
    """Seconds to units across."""

    from_s: int
    until_s: int
    width: int = WIDTH

    def x(self, at_s: int) -> float:
        """Return how far across an instant is; what lies outside stands at the edge."""
        inside = min(max(at_s, self.from_s), self.until_s)
        return round((inside - self.from_s) * self.width / (self.until_s - self.from_s), 1)


def ticks(setting: Setting, scale: Scale) -> tuple[Tick, ...]:
    """Place the lines of the axis at round local times."""
    span_s = scale.until_s - scale.from_s
    at_most = scale.width // _TICK_EVERY
    step_s = next((step for step in _STEPS_S if span_s / step <= at_most), _DAY_S)
    while span_s / step_s > at_most:
        step_s += _DAY_S
    local = instant_at(setting.start, scale.from_s, setting.time_zone)
    since_midnight = local.hour * 3600 + local.minute * 60 + local.second
    at_s = scale.from_s + (-since_midnight) % min(step_s, _DAY_S)
    found: list[Tick] = []
    shown = None
    while scale.x(at_s) < scale.width - TICK_WIDTH:
        local = instant_at(setting.start, at_s, setting.time_zone)
        text = f"{local:%H:%M}"
        day = None if local.date() == shown else _day(local.weekday(), local.day, local.month)
        shown = local.date()
        found.append(Tick(x=scale.x(at_s), at_s=at_s, label=same(text), day=day))
        at_s += step_s
    return tuple(found)


def _day(weekday: int, day: int, month: int) -> Phrase:
    return say("clock.day-month", weekday=say(f"weekday.{weekday}"), day=day, month=say(f"month.{month}"))
