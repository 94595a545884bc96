"""When: the day a report was written on, and the days that its words mean from there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from safepassage.account.claims.quantities import number_at
from safepassage.account.claims.tables import READ, Table, spelled, table
from safepassage.account.claims.tokens import Token, sentences

HEADER_LINES: Final = 14
LONGEST_HEADER_LINE: Final = 160
WEEK: Final = timedelta(days=7)

_DATELINE: Final = re.compile(
    r"^[^\W\d_][^\n]{0,60}?[,(]\s*(?P<date>[^\W\d_]{3,9}\.? \d{1,2}|\d{1,2} [^\W\d_]{3,9}\.?)(?:,? (?P<year>\d{4}))?\)?\s*(?:\([^)\n]{2,40}\)|[-–—])"
)  # noqa: E501


class Days(Struct, frozen=True):
    """Days that words mean, the last included, and the tokens that say so."""

    first: date
    last: date
    start: int
    end: int


def dateline(text: str) -> date | None:
    """Find the day that a report was written on: of its dateline, else when it was published.

    Parameters
    ----------
    text
        The report.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()][:HEADER_LINES]
    published = next((found for line in lines if len(line) <= LONGEST_HEADER_LINE and (found := _whole(line))), None)
    for line in lines:
        match = _DATELINE.match(line)
        found = match and _day_and_month(match["date"])
        if match and found:
            year = int(match["year"]) if match["year"] else published.year if published else None
            if year is not None:
                return _date(year, *found)
    return published


def _whole(line: str) -> date | None:
    """Find a whole date in a line of a header."""
    if match := re.search(r"\b(\d{4})-(\d\d)-(\d\d)\b", line):
        return _date(*map(int, match.groups()))
    if line.endswith((".", "!", "?")) and not re.fullmatch(r"[^.]{0,60}\.", line):
        return None
    for match in re.finditer(
        r"\b(?:(\d{1,2})(?:st|nd|rd|th|er)?|([^\W\d_]{3,9})\.?) (?:(\d{1,2})|([^\W\d_]{3,9}))\.?,? (\d{4})\b", line
    ):
        found = _day_and_month(" ".join(part for part in match.groups()[:4] if part))
        if found:
            return _date(int(match[5]), *found)
    return None


def _day_and_month(text: str) -> tuple[int, int] | None:
    """Read "Aug. 29" or "29 August"; month and day."""
    for language in READ:
        known = table(language)
        for sentence in sentences(text.replace(".", "")):
            tokens = sentence.tokens
            months = [month for one in tokens if (month := _month(one, known))]
            days = [int(one.text) for one in tokens if one.kind == "number" and one.text.isdigit()]
            if months and days:
                return months[0], days[0]
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month(token: Token, known: Table) -> int:
    word = token.lower.rstrip("'")
    for names in (known.dates["months"], known.dates["short_months"]):
        if word in names:
            return names.index(word) + 1
    return 9 if word == "sept" else 0


def days_in(tokens: Sequence[Token], known: Table, written: date | None) -> tuple[Days, ...]:
    """Find the days that a sentence names.

    Parameters
    ----------
    tokens
        Of the sentence.
    known
        The language's table.
    written
        The day of the report; without it only whole dates are resolved.

    Returns
    -------
    tuple of Days
        In their order. A day of the week is the last one up to the report's; `ahead` turns it to the next.
    """
    found: list[Days] = []
    index = 0
    while index < len(tokens):
        one = _calendar(tokens, index, known, written) or (
            _relative(tokens, index, known, written) if written else None
        )
        if one is not None:
            found.append(_since(tokens, one, known, written))
        index = one.end if one is not None else index + 1
    return tuple(found)


def ahead(days: Days, tokens: Sequence[Token], known: Table, written: date | None) -> Days:
    """Return a day of the week as the next one after the report's, for what is planned."""
    named = any(tokens[index].lower in known.dates["weekdays"] for index in range(days.start, days.end))
    if not named or written is None or days.first > written or days.end - days.start > 1:
        return days
    later = days.first + WEEK
    return Days(later, later, days.start, days.end)


def _since(tokens: Sequence[Token], found: Days, known: Table, written: date | None) -> Days:
    before = tokens[found.start - 1].lower if found.start else ""
    if written is not None and before in known.dates["since"] and found.first <= written:
        return Days(found.first, written, found.start - 1, found.end)
    return found


def _number(token: Token) -> int:
    digits = token.text.rstrip("stndrhe")
    return int(digits) if token.kind != "mark" and digits.isdigit() and len(digits) <= 4 else 0


def _calendar(tokens: Sequence[Token], index: int, known: Table, written: date | None) -> Days | None:
    """Read "29 August 2017", "Aug. 29", "2017-08-29", "in 2014"."""
    token = tokens[index]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", token.text):
        day = _date(*map(int, token.text.split("-")))
        return Days(day, day, index, index + 1) if day else None
    year = _number(token)
    if 1900 <= year <= 2100 and index and token.kind == "number" and len(token.text) == 4:
        before = tokens[index - 1].lower
        if before in known.dates["since"] or before in known.dates["in_year"]:
            return Days(date(year, 1, 1), date(year, 12, 31), index, index + 1)
    month, number, end = _month_and_day(tokens, index, known)
    if not month:
        return None
    end, told = _year(tokens, end)
    day = _date(told or (written.year if written else 0) or 1, month, number)
    if day is None or not (told or written):
        return Days(date.min, date.min, index, end)
    if not told and written and day > written + timedelta(days=183):
        day = _date(day.year - 1, month, number) or day
    return Days(day, day, index, end)


def _month_and_day(tokens: Sequence[Token], index: int, known: Table) -> tuple[int, int, int]:
    """Read a month and a day in either order; the month (0: it is none), the day and the token after."""
    month = _month(tokens[index], known) if tokens[index].text[:1].isupper() or known.language != "en" else 0
    if month:
        after = index + 1 + (index + 1 < len(tokens) and tokens[index + 1].text == ".")
        number = _number(tokens[after]) if after < len(tokens) else 0
        if 1 <= number <= 31:
            return month, number, after + 1
    number = _number(tokens[index])
    if 1 <= number <= 31 and index + 1 < len(tokens) and (month := _month(tokens[index + 1], known)):
        if tokens[index + 1].text[:1].isupper() or known.language != "en":
            return month, number, index + 2
    return 0, 0, index


def _year(tokens: Sequence[Token], end: int) -> tuple[int, int]:
    for comma in (0, 1):
        at = end + comma
        if at < len(tokens) and (not comma or tokens[end].text == ","):
            year = _number(tokens[at])
            if 1900 <= year <= 2100:
                return at + 1, year
    return end, 0


def _relative(tokens: Sequence[Token], index: int, known: Table, written: date) -> Days | None:
    """Read "Monday", "overnight", "last week", "10 days ago", "tomorrow"."""
    monday = written - timedelta(days=written.weekday())
    day = timedelta(days=1)
    spans = {
        "eve": (-2 * day, -2 * day), "morrow": (2 * day, 2 * day), "overnight": (-day, 0 * day),
        "yesterday": (-day, -day), "tomorrow": (day, day), "tonight": (0 * day, day), "today": (0 * day, 0 * day),
        "last_week": (monday - WEEK - written, monday - day - written),
        "past_week": (-7 * day, 0 * day), "past_month": (-30 * day, 0 * day),
        "this_week": (monday - written, monday + 6 * day - written),
        "next_week": (monday + WEEK - written, monday + WEEK + 6 * day - written),
    }  # fmt: skip
    for name, (first, last) in spans.items():
        for phrase in known.dates[name]:
            words = spelled(phrase)
            if tuple(one.lower for one in tokens[index : index + len(words)]) == words:
                return Days(written + first, written + last, index, index + len(words))
    return _weekday(tokens, index, known, written) or _ago(tokens, index, known, written)


def _weekday(tokens: Sequence[Token], index: int, known: Table, written: date) -> Days | None:
    names, word = known.dates["weekdays"], tokens[index].lower.removesuffix("'s")
    if word not in names:
        return None
    back = (written.weekday() - names.index(word)) % 7
    near = {tokens[one].lower: one for one in (index - 1, index + 1) if 0 <= one < len(tokens)}
    for turn, names_of in ((7 - back or 7, known.dates["next"]), (-back, known.dates["last"])):
        for phrase in names_of:
            if phrase in near:
                found = written + timedelta(days=turn if turn else -7)
                return Days(found, found, min(index, near[phrase]), max(index, near[phrase]) + 1)
    found = written - timedelta(days=back)
    return Days(found, found, index, index + 1)


def _ago(tokens: Sequence[Token], index: int, known: Table, written: date) -> Days | None:
    """Read "10 days ago", "three weeks earlier", "in two days", "il y a dix jours"."""
    number, end = number_at(tokens, index, known)
    if not number or number > 4000 or end >= len(tokens):
        return None
    unit = tokens[end].lower
    length = next((n for n, name in ((1, "days"), (7, "weeks"), (30, "month_units")) if unit in known.dates[name]), 0)
    if not length:
        return None
    before = " ".join(one.lower for one in tokens[max(0, index - 3) : index])
    after = tokens[end + 1].lower if end + 1 < len(tokens) else ""
    if after in known.dates["ago"] or any(before.endswith(phrase) for phrase in known.dates.get("ago_before", ())):
        found = written - timedelta(days=number * length)
        return Days(found, found, index, end + 2 if after in known.dates["ago"] else end + 1)
    if before.rpartition(" ")[2] in known.dates["last"]:
        return Days(written - timedelta(days=number * length), written, index - 1, end + 1)
    if before.rpartition(" ")[2] in known.dates["in"]:
        found = written + timedelta(days=number * length)
        return Days(found, found, index - 1, end + 1)
    return None
