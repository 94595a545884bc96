"""Fewer bytes on the way: what is packed for whom, and what is not sent again."""

from __future__ import annotations

import gzip
import random

import pytest
from starlette.requests import Request

from safepassage.server.packing import FEWEST, HTML, file_answer, page_answer, unpacks

LONG = b"let one = 1;\n" * FEWEST


def asks(**headers: str) -> Request:
    """Make a request with these headers."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw})


@pytest.mark.parametrize(
    ("said", "found"),
    [("", 0), ("gzip", 1), ("br, GZIP;q=0.5", 1), ("gzip; q=0", 0), ("gzip;q=0.00", 0), ("br", 0)],
)
def test_only_who_says_so_unpacks(said: str, found: int) -> None:
    assert unpacks(asks(accept_encoding=said)) is bool(found)


def test_a_file_is_packed_where_that_makes_it_smaller() -> None:
    packed = file_answer(asks(accept_encoding="gzip"), LONG, "text/javascript")
    assert gzip.decompress(bytes(packed.body)) == LONG
    assert len(packed.body) < FEWEST
    assert packed.headers["content-encoding"] == "gzip"
    assert (packed.headers["cache-control"], packed.headers["vary"]) == ("no-cache", "accept-encoding")
    for content in (b"short", random.Random(1).randbytes(FEWEST)):
        plain = file_answer(asks(accept_encoding="gzip"), content, "text/plain")
        assert bytes(plain.body) == content
        assert "content-encoding" not in plain.headers
    assert bytes(file_answer(asks(), LONG, "text/javascript").body) == LONG


def test_a_file_that_the_browser_holds_is_not_sent_again() -> None:
    tag = file_answer(asks(), LONG, "text/javascript").headers["etag"]
    for held in (tag, f'"other", {tag}'):
        again = file_answer(asks(if_none_match=held, accept_encoding="gzip"), LONG, "text/javascript")
        assert (again.status_code, again.body, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "no-cache"
    assert file_answer(asks(if_none_match=tag), LONG + b" ", "text/javascript").status_code == 200


def test_a_page_is_packed_for_who_unpacks() -> None:
    page = page_answer(asks(accept_encoding="gzip, br"), "مرحبا " * FEWEST, 422)
    assert gzip.decompress(bytes(page.body)).decode() == "مرحبا " * FEWEST
    assert (page.status_code, page.headers["content-type"]) == (422, HTML)
    for answer in (page_answer(asks(accept_encoding="gzip"), "short"), page_answer(asks(), "x" * FEWEST)):
        assert "content-encoding" not in answer.headers
        assert answer.headers["vary"] == "accept-encoding"
