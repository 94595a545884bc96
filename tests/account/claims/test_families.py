"""Which reports are one source."""

from __future__ import annotations

from account.claims import texts
from account.claims.measuring import GAZETTEER
from safepassage.account.claims.families import aligned, families, lent_dates, likeness, made_by, with_families
from safepassage.account.claims.reading import Report, read_report


def reports() -> list[Report]:
    named = (("one", texts.FIRST), ("two", texts.SECOND), ("three", texts.THIRD))
    return [read_report(text, GAZETTEER, name=name) for name, text in named]


def test_shared_sentences_make_one_family_that_likeness_of_documents_misses() -> None:
    found = families(reports())
    assert found.members == {"one": ("one", "two"), "three": ("three",)}
    link = found.links[0]
    assert link.named == "Levant Wire"
    assert len(link.shared) == 2
    for shared in link.shared:
        assert texts.FIRST[slice(*shared.first)][:20] == texts.SECOND[slice(*shared.second)][:20]
    # what others measure is nearer to that of strangers than to a copy's, which is 1
    assert likeness(texts.FIRST, texts.SECOND) < 0.3
    assert likeness(texts.FIRST, texts.THIRD) < 0.05


def test_sentences_alone_are_enough_and_so_is_a_name() -> None:
    unnamed = texts.FIRST.replace(", according to Levant Wire", "")
    third = "40 people left, according to Levant Wire."
    named = (("a", unnamed), ("b", texts.SECOND), ("c", third))
    one, two, three = (read_report(text, GAZETTEER, name=name) for name, text in named)
    found = families([one, two, three])
    assert found.members == {"a": ("a", "b", "c")}
    assert [link.named for link in found.links] == ["", "Levant Wire"]


def test_a_quotation_that_both_heard_is_no_copy() -> None:
    said = '"We have been waiting on this square since the early morning and nobody has told us where the buses go."'
    one = f"{said} The crowd was large.\n\nIt rained."
    other = f"Snow lay on the hills.\n\n{said} A woman turned away."
    assert aligned(one, other) == ()


def test_each_sentence_is_aligned_once() -> None:
    sentence = "The buses stood on the square before the school until the lamps went out in the town. "
    assert len(aligned(sentence * 3, sentence)) == 1


def test_dates_are_lent_within_a_family_alone() -> None:
    every = reports()
    assert [one.written for one in every] == ["", "", "2017-08-30"]
    dated = [every[0], read_report(texts.SECOND, GAZETTEER, name="two", written=None), every[2]]
    assert lent_dates(dated, families(dated)) == {}
    dated[1] = read_report(f"2017-08-30\n\n{texts.SECOND}", GAZETTEER, name="two")
    assert lent_dates(dated, families(dated)) == {"one": "2017-08-29"}
    marked = with_families(dated, families(dated))
    assert {claim.family for one in marked[:2] for claim in one.claims} == {"one"}
    assert families(dated).of("elsewhere") == "elsewhere"


def test_who_made_a_report() -> None:
    assert made_by(texts.SECOND) == "Levant Wire"
    assert made_by(texts.THIRD) == "Desert Post"
    assert made_by("no head") == ""
