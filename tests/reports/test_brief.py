"""The first answers: in one language each, and on a terminal."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from reports.material import INFEASIBLE, OPERATION, PLAN
from safepassage.model.ids import SiteId
from safepassage.model.plan import ChainLink, Clash, Objective, Plan
from safepassage.rehearsal.outcome import Chance
from safepassage.reports.brief import SURE, Brief, brief, terminal
from safepassage.reports.page import plan_page
from safepassage.reports.rehearsal_brief import odds
from safepassage.reports.words import plain

CLEAN = msgspec.structs.replace(PLAN, violations=())


def shown(found: Brief, *, width: int = 200) -> str:
    stream = io.StringIO()
    terminal(found, Console(file=stream, width=width, color_system=None))
    return stream.getvalue().replace("\u00a0", " ")


def test_the_answers_in_english() -> None:
    found = brief(OPERATION, CLEAN, remarks=("Seats: 10 of 12.",))

    assert found.feasible
    assert found.answer == "Yes, but 1 person cannot be moved."
    assert found.people == "8 of 9 people who consented"
    assert found.last_arrival == "Tue 29 Aug 2017, 01:26"
    assert found.duration.replace("\u00a0", " ") == "13 h 26 min"
    assert [plain(departure.convoy) for departure in found.departures] == ["Night convoy"]
    assert found.departures[0].at == "Mon 28 Aug 2017, 17:00"
    assert plain(found.gap).replace("\u00a0", " ") == (
        "At most 6 min later than the best possible (0.75 %); no plan can take less than 13 h 20 min."
    )
    assert found.remarks == ("Seats: 10 of 12.",)
    assert found.violations == 0


def test_the_answers_in_arabic() -> None:
    found = brief(OPERATION, CLEAN, language="ar")

    assert plain(found.title) == "تمرين"
    assert found.answer == "نعم، لكن يتعذّر نقل شخص واحد."
    assert found.last_arrival == "الثلاثاء 29 آب/أغسطس 2017، 01:26"


def test_what_binds_is_told_in_the_order_of_time() -> None:
    binds = [plain(text).replace("\u00a0", " ") for text in brief(OPERATION, CLEAN).binds]

    assert binds == [
        "“All patients are back”: kept with nothing to spare. It comes at Mon 15:00; due Mon 17:00.",
        "A1 is available only from Mon 13:00.",
        (
            "Departure waits for the referrals by A1 (Mon 13:00 – 14:30): "
            "treatment 1 h, drive 20 min, board 5 min, wait 5 min."
        ),
        "“The fate is disclosed”: Mon 14:30, because of “Disclosure before departure”.",
        "Before departure, B1 (Mon 16:10 – 16:25): board 15 min.",
        "“Night convoy” departs at Mon 17:00, after a wait of 35 min for “Leave in the dark”.",
        "From departure to the last arrival (Mon 17:00 – Tue 01:26): drive 7 h 30 min, rest 45 min, alight 11 min.",
    ]


def test_the_doubtful_are_the_assumptions_on_the_chain_the_weightiest_first() -> None:
    doubtful = [plain(text) for text in brief(OPERATION, CLEAN).doubtful]

    assert doubtful[0] == "vehicle A1, site Oasis, road Camp – Oasis, Oasis – fork: speed of a column at night"
    assert "time to open a service at a stop: doors and a head count" in doubtful
    assert "clause “Disclosure before departure”: the order is our reading" in doubtful
    assert not any("bridge" in text for text in doubtful)  # a closure that nothing on the chain meets


def _with_bound(bound_s: int | None) -> Plan:
    return msgspec.structs.replace(CLEAN, bound_s=bound_s)


def test_the_gap_is_told_as_it_is() -> None:
    assert brief(OPERATION, _with_bound(48360)).gap.startswith("Proven")
    assert brief(OPERATION, _with_bound(None)).gap.startswith("No bound")


def test_broken_rules_come_before_everything() -> None:
    found = brief(OPERATION, PLAN)

    assert found.answer == "Do not use this plan: 1 breach of the hard rules."
    assert found.violations == 1
    assert "7 people on 6 seats" in found.broken[0]


def test_everybody_moved() -> None:
    objective = Objective(unserved=0, makespan_s=3600, exposure_person_s=0, distance_m=0)

    found = brief(OPERATION, msgspec.structs.replace(CLEAN, objective=objective, chain=()))

    assert found.answer == "Yes, if all goes as planned: everyone who asked to go can be moved."
    assert (found.level, found.odds[:13]) == ("unsure", "Not rehearsed")
    assert found.last_arrival == "Mon 28 Aug 2017, 13:00"


@pytest.mark.parametrize(("share", "level"), [(1.0, "good"), (SURE, "good"), (0.04, "warn")])
def test_a_plan_is_good_when_its_rehearsed_runs_are_in_time(share: float, level: str) -> None:
    said = odds(Chance(count=round(1000 * share), runs=1000, share=share, low=share, high=share))
    found = brief(OPERATION, CLEAN, odds=said)

    assert (found.level, found.odds) == (level, said.says.en)
    assert brief(OPERATION, PLAN, odds=said).level == "bad"
    assert f'class="answer {level}"' in plan_page(OPERATION, CLEAN, odds=said).decode()
    assert plain(found.odds) in shown(found)


def test_without_a_plan_the_clashes_and_remedies_answer() -> None:
    found = brief(OPERATION, INFEASIBLE)
    text = shown(found)

    assert not found.feasible
    assert (found.last_arrival, found.duration, found.gap, found.departures) == ("", "", "", ())
    assert "No: as things stand, no plan exists." in text
    assert "- There are not enough seats for “Night convoy”. Needed: 52 seats; there is: 45 seats." in text
    assert "- Add 1 bus. Tried: a plan then exists." in text
    assert "9 people consented to go" in text


def test_the_terminal_tells_figures_and_lists_and_cuts_long_ones() -> None:
    text = shown(brief(OPERATION, CLEAN, remarks=("Seats: 10 of 12.",)))

    assert "Last person arrives" in text
    assert "Night convoy: Mon 28 Aug 2017, 17:00" in text
    assert "- Seats: 10 of 12." in text
    assert "and 1 more" in text
    assert "\u2068" not in text


def test_the_terminal_writes_no_colour_where_there_is_to_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = io.StringIO()

    terminal(brief(OPERATION, PLAN), Console(file=stream, force_terminal=True, width=100))

    assert "\x1b[31m" not in stream.getvalue()
    assert "\x1b[1;31m" not in stream.getvalue()


def test_arabic_keeps_its_isolates_on_the_terminal() -> None:
    assert "\u2068A1\u2069" in shown(brief(OPERATION, CLEAN, language="ar"))


def _chain(*links: ChainLink) -> list[str]:
    plan = msgspec.structs.replace(CLEAN, chain=links, clauses=())
    return [plain(text).replace("\u00a0", " ") for text in brief(OPERATION, plan).binds]


def _link(activity: str, start_s: int, end_s: int, *, subject: str = "B1", gate: str = "") -> ChainLink:
    return ChainLink(activity=activity, subject=subject, site=SiteId("camp"), start_s=start_s, end_s=end_s, gate=gate)


def test_a_chain_that_ends_with_a_milestone_and_one_that_a_departure_starts() -> None:
    assert _chain(_link("milestone", 0, 60, subject="disclosed")) == ["“The fate is disclosed”: Mon 12:01."]
    assert _chain(_link("convoy-departure", 60, 60, subject="main"), _link("drive", 60, 120)) == [
        "“Night convoy” departs at Mon 12:01.",
        "From departure to the last arrival (Mon 12:01 – 12:02): drive 1 min.",
    ]


def test_what_overlaps_on_the_chain_counts_once() -> None:
    assert _chain(_link("drive", 0, 600), _link("board", 300, 900), _link("rest", 300, 600)) == [
        "B1 until the last arrival (Mon 12:00 – 12:15): drive 10 min, board 5 min.",
    ]


@pytest.mark.parametrize(
    "clash",
    [
        Clash(rule="seats-unproved", subjects=(), proved=False),
        Clash(
            rule="clause-window",
            subjects=("night",),
            need=60,
            have=0,
            unit="instant",
            proved=False,
        ),
    ],
)
def test_a_search_that_found_nothing_is_not_told_as_a_proof(clash: Clash) -> None:
    found = brief(OPERATION, msgspec.structs.replace(INFEASIBLE, clashes=(clash,)))

    assert found.answer == "No plan was found. That none exists is not proved."
    assert found.clashes[0].endswith("That none exists is not proved.")


@pytest.mark.parametrize(
    ("proved", "told"),
    [
        (True, "No plan comes earlier than 13:00; allowed until: 12:01."),
        (False, "Earliest found: 13:00; allowed until:"),
    ],
)
def test_instants_that_clash_are_told_as_times(proved: bool, told: str) -> None:  # noqa: FBT001
    clash = Clash(rule="clause-deadline", subjects=("noon",), need=3600, have=60, unit="instant", proved=proved)

    (text,) = brief(OPERATION, msgspec.structs.replace(INFEASIBLE, clashes=(clash,))).clashes

    assert told in text
