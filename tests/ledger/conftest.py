"""What tests of the ledger may ask for: a real PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ledger.postgres_server import NoServerError, Server, running_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Lend a running server; skipped where there is none, except in CI, where that would pass for a test made."""
    try:
        with running_server() as server:
            yield server
    except NoServerError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
