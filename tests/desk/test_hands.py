"""Who works: calls are handed out, called off, and a plan is the same wherever it is made."""

from __future__ import annotations

import signal
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from safepassage.desk import hands as working
from safepassage.desk.check import readable
from safepassage.desk.hands import Hands, hands, plan_anew
from safepassage.exchange.template import write_template


def test_what_is_not_done_is_called_off() -> None:
    told: list[str] = []
    begun, go_on = Event(), Event()

    def first() -> int:
        begun.set()
        go_on.wait()
        return 1

    with ThreadPoolExecutor(1) as pool:
        found = Hands(pool, 1, lambda: told.append("over"))
        under_way, waiting = found.submit(first), found.submit(int, "2")
        begun.wait()
        found.end()
        assert (found.over, told) == (True, ["over"])
        assert found.submit(int, "3").cancelled()
        with pytest.raises(CancelledError):
            waiting.result()
        go_on.set()
        assert under_way.result() == 1


def test_processes_work_until_they_are_sent_home() -> None:
    with hands("local", workers=2) as found:
        assert found.workers == 2
        assert [one.result() for one in (found.submit(abs, -1), found.submit(abs, -2))] == [1, 2]
    assert found.over


def test_a_cluster_works_the_same() -> None:
    with hands("cluster", workers=1) as found:
        assert found.workers == 1
        assert found.submit(abs, -1).result() == 1
    assert found.over


def test_a_process_of_the_pool_leaves_interrupts_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    class Over:
        def is_set(self) -> bool:
            return True

    monkeypatch.setattr(working, "_stop", [bool])
    before = signal.getsignal(signal.SIGINT)
    try:
        working.begin(Over())  # type: ignore[arg-type]
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        assert working._stop[0]()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_plan_is_the_same_each_time(tmp_path: Path) -> None:
    write_template(tmp_path / "op", workbook=False)
    operation, _travel = readable(tmp_path / "op")
    assert plan_anew(operation, 50, 1) == plan_anew(operation, 50, 1)
