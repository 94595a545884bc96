"""Geometry of chart and sketch, movement timetable, lists, and what the plan rests on."""

# Ids stand as plain strings here, so that the material reads as an operation folder does.
# mypy: disable-error-code="arg-type,index"

from __future__ import annotations

from itertools import combinations, pairwise

import msgspec
import pytest

from reports.material import END_S, INFEASIBLE, OPERATION, PLAN, SPEED_GUESS
from safepassage.model.clauses import TimeWindow
from safepassage.model.places import Site
from safepassage.model.plan import Plan, Referral
from safepassage.model.time import Window
from safepassage.reports import doubts, gantt
from safepassage.reports.labels import Rectangle, place
from safepassage.reports.manifests import sheets
from safepassage.reports.movement import movements
from safepassage.reports.occupation import treatment_lanes, vehicle_bars
from safepassage.reports.sketch import CHARACTER, link_states, sketches
from safepassage.reports.words import LANGUAGES, plain
from safepassage.reports.words.setting import setting_of

SETTING = setting_of(OPERATION, PLAN)


def test_bars_of_a_vehicle_follow_each_other_without_overlap() -> None:
    bars = vehicle_bars(OPERATION, PLAN)

    for line in bars.values():
        for one, other in pairwise(line):
            assert one.end_s <= other.start_s
    assert bars["B1"][-1].end_s == END_S
    assert [(bar.doing, bar.start_s, bar.end_s) for bar in bars["M1"]] == [
        ("board", 0, 150),
        ("drive", 150, 1950),
        ("alight", 1950, 2100),
    ]


def test_a_service_is_cut_by_what_is_done_in_it() -> None:
    bars = vehicle_bars(OPERATION, PLAN)["A1"]
    at_oasis = [(bar.doing, bar.end_s - bar.start_s) for bar in bars if bar.site == "oasis"]

    assert at_oasis == [("drive", 12000), ("refuel", 674), ("rest", 2025), ("halt", 1)]


def test_a_service_of_nobody_is_a_wait() -> None:
    bars = vehicle_bars(OPERATION, PLAN)["E1"]

    assert {bar.doing for bar in bars if bar.site in {"camp", "town"}} == {"wait", "drive"}


def test_treatments_without_numbered_places_fill_the_first_free_lane() -> None:
    def referral(person: str, from_s: int, until_s: int) -> Referral:
        return Referral(
            person=person, hospital="clinic", out_trip="R-out", back_trip="R-back", treated_from_s=from_s,
            treated_until_s=until_s, returned_s=until_s,
        )  # fmt: skip

    plan = msgspec.structs.replace(
        PLAN, referrals=(referral("P1", 0, 10), referral("P2", 5, 20), referral("P3", 10, 30))
    )

    lanes = treatment_lanes(plan)

    assert {lane: [bar.person for bar in bars] for lane, bars in lanes.items()} == {
        ("clinic", 1): ["P1", "P3"],
        ("clinic", 2): ["P2"],
    }


def test_the_chart_holds_everything_inside_its_frame() -> None:
    (chart,) = gantt.charts(OPERATION, PLAN, SETTING)

    assert [plain(lane.label.en) for lane in chart.lanes] == ["A1", "B1", "E1", "M1", "Clinic 1"]
    for lane in chart.lanes:
        assert all(0 <= box.x <= box.x + box.width <= gantt.WIDTH + 1 for box in lane.boxes)
        assert lane.y + gantt.ROW <= chart.height
    assert [plain(band.label.en) for band in chart.bands] == [
        "Leave in the dark",
        "The army opens the west",
        "Town open",
        "closed: Camp – yard",
    ]


def test_milestone_labels_do_not_cover_each_other() -> None:
    (chart,) = gantt.charts(OPERATION, PLAN, SETTING)
    spans = []
    for mark in chart.marks:
        width = gantt.text_width(mark.label)
        spans.append((mark.y, mark.x - width if mark.end else mark.x, mark.x if mark.end else mark.x + width))

    assert len(spans) == 4  # disclosed, referrals closed, departed, arrived with all-arrived; not left: and cleared:
    for (y, start, end), (other_y, other_start, other_end) in combinations(spans, 2):
        assert y != other_y or end <= other_start or other_end <= start


def test_ticks_stand_at_whole_hours_and_name_each_day_once() -> None:
    (chart,) = gantt.charts(OPERATION, PLAN, SETTING)

    assert [tick.label.en for tick in chart.ticks][:3] == ["12:00", "13:00", "14:00"]
    assert [tick.day.en for tick in chart.ticks if tick.day] == ["Mon 28 Aug", "Tue 29 Aug"]


def test_many_vehicles_make_several_charts() -> None:
    fleet = tuple(msgspec.structs.replace(OPERATION.vehicles[3], id=f"M{number}") for number in range(1, 41))
    trips = tuple(msgspec.structs.replace(PLAN.trips[2], id=f"S-{v.id}", vehicle=v.id) for v in fleet)
    operation = msgspec.structs.replace(OPERATION, vehicles=fleet)
    plan = msgspec.structs.replace(PLAN, trips=trips, manifests=(), referrals=())

    assert [len(chart.lanes) for chart in gantt.charts(operation, plan, SETTING)] == [20, 20]


def test_a_movement_of_weeks_still_has_readable_ticks() -> None:
    trip = PLAN.trips[2]
    late = msgspec.structs.replace(trip.stops[-1], depart_s=40 * 86400)
    plan = msgspec.structs.replace(
        PLAN, trips=(msgspec.structs.replace(trip, stops=(trip.stops[0], late)),), referrals=()
    )

    (chart,) = gantt.charts(OPERATION, plan, SETTING)

    assert 8 <= len(chart.ticks) <= 16


@pytest.mark.parametrize(
    ("window", "anchor"),
    [((0, 1000), "start"), ((47000, 90000), "end"), ((0, 90000), "start"), ((90000, 99999), "start")],
)
def test_a_windows_label_stands_where_there_is_room(window: tuple[int, int], anchor: str) -> None:
    clause = TimeWindow(
        id="w", title="A window", milestone="start", windows=(Window(from_s=window[0], until_s=window[1]),)
    )
    operation = msgspec.structs.replace(OPERATION, clauses=(clause,), sites=OPERATION.sites[:-1], closures=())

    (chart,) = gantt.charts(operation, PLAN, SETTING)

    assert chart.bands[0].anchor == anchor


def test_referrals_are_marked_only_where_there_are_some() -> None:
    (chart,) = gantt.charts(OPERATION, msgspec.structs.replace(PLAN, referrals=()), SETTING)

    assert not any("referrals" in mark.label.en for mark in chart.marks)


def test_without_trips_there_is_no_chart() -> None:
    assert gantt.charts(OPERATION, INFEASIBLE, SETTING) == ()


def test_links_are_open_at_times_or_never_by_consent_area_and_closure() -> None:
    states = link_states(OPERATION)

    assert states["track"] == "open"
    assert states["west"] == "sometimes"  # the army consents in a window
    assert states["washed"] == "sometimes"  # a closure ends
    assert states["held"] == "closed"  # its party did not consent
    assert states["north"] == "closed"  # into the area


def test_the_sketch_places_sites_by_their_coordinates() -> None:
    whole, *details = sketches(OPERATION, PLAN, SETTING)
    at = {spot.site.id: (spot.x, spot.y) for spot in whole.spots}

    assert at["village"][0] < at["camp"][0] < at["oasis"][0] < at["town"][0]
    assert at["line"][1] < at["hall"][1]  # north is up
    assert {way.link.id for way in whole.ways if way.used} == {"track", "slope", "lane", "west", "east", "last"}
    assert len(whole.details) == len(details) == 1
    assert {spot.site.id for spot in details[0].spots if spot.labelled} >= {
        "camp",
        "village",
        "clinic",
        "ridge",
        "yard",
    }
    labelled = {spot.site.id for spot in whole.spots if spot.labelled}
    assert labelled & {"camp", "village", "clinic", "ridge", "yard"} == {"camp"}


def test_labels_of_the_sketch_do_not_cover_each_other() -> None:
    for sketch in sketches(OPERATION, PLAN, SETTING):
        for language in LANGUAGES:
            boxes = []
            for spot in sketch.spots:
                if not spot.labelled:
                    continue
                width, label = CHARACTER[language] * len(plain(spot.name.of(language))), spot.labels[language]
                left = label.x - {"start": 0.0, "end": width, "middle": width / 2}[label.anchor]
                boxes.append(Rectangle(left, label.y - 11, left + width, label.y + 3))
            assert all(one.overlap(other) < 1 for one, other in combinations(boxes, 2))


def test_the_scale_bar_is_true_to_the_projection() -> None:
    whole = sketches(OPERATION, PLAN, SETTING)[0]
    at = {spot.site.id: spot for spot in whole.spots}
    metres_per_unit = 111_195 * (34.70 - 34.30) / (at["hall"].y - at["line"].y)

    assert whole.scale_label.en == "50\u00a0km"
    assert whole.scale_x * metres_per_unit == pytest.approx(50_000, rel=0.01)


def test_a_sketch_of_one_site_and_of_none() -> None:
    alone = msgspec.structs.replace(
        OPERATION, sites=(Site(id="camp", kind="assembly", lon=36.6, lat=34.1),), links=(), clauses=()
    )
    empty = msgspec.structs.replace(alone, sites=())

    assert len(sketches(alone, INFEASIBLE, SETTING)) == 1
    assert sketches(empty, INFEASIBLE, SETTING) == ()


def test_a_label_does_not_stand_nearer_to_another_point() -> None:
    labels = place([(100.0, 100.0), (121.0, 100.0)], [60.0, 60.0], Rectangle(0, 0, 400, 300))

    assert labels[0].anchor != "start" or labels[0].y != 104.0


def test_the_movement_timetable_tells_lengths_halts_and_loads() -> None:
    (movement,) = movements(OPERATION, PLAN)

    assert [(point.site, point.length_m, point.stop_s) for point in movement.points] == [
        ("camp", 0, 0),
        ("oasis", 200000, 2700),
        ("fork", 260000, 0),
        ("town", 450000, 600),
    ]
    assert [(serial.vehicle, serial.departs_s, serial.load.people) for serial in movement.serials] == [
        ("A1", 18000, 1),
        ("B1", 18060, 7),
        ("E1", 18120, 0),
    ]


def test_a_convoy_whose_trips_are_missing_still_has_its_timetable() -> None:
    plan = msgspec.structs.replace(PLAN, trips=())
    nobody = msgspec.structs.replace(PLAN, convoys=(msgspec.structs.replace(PLAN.convoys[0], order=()),))

    (movement,) = movements(OPERATION, plan)

    assert [point.length_m for point in movement.points] == [None] * 4
    assert movements(OPERATION, nobody)[0].serials == ()


def test_the_way_to_the_assembly_site_is_not_the_convoys() -> None:
    trip = PLAN.trips[3]
    come = msgspec.structs.replace(trip.stops[0], route=("washed",))
    trips = (msgspec.structs.replace(trip, stops=(come, *trip.stops[1:])),)

    (movement,) = movements(OPERATION, msgspec.structs.replace(PLAN, trips=trips))

    assert [point.length_m for point in movement.points] == [0, 200000, 260000, 450000]


def test_a_stop_that_only_passes_has_no_bar() -> None:
    trip = PLAN.trips[2]
    passing = msgspec.structs.replace(trip.stops[1], start_s=1950, end_s=1950, depart_s=1950)
    plan = msgspec.structs.replace(
        PLAN, trips=(msgspec.structs.replace(trip, stops=(trip.stops[0], passing)),), manifests=()
    )

    assert [bar.doing for bar in vehicle_bars(OPERATION, plan)["M1"]] == ["wait", "drive"]


def test_lists_go_by_household_adults_first() -> None:
    found = {sheet.vehicle.id: sheet.lists for sheet in sheets(OPERATION, PLAN)}
    (bus,) = found["B1"]

    assert [(p.person.id, p.first) for p in bus.passengers] == [
        ("P001", True), ("P002", False), ("P004", True), ("P003", False), ("P008", True), ("P009", False),
        ("P010", False),
    ]  # fmt: skip
    assert bus.load.wheelchair == 1
    assert bus.one_way
    assert [listed.trip.id for listed in found["A1"]] == ["R-out", "R-back", "C-A1"]
    assert "E1" not in found


def test_assumptions_are_grouped_by_reason_and_sources_counted() -> None:
    found = doubts.rows(OPERATION)
    groups = doubts.assumptions(found)

    assert groups[0].reason == SPEED_GUESS.removeprefix("assumption: ")
    assert groups[0].ids == {"vehicles": ("A1",), "sites": ("oasis",), "links": ("west", "east")}
    assert [(source.id, used) for source, used in doubts.source_counts(OPERATION, found)] == [
        ("list", 3),
        ("survey", 2),
    ]
    assert doubts.unsourced(found) == sum(not row.source for row in found) > 0


def test_an_assumption_behind_many_rows_is_told_by_their_number() -> None:
    doubt = doubts.Doubt(reason="", ids={"links": ("a", "b", "c", "d"), "closures": ("washed#1",)})

    assert plain(doubts.doubt_text(SETTING, doubt).en) == "4 roads, closure washed#1: no reason given"


def test_figures_of_milestones_and_clauses_on_the_chain_are_doubted() -> None:
    figures = (
        *OPERATION.figures,
        msgspec.structs.replace(
            OPERATION.figures[0], what="milestones.disclosed.duration_min", source="assumption: guess"
        ),
    )
    operation = msgspec.structs.replace(OPERATION, figures=figures)

    reasons = {doubt.reason for doubt in doubts.on_chain(operation, PLAN)}

    assert {"guess", "as columns do", "doors and a head count"} <= reasons


def test_a_plan_without_a_chain_rests_on_nothing_doubted() -> None:
    assert doubts.on_chain(OPERATION, msgspec.structs.replace(PLAN, chain=())) == ()
    assert isinstance(PLAN, Plan)
