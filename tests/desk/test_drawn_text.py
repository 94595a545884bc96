"""Names are found in the letters of a PDF however they were set, and others are not."""

from __future__ import annotations

import pytest

from safepassage.desk.drawn_text import drawn, holds, is_pdf, letters, sought


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("1 P001 Mohamed Haddad adult", "Mohamed Haddad", True),
        ("1 P001 HADDAD,\nMohamed adult", "Mohamed Haddad", True),
        ("Mohamed Sayegh adult 2 P002 Haddad", "Mohamed Haddad", False),
        ("Mohamed adult", "Mohamed Haddad", False),
        # from right to left, broken over lines, with the forms that letters take and lines that are drawn longer
        ("الحداد محمد", "محمد الحداد", True),
        ("عبد محمد\nالحداد", "محمد عبد الحداد", True),
        ("\ufea4\ufee4\ufeaa \ufedf\ufeae\u0640\u0640\ufeaf", "حمد لرز", True),
        # taken apart where a letter has a mark
        ("الإدلبي يّيعل بنت فاطمة", "فاطمة بنت عليّ الإدلبي", True),
        ("الإدلبي بنت فاطمة", "فاطمة بنت حسّان الإدلبي", False),
        ("ـنيُسُحَ", "حُسين", True),
        ("سلام", "حُسين", False),
        ("Zoe\u0308 OBrien", "Zoë O’Brien", True),
        ("Li and others", "Li", False),
    ],
)
def test_a_name_is_found_by_its_words(text: str, name: str, found: bool) -> None:  # noqa: FBT001
    one = sought(name)
    assert (one is not None and holds(letters(text), one)) == found


def test_what_is_no_pdf_is_no_pdf() -> None:
    assert is_pdf(b"\n%PDF-1.7")
    assert not is_pdf(b"PK")
    assert drawn(b"%PDF-1.7 nothing follows") == ("", False)
