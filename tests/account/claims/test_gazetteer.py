"""Places and parties by their spellings, by ear and by their initials."""

from __future__ import annotations

import pytest

from reports.material import OPERATION
from safepassage.account.claims.gazetteer import Gazetteer, gazetteer_of
from safepassage.account.claims.tokens import sentences

KNOWN = Gazetteer(
    [
        ("bukamal", "Al Bukamal", "site"),
        ("hospital", "Hospital in Qara", "site"),
        ("assembly", "Assembly point, barrens of Qara", "site"),
        ("ring", "Ring road Tadmur", "road"),
        ("state", "Northern State in western Qalamoun", "party"),
        ("north", "Northern Watch", "party"),
        ("nothing", "", "site"),
    ]
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("They went to Abu Kamal.", [("bukamal", False)]),
        ("They went to Al-Bukamal.", [("bukamal", False)]),
        ("ذهبوا إلى البوكمال", [("bukamal", False)]),
        ("They went to Qara.", [("", False)]),
        ("They took Tadmor.", [("ring", False)]),
        ("The NS agreed.", [("state", True)]),
        ("The Northern State agreed.", [("state", True)]),
        ("The northern state of things.", []),
        ("The Hospital is full.", []),
        ("They came by Car.", []),
        ("", []),
    ],
)
def test_what_a_sentence_names(text: str, found: list[tuple[str, bool]]) -> None:
    tokens = [token for sentence in sentences(text) for token in sentence.tokens]
    assert [(one.id, one.party) for one in KNOWN.find(tokens)] == found


def test_an_operations_own_names_and_more_of_them() -> None:
    site = next(one for one in OPERATION.sites if one.kind != "junction")
    known = gazetteer_of(OPERATION, {str(site.id): ("Zamalkandar",)})
    tokens = [token for sentence in sentences("Near Zamalkandar.") for token in sentence.tokens]
    assert [one.id for one in known.find(tokens)] == [site.id]
