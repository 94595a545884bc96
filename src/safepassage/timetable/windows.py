"""Windows of a start: moved in time, and what two sets of them have in common."""

from __future__ import annotations

from safepassage.model.time import Window, intersection


def shifted(windows: tuple[Window, ...], by_s: int) -> tuple[Window, ...]:
    """Move every window by `by_s` seconds."""
    return tuple(Window(from_s=window.from_s + by_s, until_s=window.until_s + by_s) for window in windows)


def common(one: tuple[Window, ...] | None, other: tuple[Window, ...] | None) -> tuple[Window, ...] | None:
    """Return the instants that lie in a window of both, in the order of time; None stands for any time."""
    if one is None or other is None:
        return other if one is None else one
    return intersection(one, other)


def of_start(windows: tuple[Window, ...], duration_s: int) -> tuple[Window, ...]:
    """Return when something of `duration_s` may start that has to fit into one of the windows."""
    return tuple(
        Window(from_s=window.from_s, until_s=window.until_s - duration_s)
        for window in windows
        if window.until_s - duration_s >= window.from_s
    )
