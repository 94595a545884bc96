"""No text of people is a formula in any table, and each is read back as it was."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safepassage.exchange.plain_text import guarded, unguarded

SIGNS = "=+-@＝＋－＠﹢﹣⁺−"
HOSTILE = st.text(alphabet=st.sampled_from([*SIGNS, *" \t\r\n;,'\"|%\u200e\u202e\ufeff\u00a0", *"aا1(!"]), max_size=12)


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", ["", " ", "\t", "\r", "\n", "\u200f", "\u202b ", "\ufeff", "\u00a0", '"', "\x00"])
def test_what_may_run_is_marked(sign: str, before: str) -> None:
    assert guarded(f"{before}{sign}1") == f"'{before}{sign}1" or before in ("\t", "\r", "\n")
    assert guarded(f"{before}{sign}1").startswith("'")


@pytest.mark.parametrize("text", ["P001", "Nur al-Din", "O'Hara", "'Amer", "", "a=b", "1-2", "فاطمة", "H-12"])
def test_what_cannot_run_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text == unguarded(text)


@pytest.mark.parametrize("text", ["a;=1", "a\n=1", "a\r\n@x", "a\t+1"])
def test_what_another_separator_would_lay_open_is_marked(text: str) -> None:
    assert "'=" in guarded(text) or "'@" in guarded(text) or "'+" in guarded(text)


@given(HOSTILE | st.text(max_size=20))
@example("'=1")
@example("''=1")
@example("\t\t=")
@example(";';=")
def test_each_text_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text
