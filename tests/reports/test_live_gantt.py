"""The chart of the day and the tables beside it, from stays written by hand."""

from __future__ import annotations

import pytest

from reports import material
from safepassage.reports.live_gantt import Span, Stay, VehicleLine, chart, line_rows, stay_rows, told_lateness
from safepassage.reports.words import Phrase, plain, setting_of

SETTING = setting_of(material.OPERATION, material.PLAN)


def english(phrase: Phrase) -> str:
    return plain(phrase.en).replace("\N{NO-BREAK SPACE}", " ")


def span(at_s: int, within_s: int = 0) -> Span:
    return at_s - within_s, at_s, at_s + within_s


def stay(
    site: str,
    planned: tuple[int | None, int | None],
    actual: tuple[Span | None, Span | None] = (None, None),
    forecast: tuple[int | None, int | None] = (None, None),
) -> Stay:
    return Stay(site=site, planned=planned, actual=actual, forecast=forecast)


NOT_BEGUN = VehicleLine(
    vehicle="A1", late_s=None,
    stays=(stay("camp", (None, 3600), forecast=(None, 3600)), stay("town", (7200, None), forecast=(7200, None))),
)  # fmt: skip
ON_THE_ROAD = VehicleLine(
    vehicle="B1", late_s=900,
    stays=(
        stay("camp", (None, 3600), (None, span(4500))),
        stay("oasis", (7200, 9000), forecast=(8100, 9900)),
        stay("town", (20000, None), forecast=(20900, None)),
    ),
)  # fmt: skip
THERE = VehicleLine(
    vehicle="E1", late_s=-600,
    stays=(stay("camp", (None, 3600), (None, span(3000, 600))), stay("town", (7200, None), (span(6600), None))),
)  # fmt: skip
LINES = (NOT_BEGUN, ON_THE_ROAD, THERE)


def test_each_drive_is_drawn_as_planned_and_as_it_is() -> None:
    found = chart(LINES, 8000, SETTING)
    doings = [[bar.doing for bar in lane.bars] for lane in found.lanes]
    assert doings == [["planned", "forecast"], ["planned", "driving", "planned", "forecast"], ["planned", "driven"]]
    planned, actual = found.lanes[2].bars
    assert planned.y < actual.y
    assert actual.x < planned.x
    assert [len(lane.blurs) for lane in found.lanes] == [0, 0, 1]
    assert found.lanes[1].bars[1].x < found.now_x < found.lanes[1].bars[3].x
    assert all(0 <= bar.x <= bar.x + bar.width <= 1200 for lane in found.lanes for bar in lane.bars)
    assert [english(lane.label) for lane in found.lanes] == ["A1", "B1", "E1"]


def test_what_is_not_known_is_not_drawn() -> None:
    bare = VehicleLine(vehicle="A1", late_s=None, stays=(stay("camp", (None, None)), stay("town", (None, None))))
    assert chart((bare,), 0, SETTING).lanes[0].bars == ()
    assert chart((), 0, SETTING).lanes == ()


def test_labels_stand_where_there_is_room() -> None:
    labels = [bar.label and english(bar.label) for bar in chart(LINES, 0, SETTING).lanes[1].bars]
    assert labels[0] is None
    assert labels[3] == "Town"


@pytest.mark.parametrize(
    ("late_s", "words"),
    [
        (None, "nothing due yet"), (0, "on time"), (-299, "on time"), (299, "on time"), (300, "5 min late"),
        (5430, "1 h 30 min late"), (-660, "11 min early"),
    ],
)  # fmt: skip
def test_lateness_in_words(late_s: int | None, words: str) -> None:
    assert english(told_lateness(late_s)) == words


def test_the_table_says_what_comes_next_and_how_it_ends() -> None:
    rows = line_rows(LINES, SETTING)
    assert [english(row.next) for row in rows] == ["leaves Camp", "arrives at Oasis",
                                                    "has arrived"]  # fmt: skip
    assert [english(row.next_planned) for row in rows] == ["Mon 13:00", "Mon 14:00", "–"]
    assert [english(row.next_forecast) for row in rows] == ["Mon 13:00", "Mon 14:15", "–"]
    assert [english(row.end_forecast) for row in rows] == ["Mon 14:00", "Mon 17:48", "arrived Mon 13:50"]
    assert [row.grave for row in rows] == [False, True, False]


def test_at_a_site_the_next_is_to_leave_it() -> None:
    waiting = VehicleLine(vehicle="A1", late_s=0, stays=(
        stay("camp", (None, 0), (None, span(0))),
        stay("oasis", (3600, 7200), (span(3600), None), (None, 7200)),
        stay("town", (9000, None), forecast=(9000, None)),
    ))  # fmt: skip
    [row] = line_rows((waiting,), SETTING)
    assert english(row.next) == "leaves Oasis"
    assert english(row.next_forecast) == "Mon 14:00"


def test_the_stays_of_one_vehicle() -> None:
    camp, town = stay_rows(THERE, SETTING)
    assert english(camp.actual[1]) == "Mon 12:50 (between Mon 12:40 and Mon 13:00)"
    assert [english(one) for one in town.actual] == ["Mon 13:50", "–"]
    assert [english(one) for one in camp.planned] == ["–", "Mon 13:00"]
