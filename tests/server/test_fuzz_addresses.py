"""Whatever is sent to any address: no fault of ours, and the ledger as it was when it is refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing

import pytest
from argon2 import PasswordHasher

from desk.live import live
from safepassage.desk.accounts import Accounts
from safepassage.desk.files import PLACE
from safepassage.desk.kept_plans import Plans
from safepassage.desk.tries import Tries
from safepassage.server.app import application
from safepassage.server.logs import Log
from server.fuzzing import Fuzzed
from server.talking import talking


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    folder = tmp_path_factory.mktemp("fuzzed")
    file = folder / "accounts.sqlite"
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with pytest.MonkeyPatch.context() as patch, live(patch) as day, closing(Accounts(file, hasher=quick)) as accounts:
        # a folder of its own, so that lists, plans and archives are tried to the end
        day.running.place = folder / PLACE
        day.running.place.mkdir(parents=True)
        day.running.plans = Plans(day.running.place, "OP")
        # all calls come from one place: what it may try too often is tried elsewhere
        patch.setattr(Tries, "allow", lambda *_: None)
        with talking(application(day.running, accounts, log=Log(io.StringIO()))) as client:
            yield Fuzzed(client, day.running, accounts)


def test_forms_and_addresses_are_found(fuzzed: Fuzzed) -> None:
    actions = {form.action for form in fuzzed.forms}
    assert {
        "/logout",
        "/settings/enrol",
        "/settings/invite",
        "/login",
        "/account/password",
        "/accounts/account",
    } <= actions
    pages = {"/", "/log", "/settings", "/account", "/accounts", "/timeline", "/map", "/people", "/manifests",
             "/lists", "/planning", "/closing"}  # fmt: skip
    assert pages <= set(fuzzed.pages)
    assert {("POST", "/api/events"), ("POST", "/login"), ("POST", "/login/passkey")} <= set(fuzzed.routes)


@pytest.mark.parametrize("seed", range(3))
def test_no_fault_of_ours_and_nothing_kept_of_what_is_refused(fuzzed: Fuzzed, seed: int) -> None:
    fuzzed.run(250, seed)
    assert fuzzed.client.get("/health").status_code == 200
    assert min(fuzzed.answered[kind] for kind in ("2xx", "3xx", "4xx")) > 0
