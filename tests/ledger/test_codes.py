"""Every error of the ledger that is meant for people is explained, and nothing else is."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

from safepassage import ledger
from safepassage.desk.explain import explain
from safepassage.ledger.codes import CODES
from safepassage.ledger.findings import OPEN
from safepassage.model.errors import SafepassageError


def descendants(kind: type[SafepassageError]) -> set[type[SafepassageError]]:
    return {kind}.union(*map(descendants, kind.__subclasses__()))


def test_the_codes_of_all_errors_of_this_room_are_explained() -> None:
    for module in pkgutil.walk_packages(ledger.__path__, "safepassage.ledger."):
        importlib.import_module(module.name)
    ours = {kind for kind in descendants(SafepassageError) if kind.__module__.startswith("safepassage.ledger")}
    assert {kind.code for kind in ours} <= CODES.keys()
    assert len({kind.code for kind in ours}) == len(ours)
    assert list(CODES) == sorted(CODES)
    assert all(explain(code) == CODES[code] for code in CODES)


def test_the_codes_of_all_findings_are_explained_and_all_that_are_explained_are_found() -> None:
    source = Path(ledger.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in source.glob("*.py") if path.name != "codes.py")
    found = set(re.findall(r'"(ledger-[a-z-]+)"', text)) - {"ledger-export-refused"}
    assert found == {code for code in CODES if code.startswith("ledger-")} - {"ledger-export-refused"}
    assert found >= OPEN
