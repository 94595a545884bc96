"""Geometry of the rehearsal's pictures, what gates departure, and its numbers in words."""

# Ids stand as plain strings here, so that the material reads as an operation folder does.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

import re
from itertools import pairwise

import msgspec
import pytest

from reports.material import END_S, INFEASIBLE, OPERATION, PLAN
from reports.rehearsed import BIN_S, BINS, OUTCOME, fan
from safepassage.rehearsal.outcome import LEVELS, Driver, Outcome, Waiting
from safepassage.reports import crowds, spreadbars, tornado
from safepassage.reports.criticality import critical_rows, gates, shaded
from safepassage.reports.fan import LEFT, PLOT, TOP, WIDTH, fan_of, out_as_planned
from safepassage.reports.rehearsal_brief import rehearsal_setting
from safepassage.reports.timescale import Scale, ticks
from safepassage.reports.words import Phrase, plain
from safepassage.reports.words import rehearsal as words
from safepassage.reports.words.figures import KEYS, figure_told
from safepassage.reports.words.setting import setting_of

SETTING = setting_of(OPERATION, PLAN)


def without(**parts: object) -> Outcome:
    return msgspec.structs.replace(OUTCOME, **parts)


def corners(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.e+]+) (-?[\d.e+]+)", path)]


def english(phrase: Phrase) -> str:
    return plain(phrase.en).replace("\u00a0", " ")


def test_people_out_as_planned_count_where_they_alight_for_good() -> None:
    assert out_as_planned(PLAN) == ((47700 + 600, 1), (47760 + 600, 7))
    assert out_as_planned(INFEASIBLE) == ()
    only_referrals = msgspec.structs.replace(PLAN, trips=PLAN.trips[:2], manifests=PLAN.manifests[:2])
    assert out_as_planned(only_referrals) == ()


def test_the_fan_holds_every_band_inside_its_frame_and_inside_the_wider_one() -> None:
    found = fan_of(PLAN, OUTCOME, SETTING)
    assert found is not None

    assert [band.percent for band in found.bands] == [90, 80, 50]
    for band in found.bands:
        assert all(0 <= x <= WIDTH and TOP <= y <= TOP + PLOT for x, y in corners(band.path))
    assert [y for y, _ in found.lines] == sorted((y for y, _ in found.lines), reverse=True)
    assert list(found.lines[-1]) == [TOP, OUTCOME.people]
    assert 0 < found.planned_x < found.due_x <= WIDTH
    assert LEFT > 0


def test_more_people_out_than_planned_stay_inside_the_frame() -> None:
    found = fan_of(PLAN, without(people=4), SETTING)
    assert found is not None

    assert min(y for band in found.bands for _, y in corners(band.path)) == TOP


def test_the_fan_rises_from_nobody_to_all_and_its_table_tells_the_same() -> None:
    found = fan_of(PLAN, OUTCOME, SETTING)
    assert found is not None
    middle = corners(found.middle)

    assert middle[0][1] == TOP + PLOT
    assert middle[-1][1] == TOP
    assert all(later[1] <= sooner[1] for sooner, later in pairwise(middle))
    assert found.rows[0][1] == (0,) * len(LEVELS)
    assert found.rows[-1][1] == (8,) * len(LEVELS)
    for at_s, people in found.rows:
        assert people == tuple(level[at_s // BIN_S - 1] for level in OUTCOME.fan)


def test_the_plans_own_curve_is_a_staircase_that_ends_with_all_at_the_planned_last_arrival() -> None:
    found = fan_of(PLAN, OUTCOME, SETTING)
    assert found is not None
    steps = corners(found.planned)

    assert list(steps[-1]) == [WIDTH, TOP]
    assert max(x for x, y in steps if y > TOP) == found.planned_x


@pytest.mark.parametrize("parts", [{"people": 0}, {"fan": ((0,) * BINS,) * len(LEVELS)}])
def test_where_nobody_comes_out_there_is_no_fan(parts: dict[str, object]) -> None:
    assert fan_of(PLAN, without(**parts), SETTING) is None


@pytest.mark.parametrize("people", [1, 8, 700, 35_000])
def test_lines_across_stand_at_round_counts_apart_and_at_all(people: int) -> None:
    found = fan_of(PLAN, without(people=people, fan=fan(((END_S, people),), 600)), SETTING)
    assert found is not None
    counts = [count for _, count in found.lines]

    assert counts[0] == 0
    assert counts[-1] == people
    assert len(counts) <= 8
    assert counts == sorted(set(counts))


def test_a_crowd_is_drawn_up_to_its_peak_and_sites_without_one_are_left_out() -> None:
    found = crowds.crowds_of(OUTCOME, SETTING)
    assert found is not None

    assert [crowd.site for crowd in found.crowds] == ["camp", "oasis"]
    for crowd in found.drawn:
        assert crowd.path.endswith("Z")
        assert all(0 <= x <= crowds.WIDTH and crowd.y < y <= crowd.floor for x, y in corners(crowd.path))
    assert found.height >= found.drawn[-1].floor
    assert crowds.crowds_of(without(waiting=OUTCOME.waiting[2:]), SETTING) is None


def test_of_many_crowds_the_largest_are_drawn_and_all_are_told() -> None:
    many = tuple(
        Waiting(site=f"s{number}", people=(0.0, float(number + 1)), person_hours=number + 1.0) for number in range(11)
    )
    found = crowds.crowds_of(without(waiting=many), SETTING)
    assert found is not None

    assert [len(found.drawn), len(found.crowds)] == [8, 11]
    assert found.drawn[0].site == "s10"


def test_the_tornado_has_the_largest_cause_first_and_its_interval_around_it() -> None:
    found = tornado.tornado_of(OUTCOME)
    assert found is not None

    assert [bar.driver.group for bar in found.bars] == ["day", "drives", "breakdowns", "new-group"]
    for bar in found.bars:
        assert 0 <= bar.low <= bar.width <= bar.high or bar.driver.share < 0
        assert tornado.LABEL_WIDTH + bar.high <= tornado.WIDTH
    assert [percent for _, percent in found.lines] == [0, 10, 20, 30, 40, 50]
    assert tornado.tornado_of(without(drivers=())) is None


def test_a_cause_above_everything_still_fits() -> None:
    found = tornado.tornado_of(without(drivers=(Driver(group="day", share=1.4, low=1.2, high=1.6),)))
    assert found is not None

    assert tornado.LABEL_WIDTH + found.bars[0].high <= tornado.WIDTH
    assert found.lines[-1][1] == 160


def test_reserves_stand_with_the_one_that_ends_first_first_and_long_ones_are_cut() -> None:
    found = tornado.reserves_of(OUTCOME)
    assert found is not None

    assert [(bar.reserve.what, bar.beyond) for bar in found.bars] == [
        ("water", False), ("medicine", True), ("fuel", True),
    ]  # fmt: skip
    water, medicine, fuel = found.bars
    assert water.no_return == pytest.approx(water.width / 2, abs=0.1)
    assert medicine.no_return is None
    assert fuel.no_return is not None
    assert found.under_way_s == 34000 + int(4.5 * 900)
    assert tornado.reserves_of(without(endurance=())) is None


def test_reserves_without_anybody_under_way_or_an_end() -> None:
    found = tornado.reserves_of(without(under_way=(), endurance=OUTCOME.endurance[:1]))
    assert found is not None

    assert found.under_way is None
    assert found.bars[0].beyond


def test_the_chart_is_as_strong_as_often_on_the_chain() -> None:
    (found,) = shaded(OPERATION, PLAN, OUTCOME, SETTING)
    lanes = {english(lane.label): shades for lane, shades in zip(found.chart.lanes, found.shades, strict=True)}

    assert [shade.level for shade in lanes["A1"]][:2] == [5, 5]  # boards and drives to the clinic in most runs
    assert [shade.level for shade in lanes["Clinic 1"]] == [5]
    assert {shade.level for shade in lanes["E1"]} == {0}
    assert {shade.level for shade in lanes["M1"]} == {0}
    told = [english(shade.label) for shade in lanes["A1"] if shade.label is not None]
    assert told == ["50.2 %", "41.9 %", "33.6 %"]  # the drive to the rest, the rest, the drive on; others are too small


def test_activities_are_told_with_their_planned_end_and_patients_without_their_number() -> None:
    rows = critical_rows(OPERATION, PLAN, OUTCOME, SETTING)

    assert [(english(row.name), row.at_s) for row in rows[:6]] == [
        ("board, Camp: A1", 3900),
        ("drive to Clinic: A1", 5100),
        ("treatment, Clinic", 9000),
        ("milestone: “The fate is disclosed”", 7200),
        ("board, Camp: B1", 15900),
        ("departure, Camp: “Night convoy”", 18000),
    ]
    assert all(row.found.share > 0 for row in rows)


def test_what_gates_departure_adds_up_by_kind_and_site_and_names_no_patient() -> None:
    assert [english(text) for text in gates(OPERATION, OUTCOME, SETTING)] == [
        "board, Camp: in 55 % of runs; most often A1 (40 %)",
        "waiting until it is allowed (“Leave in the dark”, “Disclosure before departure”): in 20 % of runs",
        "treatment, Clinic: in 15 % of runs",
        "milestone: “The fate is disclosed”: in 9.5 % of runs",
    ]


def test_without_a_convoy_nothing_gates_a_departure() -> None:
    plan = msgspec.structs.replace(PLAN, convoys=())

    assert gates(OPERATION, without(gates=()), SETTING) == ()
    assert critical_rows(OPERATION, plan, OUTCOME, SETTING)[5].at_s is None


def test_an_order_that_no_trip_follows_has_no_planned_departure() -> None:
    plan = msgspec.structs.replace(PLAN, trips=())

    assert critical_rows(OPERATION, plan, OUTCOME, SETTING)[5].at_s is None


def test_small_bars_stay_inside_their_room_and_never_lies_at_its_edge() -> None:
    bar = spreadbars.over_time((0, 10, 20, 30, 40, None, None), 25, (0, 100))
    assert bar is not None

    assert (bar.low, bar.middle, bar.high) == (0.0, 0.3 * spreadbars.WIDTH, spreadbars.WIDTH)
    assert bar.thick == (0.2 * spreadbars.WIDTH, 0.4 * spreadbars.WIDTH)
    assert bar.mark == 0.25 * spreadbars.WIDTH
    assert spreadbars.over_time((None,) * 7, 25, (0, 100)) is None


def test_zero_is_marked_only_inside_the_frame() -> None:
    assert spreadbars.of_interval(1.0, 0.0, 2.0, (-1.0, 3.0)).zero == 0.25 * spreadbars.WIDTH
    assert spreadbars.of_interval(0.5, 0.4, 0.6, (0.0, 1.0)).zero is None
    assert spreadbars.frame_of([0.0, 0.0]) == (-1.0, 1.0)
    assert spreadbars.frame_of([2.0, 4.0]) == pytest.approx((-0.2, 4.2))


def test_ticks_stand_at_round_local_times_whatever_the_span() -> None:
    for span_s in (1800, 86400, 5 * 86400, 90 * 86400):
        found = ticks(SETTING, Scale(0, span_s, 600))
        assert 1 <= len(found) <= 9
        assert all(0 <= tick.x < 600 for tick in found)
        assert found[0].day is not None


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 %"), (0.0002, "under 0.1 %"), (0.123, "12.3 %"), (0.5, "50 %"), (0.9995, "over 99.9 %"), (1.0, "100 %")],
)
def test_a_share_never_looks_surer_than_it_is(value: float, text: str) -> None:
    assert english(words.share(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.041, "+4.1 points"), (-0.004, "−0.4 points"), (0.0001, "0 points"), (-0.0001, "0 points"), (0.0, "0 points")],
)
def test_differences_of_chances_have_a_sign(value: float, text: str) -> None:
    assert english(words.points(value)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "unchanged"), (20.0, "changed by less than 1 min"), (-100.0, "2 min later"), (5400.0, "1 h 30 min earlier")],
)
def test_earlier_and_later_to_the_minute(seconds: float, text: str) -> None:
    assert english(words.earlier(seconds)) == text


@pytest.mark.parametrize(
    ("change", "text"),
    [("bus+1", "1 bus more"), ("ambulance-2", "2 ambulances fewer"), ("minibus+3", "3 minibuses more"),
     ("window+40min", "All windows and deadlines 40 min longer"),
     ("window-1h", "All windows and deadlines 1 h shorter"), ("bus+1h", "bus+1h"), ("camel+1", "camel+1"),
     ("something else", "something else")],
)  # fmt: skip
def test_changes_in_words(change: str, text: str) -> None:
    assert english(words.change_name(change)) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [("head oasis main", "Head of “Night convoy” reaches Oasis"),
     ("tail town main", "Tail of “Night convoy” reaches Town"),
     ("all-arrived", "everyone has arrived"), ("head", "head"), ("disclosed", "The fate is disclosed")],
)  # fmt: skip
def test_instants_in_words(name: str, text: str) -> None:
    assert english(words.instant_name(SETTING, name)) == text


@pytest.mark.parametrize(
    ("what", "text"),
    [("drive", "How long drives take"), ("treatment clinic", "How long treatment takes: Clinic"),
     ("milestone disclosed", "When a party brings something about: The fate is disclosed"),
     ("limits.setup_s", "time to open a service at a stop"), ("limits.nothing", "figure limits.nothing"),
     ("what is this", "what is this"),
     ("breakdown bus B1", "Breakdowns: buses, B1"), ("spare bus camp", "Spare vehicles: buses, Camp"),
     ("vehicle A1 B1 C1 D1 E1", "Vehicles: speed, crews, from when: A1, B1, C1, D1 and 1 more"),
     ("link west last", "How far it is, and how long planned: Camp – Oasis, Valley road")],
)  # fmt: skip
def test_assumptions_in_words(what: str, text: str) -> None:
    assert english(words.assumption_name(SETTING, what)) == text


@pytest.mark.parametrize(
    ("figure", "text"),
    [("15000 m, 1560 s", "15 km, 26 min"), ("7200 s + 1800 s", "not before Mon 14:00, lasts 30 min"),
     ("1200 s", "20 min"), ("1200", "1200"),
     ("times lognormal 1.05 1.4, day 0.3, place 0.3",
      ("the planned time, times half below 1.05, 9 in 10 below 1.4, 30 % common to the whole day, "
       "30 % common to the place")),
     ("plus pert 0 1800 28800", "late by 0 min to 8 h, mostly about 30 min"),
     ("probability 0.05, between 43200-108000 s, lasts lognormal 43200 1.2096e+06",
      "probability 5 %, at any time Tue 00:00 – 18:00, lasts half below 12 h, 9 in 10 below 14 d"),
     ("per_1000_km 0.1, lasts uniform 900 1800", "0.1 in 1,000 km, lasts 15 min to 30 min"),
     ("speed_percent 90, crews 2, available_from_s 3600", "90 % of road speed, crews: 2, available from Mon 13:00"),
     ("amount 4200, per_day 2100 (kcal, per person)", "4,200 at the start, 2,100 a day (in kcal, each person)"),
     ("amount 300, per_100_km 32.5 (litres, per vehicle)",
      "300 at the start, 32.5 in 100 km (in litres, each vehicle)"),
     ("amount plenty (litres, per vehicle)", "amount plenty (litres, per vehicle)"),
     ("times pert 1 2", "times pert 1 2"), ("times gauss 1 2", "times gauss 1 2"), ("odd 3", "odd 3"),
     ("spacing_s 30, and so on", "spacing_s 30, and so on"), ("", "")],
)  # fmt: skip
def test_assumed_figures_in_words_and_unknown_ones_as_they_are(figure: str, text: str) -> None:
    assert english(figure_told(SETTING, "drive", figure)) == text


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_part_of_a_figure_that_is_known_has_its_words(key: str) -> None:
    assert english(figure_told(SETTING, "drive", f"{key} 1")) != f"{key} 1"


def test_a_bare_number_is_a_time_where_the_figure_is_one() -> None:
    assert english(figure_told(SETTING, "limits.setup_s", "120")) == "2 min"
    assert english(figure_told(SETTING, "limits.pickups", "120")) == "120"


def test_rides_whoms_and_means_in_words() -> None:
    assert english(words.ride_name(SETTING, "B1 C-B1")) == "B1, trip C-B1"
    assert english(words.ride_name(SETTING, "B1")) == "B1"
    assert english(words.whom_name("")) == "everyone"
    assert english(words.whom_name("camel")) == "camel"
    assert [english(words.mean(value)) for value in (0.34, 9.96, 12.4, 1234.0)] == ["0.3", "10.0", "12", "1,234"]


def test_a_rehearsal_that_ends_on_the_first_day_needs_no_day_in_its_times() -> None:
    plan = msgspec.structs.replace(PLAN, objective=None)

    assert not rehearsal_setting(OPERATION, plan, without(instants=(), due_s=3600)).with_day
    assert rehearsal_setting(OPERATION, plan, OUTCOME).with_day
