"""Progress: told when something moved, and only then."""

from __future__ import annotations

from safepassage.planner.progress import Progress, Watch, silent


def test_only_what_gets_better_is_told() -> None:
    told: list[Progress] = []
    watch = Watch(told.append)
    watch.stage("search")
    watch.found(100)
    watch.found(120)
    watch.proved(60)
    watch.proved(50)
    watch.found(80)
    assert [(now.stage, now.makespan_s, now.bound_s) for now in told] == [
        ("search", None, None),
        ("search", 100, None),
        ("search", 100, 60),
        ("search", 80, 60),
    ]
    assert told[-1].gap == 0.25


def test_without_plan_or_bound_there_is_no_gap() -> None:
    assert Progress(stage="search", makespan_s=5).gap is None
    assert Progress(stage="search", bound_s=5).gap is None
    assert Progress(stage="search", makespan_s=5, bound_s=6).gap == 0


def test_nobody_need_be_told() -> None:
    silent(Progress(stage="search"))
    Watch().found(3)
