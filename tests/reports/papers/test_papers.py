"""Each paper: what a reader must find on it, in every language, filled in and blank."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from reports.material import INFEASIBLE, PLAN
from reports.papers.material import NAMED, papers, pdf_of, reader, source, told
from safepassage.model.plan import Manifest, Ride
from safepassage.reports.papers import cards, consent, manifest
from safepassage.reports.papers.blocks import Cards, Table
from safepassage.reports.papers.kinds import BLANK, KINDS, papers_of, withheld
from safepassage.reports.papers.press import data_of
from safepassage.reports.papers.source import Rehearsed, Spans, setup_of
from safepassage.reports.words import Language, plain

PEOPLE, AT_MOST = 40, 20


def text_of(kind: str, about: str = "", redaction: str = "full", languages: tuple[Language, ...] = ("en",)) -> str:
    given = source(redaction, languages)
    paper = next(one for one in papers(kind, given) if not about or one.about == about)
    return " ".join(told(pdf_of(paper, given)).split())


@pytest.mark.parametrize("languages", [("en", "ar"), ("fr",)], ids="+".join)
@pytest.mark.parametrize("kind", KINDS)
def test_every_paper_can_be_set_filled_in_and_blank(kind: str, languages: tuple[Language, ...]) -> None:
    given = source("full", languages)
    made = [papers(kind, given)[0], KINDS[kind].blank(given)]
    for paper in made:
        read = reader(pdf_of(paper, given))
        assert read.metadata is not None
        assert str(read.metadata.title).startswith(paper.title.of(languages[0]))
        assert 1 <= len(read.pages) <= 5
    assert made[1].blank
    assert "P001" not in data_of(made[1], setup_of(given))


def test_papers_come_in_order_and_blank_ones_last() -> None:
    given = source("full")
    some = list(papers_of(given, ("handover", BLANK, "manifest")))
    assert [one.kind for one in some if not one.blank] == ["manifest"] * 3 + ["handover"] * 2
    assert [one.kind for one in some if one.blank] == list(KINDS)
    assert [one.blank for one in some] == [False] * 5 + [True] * len(KINDS)


def test_what_is_medical_is_for_the_medical_role_alone() -> None:
    for redaction in ("names", "code-only"):
        given = source(redaction)
        assert withheld(given.stamp, tuple(KINDS)) == ("referral",)
        assert "referral" not in [one.kind for one in papers_of(given, tuple(KINDS))]
    assert withheld(source("medical").stamp, tuple(KINDS)) == ()


def test_a_plan_that_moves_nobody_has_only_what_comes_before_it() -> None:
    given = source(plan=INFEASIBLE)
    assert {one.kind for one in papers_of(given, tuple(KINDS))} == {"consent", "notification", "incident-log"}


def test_a_manifest_names_who_rides_household_by_household() -> None:
    said = text_of("manifest", "B1", "names")
    assert "Trip C-B1: Camp to Town, leaves Mon 17:01" in said
    assert "1 P001 Name001 H1 adult" in said
    assert "wheelchair, help needed" in said
    assert "Expected: 7 people (6 walking, 1 in wheelchairs)" in said


def test_a_manifest_in_two_languages_has_both_labels() -> None:
    said = text_of("manifest", "B1", languages=("en", "ar"))
    for word in ("Passenger manifest", "كشف", "Household", "الأسرة", "adult"):
        assert word in said


def test_long_lists_come_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "MOST_LINES", AT_MOST)
    monkeypatch.setattr(cards, "MOST_CARDS", AT_MOST)
    monkeypatch.setattr(consent, "MOST_HOUSEHOLDS", 5)
    first = NAMED.people[0]
    crowd = tuple(replace(first, id=f"Q{n:04}", household=f"Q{n // 4}") for n in range(PEOPLE))
    rides = tuple(Ride(person=one.id, board=0, alight=2) for one in crowd)
    trip = next(one for one in PLAN.trips if one.id == "C-B1")
    plan = replace(PLAN, manifests=(Manifest(trip=trip.id, vehicle=trip.vehicle, rides=rides),))
    given = source(operation=replace(NAMED, people=crowd), plan=plan)

    lists = papers("manifest", given)
    rows = [block.rows for one in lists for block in one.blocks if isinstance(block, Table)]
    assert [one.part for one in lists] == [1, 2]
    assert [len(one) for one in rows] == [AT_MOST, AT_MOST]
    assert [row[0] for one in rows for row in one] == [str(n) for n in range(1, PEOPLE + 1)]

    sheets = papers("boarding-cards", given)
    assert [len(block.cards) for one in sheets for block in one.blocks if isinstance(block, Cards)] == [AT_MOST] * 2
    assert [one.part for one in papers("consent", given)] == [1, 2]


def test_boarding_cards_are_for_rides_that_are_boarded_by_card() -> None:
    given = source("names")
    (ambulance,) = (one for one in papers("boarding-cards", given) if one.about == "A1")
    said = " ".join(told(pdf_of(ambulance, given)).split())
    # on the convoy; neither of the rides to the hospital and back
    assert said.count("P005") == 1
    for word in ("Name005", "Vehicle A1", "From Camp", "Leaves Mon 17:00", "To Town", "Needs stretcher, escort needed"):
        assert word in said


def test_a_convoy_order_lists_serials_with_their_loads() -> None:
    said = text_of("convoy-order")
    assert "Night convoy" in said
    assert "1 A1 ambulance Mon 17:00 1 1 on stretchers" in said
    assert "2 B1 bus White bus Mon 17:01 7 6 walking, 1 in wheelchairs" in said
    assert "3 E1 escort Mon 17:02 0 none" in said
    assert "People aboard, all 8 people" in said
    assert "Leave 1 min between vehicles" in said


def test_a_movement_timetable_goes_from_start_point_to_release_point() -> None:
    said = text_of("movement-timetable")
    assert "Camp start point 0 m Mon 17:00 Mon 17:02" in said
    assert "Oasis control point 200 km Mon 20:20 Mon 20:22 45 min (halt of the convoy, rest, refuel)" in said
    assert "Town release point 450 km Tue 01:15 Tue 01:17" in said


def test_a_timetable_that_leaves_out_the_assembly_site_gets_it() -> None:
    order = PLAN.convoys[0]
    given = source(plan=replace(PLAN, convoys=(replace(order, timetable=order.timetable[1:]),)))
    said = " ".join(told(pdf_of(papers("movement-timetable", given)[0], given)).split())
    assert "Camp start point 0 m Mon 17:00 Mon 17:02" in said
    assert "Oasis control point" in said


def test_times_of_a_rehearsal_stand_beside_those_of_the_plan() -> None:
    def after(name: str, *, by_s: int, high: bool = True, never: float = 0.0) -> dict[str, Spans]:
        at_s = PLAN.convoys[0].departs_s + by_s
        return {name: Spans(half_s=at_s, low_s=at_s - 600, high_s=at_s + 3600 if high else None, never=never)}

    convoy = PLAN.convoys[0].convoy
    spans = (
        after(f"departed:{convoy}", by_s=1800)
        | after(f"head oasis {convoy}", by_s=4 * 3600)
        | after(f"tail oasis {convoy}", by_s=5 * 3600, high=False, never=0.07)
        | {f"head town {convoy}": Spans(half_s=None, low_s=None, high_s=None, never=1.0)}
    )
    without = text_of("movement-timetable")
    given = source(rehearsed=Rehearsed(runs=1234, spans=spans))
    said = " ".join(told(pdf_of(papers("movement-timetable", given)[0], given)).split())
    assert "rehearsed" not in without
    assert "In 1,234 rehearsed runs of this plan" in said
    assert "Camp Mon 17:00 Mon 17:30 Mon 17:20 – Mon 18:30 Mon 17:02 Mon 17:32 Mon 17:22 – Mon 18:32" in said
    assert "Oasis Mon 20:20 Mon 21:00 Mon 20:50 – Mon 22:00 Mon 20:22 Mon 22:00 Mon 21:50 or later, or never" in said
    assert "Town Tue 01:15 – – Tue 01:17 – –" in said
    assert "it never came to pass in 100 % of the runs" in said
    sure = source(rehearsed=Rehearsed(runs=10, spans=after(f"departed:{convoy}", by_s=0)))
    assert "never came" not in told(pdf_of(papers("movement-timetable", sure)[0], sure))


def test_a_point_that_is_passed_twice_has_no_rehearsed_time() -> None:
    order = PLAN.convoys[0]
    first = order.timetable[1]
    again = replace(first, head_s=first.head_s + 60, tail_s=first.tail_s + 60)
    plan = replace(PLAN, convoys=(replace(order, timetable=(*order.timetable, again)),))
    spans = Spans(half_s=first.head_s, low_s=first.head_s, high_s=first.head_s, never=0)
    given = source(plan=plan, rehearsed=Rehearsed(runs=9, spans={f"head {first.site} {order.convoy}": spans}))
    said = " ".join(told(pdf_of(papers("movement-timetable", given)[0], given)).split())
    assert said.count("Oasis Mon 20:20 – – Mon 20:22 – –") == 1


def test_a_driver_knows_the_way_the_place_and_what_to_do() -> None:
    said = text_of("driver-briefing", "B1")
    for word in ("Serial 2 of 3", "Ahead of you A1", "Behind you E1", "Oasis 200 km Mon 20:21 Mon 21:06 rest"):
        assert word in said
    for word in ("7 people board", "7 people get off", "If the vehicle breaks down", "If you lose the convoy"):
        assert word in said


def test_a_driver_outside_a_convoy_is_told_no_place() -> None:
    said = text_of("driver-briefing", "M1")
    assert "Serial" not in said
    assert "Trip S-1: Village to Camp" in said


def test_a_driver_is_told_where_the_night_slows_him() -> None:
    trip = next(one for one in PLAN.trips if one.id == "S-1")
    slow = replace(trip, stops=(trip.stops[0], replace(trip.stops[1], slow=True)))
    given = source(plan=replace(PLAN, trips=(slow,), convoys=()))
    paper = papers("driver-briefing", given)[0]
    assert "drive at the night’s speed" in " ".join(told(pdf_of(paper, given)).split())


def test_a_convoy_without_an_order_leaves_its_vehicles_without_place() -> None:
    order = replace(PLAN.convoys[0], order=("A1",))
    given = source(plan=replace(PLAN, convoys=(order,)))
    (only,) = (one for one in papers("driver-briefing", given) if one.about == "A1")
    said = " ".join(told(pdf_of(only, given)).split())
    assert "Ahead of you –" in said
    assert "Behind you –" in said


def test_a_consent_declaration_has_a_page_for_each_household() -> None:
    given = source("names")
    (camp,) = (one for one in papers("consent", given) if one.about == "camp")
    pages = reader(pdf_of(camp, given)).pages
    assert len(pages) == 5
    assert "Name001" in pages[0].extract_text()
    assert "Name003" in pages[1].extract_text()
    assert "free choice" in pages[4].extract_text()


def test_where_somebody_wishes_to_go_is_filled_in_where_it_is_known() -> None:
    people = tuple(replace(one, destination="hall") for one in NAMED.people)
    given = source(operation=replace(NAMED, people=people))
    assert "hall" in told(pdf_of(papers("consent", given)[0], given))


def test_a_referral_tells_the_way_out_and_on_its_second_page_the_way_back() -> None:
    given = source("medical")
    (only,) = papers("referral", given)
    out, back = (" ".join(page.extract_text().split()) for page in reader(pdf_of(only, given)).pages)
    for word in ("P005", "Name005", "Clinic", "1 h", "Mon 13:05", "Mon 13:25", "Goes along none"):
        assert word in out
    for word in ("Mon 14:30", "Mon 15:00", "Stays in hospital", "Died, on"):
        assert word in back


def test_a_referral_names_the_codes_of_who_goes_along() -> None:
    given = source("medical", plan=replace(PLAN, referrals=(replace(PLAN.referrals[0], accompanied_by=("P004",)),)))
    assert "P004" in told(pdf_of(papers("referral", given)[0], given))


def test_every_party_gets_a_notification_that_tells_consent_from_receipt() -> None:
    given = source()
    assert [one.about for one in papers("notification", given)] == ["army", "faction"]
    said = text_of("notification", "army", "code-only")
    for word in ("To: The army", "8 people", "4 vehicles", "Mon 28 Aug 2017", "Tue 29 Aug 2017, 01:17",
                 "We consent to the passage", "To acknowledge is not to consent."):  # fmt: skip
        assert word in said


def test_a_handover_counts_who_gets_off_at_the_end_by_both_sides() -> None:
    given = source()
    assert [one.about for one in papers("handover", given)] == ["A1", "B1"]
    said = text_of("handover", "B1")
    for word in ("walking 6", "wheelchair 1", "stretcher 0", "All 7", "Place Town", "Hands over", "Takes over"):
        assert word in said


def test_words_of_papers_bring_no_isolates_of_their_own() -> None:
    assert plain(source().operation.title) == "Exercise"
