"""Accounts from a file and from a live ledger, and what leaves the house only when two agree."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from account import hard_day
from account.hard_day import CASE, END_S, MISSING, hard_day_running
from safepassage.desk.accounting import (
    Account,
    as_told,
    ask_for_situation,
    given_out,
    open_account,
    situation_for,
    situation_given,
    statement_for,
)
from safepassage.desk.approvals import approve_event, decide
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.desk.running import Running
from safepassage.ledger.stores.opening import open_store
from safepassage.ledger.vocabulary import Disclosed
from safepassage.model.errors import UsageError
from safepassage.reports.account_pages import situation_page

CHIEF, SECOND = Who(name="N1", role="coordinator"), Who(name="N2", role="deputy")
WATCHER = Who(name="N3", role="observer")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Write the hard day's ledger and plan."""
    place = tmp_path_factory.mktemp("day")
    store = open_store(place / "ledger.sqlite")
    hard_day.write_ledger(store)
    store.keep_checkpoint(hard_day.hard_day().note)
    store.close()
    (place / "plan.json").write_bytes(gzip.decompress(hard_day.PLAN.read_bytes()))
    return str(place / "ledger.sqlite"), place / "plan.json"


@pytest.fixture(scope="module")
def account(files: tuple[str, Path]) -> Account:
    return open_account(CASE, *files)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with hard_day_running() as one:
        yield one


def test_a_file_is_read_whole_with_its_seal(account: Account) -> None:
    day = hard_day.hard_day()
    assert account.record.state.sha256() == day.board.state().sha256()
    assert account.record.at_s == 109_800
    assert account.seal is not None
    assert account.seal.size == len(day.events)


def test_at_an_instant_what_the_log_held_then_counts(files: tuple[str, Path]) -> None:
    early = open_account(CASE, *files, at="2017-08-28T14:10")
    assert early.record.at_s == 8 * 3600 + 600
    assert early.seal is None
    contested = {one.id: one.standing for one in early.statement("hezbollah").owes}["fate-first"]
    assert contested == "contested"
    # what the phones handed in at 13:30 was there, what they recorded of the afternoon was not
    assert not any(one.referral for one in early.record.state.people.values())
    aware = open_account(CASE, *files, at="2017-08-28T11:10:00+00:00")
    assert aware.record.state.sha256() == early.record.state.sha256()
    with pytest.raises(UsageError, match="--at"):
        open_account(CASE, *files, at="noon")


def test_comparisons_are_read_from_files(account: Account, tmp_path: Path) -> None:
    kept = tmp_path / "other.json"
    kept.write_bytes(msgspec.json.encode(as_told(account.comparison())))
    assert account.comparison(None, [kept]).calibration is None
    with pytest.raises(UsageError, match="safepassage-rehearsal/1"):
        account.comparison(kept)
    kept.write_text('{"format": "x", "comparison": {}}', encoding="utf-8")
    with pytest.raises(UsageError, match=r"other\.json: expected a file"):
        account.comparison(None, [kept])


def test_a_rehearsal_is_read_as_the_command_writes_it(account: Account, tmp_path: Path) -> None:
    told = {
        "format": "safepassage-rehearsal/1", "start": "2017-08-28T06:00:00+03:00", "levels": [0.05, 0.5, 0.95],
        "operation": "qalamoun-2017", "sha256": "0", "runs": 10, "seed": 0,
        "instants": [{"name": "departed:main", "quantiles_s": [50_000, 54_382, None], "never": 0.2}],
    }  # fmt: skip
    path = tmp_path / "rehearsal.json"
    path.write_bytes(msgspec.json.encode(told))
    found = account.comparison(path)
    assert (found.runs, found.same) == (10, False)
    assert [one.place for one in found.instants if one.place is not None] == [0.5]
    told["format"] = "safepassage-rehearsal/9"
    path.write_bytes(msgspec.json.encode(told))
    with pytest.raises(UsageError, match="found 'safepassage-rehearsal/9'"):
        account.comparison(path)


def test_every_answer_names_its_format(account: Account) -> None:
    told = [as_told(one) for one in (account.statement("sarc"), account.situation("full"), account.comparison())]
    assert [one["format"] for one in told] == [
        "safepassage-statement/1", "safepassage-situation/1", "safepassage-comparison/1"]  # fmt: skip
    assert msgspec.json.encode(told)


def test_who_may_see_which_report(running: Running) -> None:
    assert situation_for(running, WATCHER, "code-only")[1].people == 700
    assert situation_for(running, CHIEF, "full")[1].recipient == "full"
    with pytest.raises(NotPermittedError, match="names"):
        situation_for(running, WATCHER, "full")
    with pytest.raises(UsageError, match="second person"):
        situation_for(running, CHIEF, "partner")
    with pytest.raises(NotPermittedError):
        statement_for(running, WATCHER, "sarc")
    made = statement_for(running, CHIEF, "sarc")[1]
    assert made.seal is not None
    assert made.seal.size == running.size


def test_a_full_report_has_the_names_that_are_known(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safepassage.desk.accounting.Opener", lambda _: {MISSING[0]: "Name of one"}.get)
    account, found, names = situation_for(running, CHIEF, "full")
    assert names == {MISSING[0]: "Name of one"}
    page = situation_page(account.operation, account.plan, found, names=names).decode()
    assert "Name of one" in page
    codes = situation_for(running, CHIEF, "code-only")[1]
    assert "Name of one" not in situation_page(account.operation, account.plan, codes, names=names).decode()
    assert situation_for(running, CHIEF, "code-only")[2] == {}


def test_what_goes_out_is_agreed_by_two_and_shows_what_was_then() -> None:
    with hard_day_running(END_S) as running:
        for recipient, to, wrong in (("full", "agency", "partners"), ("partner", "", "recipient")):
            with pytest.raises(UsageError, match=wrong):
                ask_for_situation(running, CHIEF, recipient, to)
        with pytest.raises(NotPermittedError):
            ask_for_situation(running, WATCHER, "public", "press")
        number = ask_for_situation(running, CHIEF, "partner", "agency")
        assert given_out(running) == ()
        decide(running, SECOND, number, agrees=True)
        ((name, recipient, to),) = given_out(running)
        assert (recipient, to) == ("partner", "agency")
        size = running.size - 1  # the approval follows
        running.record("found", subject=MISSING[0], site="al-bukamal", actor="N1").result(30)
        account, found = situation_given(running, CHIEF, name)
        assert account.seal is not None
        assert account.seal.size == size
        assert {one.kind: one.n for one in found.figures}["unaccounted"] == 2
        with pytest.raises(UsageError, match="no situation report"):
            situation_given(running, CHIEF, "other")
        with pytest.raises(NotPermittedError):
            situation_given(running, WATCHER, name)


def test_a_report_that_nobody_else_agreed_to_is_not_given_out(running: Running) -> None:
    said = Disclosed(recipient="press", what="situation-public")
    name = running.record("disclosed", subject="alone", actor="N1", payload=said).result(30).name
    assert "alone" not in {one for one, _, _ in given_out(running)}
    with pytest.raises(UsageError, match="no situation report was agreed to"):
        situation_given(running, CHIEF, "alone")
    approve_event(running, SECOND, name).result(30)
    assert ("alone", "public", "press") in given_out(running)
