"""The first answers of a rehearsal: as sentences, and on a terminal of any width."""

# Ids stand as plain strings here, so that the material reads as an operation folder does.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from reports.material import OPERATION, PLAN
from reports.rehearsed import BIN_S, BINS, OUTCOME, RUNS, chance
from safepassage.rehearsal.outcome import LEVELS, Chance, Outcome
from safepassage.reports.rehearsal_brief import rehearsal_brief
from safepassage.reports.rehearsal_terminal import rehearsal_terminal
from safepassage.reports.words import Language, plain


def without(**parts: object) -> Outcome:
    return msgspec.structs.replace(OUTCOME, **parts)


def shown(outcome: Outcome = OUTCOME, *, width: int = 120, language: Language = "en", encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="replace")
    console = Console(file=stream, width=width, color_system=None)
    rehearsal_terminal(rehearsal_brief(OPERATION, PLAN, outcome), console, language=language)
    stream.flush()
    return raw.getvalue().decode(encoding).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (RUNS, "Everyone was out in time in all 10,000 rehearsals."),
        (RUNS - 1, "Everyone is out in time in more than 99 of 100 rehearsals."),
        (8314, "Everyone is out in time in about 83 of 100 rehearsals."),
        (3, "Everyone is out in time in fewer than 1 of 100 rehearsals."),
        (0, "Everyone was out in time in none of 10,000 rehearsals."),
    ],
)
def test_the_answer_is_a_count_that_people_can_picture(count: int, text: str) -> None:
    found = rehearsal_brief(OPERATION, PLAN, without(in_time=chance(count, 0.0, 1.0)))

    assert plain(found.answer.en) == text


def test_the_answer_says_by_when_by_whose_word_and_how_surely() -> None:
    found = rehearsal_brief(OPERATION, PLAN, OUTCOME)

    assert plain(found.sure.en).replace("\u00a0", " ") == (
        "In time means by Tue 29 Aug 2017, 03:00 (“There by noon”). So it was in 8,314 of 10,000 runs: 83.1 %; "
        "if the model is right, the chance lies between 82.4 % and 83.9 % (95 % interval)."
    )


def test_without_a_deadline_the_end_of_the_time_considered_is_what_is_due() -> None:
    found = rehearsal_brief(OPERATION, PLAN, without(due_by="horizon"))

    assert "(the end of the time considered)" in found.sure.en


def test_the_last_arrival_is_told_as_quantiles() -> None:
    found = rehearsal_brief(OPERATION, PLAN, OUTCOME)
    figures = {key: plain(value.en) for key, value in found.figures}

    assert figures["rehearsal.planned"] == "Tue 29 Aug 2017, 01:26"
    assert figures["rehearsal.median"] == "Tue 29 Aug 2017, 01:37"
    assert figures["rehearsal.ninety"] == "Tue 29 Aug 2017, 03:37"
    assert [(percent, plain(at.en)) for percent, at in found.quantiles][::3] == [
        (5, "Tue 00:44"), (50, "Tue 01:37"), (95, "Tue 04:17"),
    ]  # fmt: skip


def test_what_no_run_can_break_is_counted_apart_from_what_is_watched() -> None:
    more = tuple(msgspec.structs.replace(OUTCOME.clauses[-1], kind=kind) for kind in ("consent", "area"))
    text = " ".join(shown(without(clauses=(*OUTCOME.clauses, *more))).split())
    assert "watched by people, not computed: 1" in text
    assert "kept in every run, for without consent nobody drives there: 2" in text
    assert "kept in every run" not in shown()


def test_a_last_arrival_that_never_comes_is_told_so() -> None:
    found = rehearsal_brief(OPERATION, PLAN, without(instants=()))

    assert dict(found.figures)["rehearsal.ninety"].en == "does not come in so many runs"
    assert {at.en for _, at in found.quantiles} == {"–"}


def test_the_terminal_tells_everything_in_order() -> None:
    lines = [line.rstrip() for line in shown().splitlines()]
    headings = [
        "Exercise <script>window.broken = true</script>",
        "Everyone is out in time in about 83 of 100 rehearsals.",
        "Quantiles of the last arrival",
        "People out over time (full: in 95 of 100 runs at least; shaded: up to 5 of 100)",
        "What drives it",
        "What departure waited for last",
        "Most often on the chain",
        "Clauses kept",
        "What a change would buy",
        "Assumptions that matter most",
    ]

    assert [line for line in lines if line in headings] == headings
    text = " ".join(" ".join(lines).split())
    assert "All intervals here cover sampling error only" in text
    assert "watched by people, not computed: 1" in text
    assert (
        "1 ambulance more: chance +4.1 points (+3.7 points to +4.5 points), "
        "last arrival 25 min earlier (25 min earlier to 26 min earlier)" in text
    )
    assert "and 4 more" in text


def test_bars_are_as_long_as_their_shares() -> None:
    lines = shown().splitlines()
    (kept,) = [line for line in lines if "“There by noon”" in line and "█" in line]
    (rare,) = [line for line in lines if line.startswith("  “Leave in the dark”")]

    assert kept.count("█") == round(0.8314 * 24)
    assert "█" not in rare


def test_the_fan_in_characters_fills_up() -> None:
    lines = shown().splitlines()
    rows = [line for line in lines if line.startswith("  Tue") and ("░" in line or "█" in line)]

    assert len(rows) == 12
    assert rows[0].count("█") == 0
    assert rows[-1].count("█") == 48
    assert all(row.count("█") + row.count("░") + row.count("┃") <= 48 for row in rows)
    assert any("┃" in row for row in rows)


def test_a_narrow_terminal_gets_no_bars_and_nothing_is_lost() -> None:
    lines = shown(width=40).splitlines()

    assert all(len(line) <= 40 for line in lines)
    assert "█" not in "".join(lines)
    assert "ambulance more" in "".join(lines)
    assert "83.1 %" in " ".join(lines)


def test_a_terminal_that_knows_only_ascii_gets_ascii_bars() -> None:
    text = shown(encoding="ascii")

    assert "#" * 20 in text
    assert "█" not in text


def test_no_colour_is_written_where_there_is_to_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = io.StringIO()

    rehearsal_terminal(rehearsal_brief(OPERATION, PLAN, OUTCOME), Console(file=stream, force_terminal=True, width=100))

    assert "\x1b[3" not in stream.getvalue()


def test_piped_text_is_plain() -> None:
    assert "\x1b" not in shown()
    assert "\u2068" not in shown()


def test_arabic_keeps_its_isolates_on_the_terminal() -> None:
    text = shown(language="ar")

    assert "يخرج الجميع في الموعد في نحو 83 من كل 100 تجربة." in text
    assert "\u2068A1\u2069" in text


def test_a_rehearsal_that_found_little_prints_little() -> None:
    nothing = ((0,) * BINS,) * len(LEVELS)
    text = shown(
        without(fan=nothing, drivers=(), critical=(), clauses=(), changes=(), assumptions=(), instants=()), width=80
    )

    assert "People out over time" not in text
    assert "What drives it" not in text
    assert "Assumptions" not in text


def test_long_lists_tell_how_much_they_leave_off() -> None:
    one = OUTCOME.assumptions[0]
    many = tuple(msgspec.structs.replace(one, what=f"limits.{number}") for number in range(9))

    text = shown(without(assumptions=many))

    assert "limits.5" in text
    assert "limits.6" not in text
    assert "and 3 more" in text


def test_a_fan_that_is_full_from_the_first_bin() -> None:
    full = ((8,) * BINS,) * len(LEVELS)

    (row,) = rehearsal_brief(OPERATION, PLAN, without(fan=full)).fan

    assert (row.surely, row.middle, row.hardly, row.people) == (1.0, 1.0, 1.0, 8)
    assert plain(row.at.en) == "Mon 12:10"
    assert BIN_S == 600


def test_more_people_out_than_planned_fill_the_bar_and_no_more() -> None:
    full = ((16,) * BINS,) * len(LEVELS)

    assert rehearsal_brief(OPERATION, PLAN, without(fan=full)).fan[0].surely == 1.0


def test_the_chance_stands_with_its_interval_among_the_figures() -> None:
    found = rehearsal_brief(OPERATION, PLAN, without(in_time=Chance(count=1, runs=2, share=0.5, low=0.09, high=0.91)))

    assert plain(dict(found.figures)["rehearsal.chance"].en).replace("\u00a0", " ") == "50 % (9 % to 91 %)"
