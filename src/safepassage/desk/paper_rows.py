"""What was written on a sheet, line by line, read against the operation: what each line says, or why it cannot be told.

Nothing is guessed: a person who is not found by a code is chosen by whoever types, a time that cannot be read is an
interval, and every line that is not understood is told with what to do about it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.paper_forms import ACTS, FORMS, Act, Form, device_of, read_form
from safepassage.desk.paper_times import Day, Span, read_span
from safepassage.desk.people import People, sees_name
from safepassage.desk.person_acts import CODE, proposed_code
from safepassage.desk.personal import LONGEST_NAME
from safepassage.desk.roles import Who, may_record
from safepassage.desk.searching import ranked
from safepassage.exchange.folding import fold, plain_digits
from safepassage.reports.words import LANGUAGES, Phrase, say, say_code
from safepassage.reports.words.phrases import plain

DITTO: Final = frozenset(('"', "''", "″", "〃", "”", "“", "»", "ditto", "idem", "id.", "كذلك"))
"""What people write under a word that holds for the next line too."""

EXAMPLES: Final = MappingProxyType({"time": "14:05", "between": "14:05-15:00", "next": "00:20+1", "nobody": "?",
                                    "ditto": '"'})  # fmt: skip
"""How things are typed, the same in every language."""

NEW: Final = ("walked-in", "registered-unknown")
"""What can be chosen of somebody who is on no list: known by name, or nobody knows who it is."""

INCIDENT: Final = "incident"
"""What incidents are called until the sheet's name is known."""

MOST_ROWS: Final = 400
MOST_TEXT: Final = 200
MOST_CANDIDATES: Final = 6
LONGEST_NOTE: Final = 64
LONGEST_NUMBER: Final = 8
MOST_WITHIN_MIN: Final = 720
EARLY_MS: Final = 6 * 3_600_000
"""So much before the line above, a time is rather of the next day."""

OLD_DAYS: Final = 7
AHEAD_MS: Final = 600_000
"""A watch may be ahead of the server's clock by so much."""


class Head(Struct, frozen=True, kw_only=True):
    """What stands at the top of a sheet, as it was typed."""

    form: str = ""
    vehicle: str = ""
    site: str = ""
    number: str = ""
    day: str = ""
    wrote: str = ""
    within: str = "10"
    total: str = ""


class Cells(Struct, frozen=True, kw_only=True):
    """A line as it was typed; `choice` is who was meant, where `who` alone does not say."""

    who: str = ""
    choice: str = ""
    act: str = ""
    time: str = ""
    where: str = ""
    note: str = ""

    @property
    def filled(self) -> bool:
        """Whether anything was written or chosen."""
        return any(one.strip() for one in (self.who, self.act, self.time, self.where, self.note))


class Line(Struct, frozen=True, kw_only=True):
    """What a line says: the event that it becomes, when that was, and whom it makes known (`new`, with a `name`)."""

    row: int
    type: str
    subject: str
    span: Span
    vehicle: str = ""
    site: str = ""
    payload: Mapping[str, Any] = {}
    new: str = ""
    name: str = ""


class Remark(Struct, frozen=True, kw_only=True):
    """What is wrong or doubtful, in which line (0: the head of the sheet) and cell."""

    row: int
    cell: str
    says: Phrase


class Sheet(Struct, frozen=True, kw_only=True):
    """A sheet that was read: its id in the ledger, who wrote it, and its lines."""

    device: str
    wrote: str
    lines: tuple[Line, ...]


class Reading(Struct, frozen=True, kw_only=True):
    """A sheet as far as it can be read: `sheet` is there when nothing is wrong. `who` may be meant, by line."""

    sheet: Sheet | None
    faults: tuple[Remark, ...]
    doubts: tuple[Remark, ...]
    candidates: Mapping[int, tuple[tuple[str, str], ...]]
    found: Mapping[int, str]
    total: int


def read_sheet(people: People, who: Who, head: Head, rows: Sequence[Cells], now_ms: int) -> Reading:
    """Read what was typed from a sheet.

    Parameters
    ----------
    people
        Everybody, and the operation.
    who
        Who types: what is not theirs to record is told at its line.
    head, rows
        What was typed.
    now_ms
        The server's clock: nothing was written later.
    """
    people.refresh()
    with people.lock:
        return _Reader(people, who, now_ms).read(head, rows)


class _Reader:
    """Reads one sheet: collects what is wrong, and remembers the line above and who was made known."""

    def __init__(self, people: People, who: Who, now_ms: int) -> None:
        self.people, self.who, self.now_ms = people, who, now_ms
        self.operation = people.running.operation
        self.faults: list[Remark] = []
        self.doubts: list[Remark] = []
        self.candidates: dict[int, tuple[tuple[str, str], ...]] = {}
        self.found: dict[int, str] = {}
        self.news: dict[str, str] = {}
        self.vehicles = {fold(one): vehicle.id for vehicle in self.operation.vehicles
                         for one in (vehicle.id, vehicle.name) if one}  # fmt: skip
        self.sites = {fold(one): site.id for site in self.operation.sites
                      for one in (site.id, site.name, site.name_ar) if one}  # fmt: skip
        self.parties = {fold(one): party.id for party in self.operation.parties
                        for one in (party.id, party.name, party.name_ar) if one}  # fmt: skip

    def fault(self, row: int, cell: str, key: str, **said: Any) -> None:
        self.faults.append(Remark(row=row, cell=cell, says=say(f"take.fault.{key}", **(EXAMPLES | said))))

    def doubt(self, row: int, cell: str, key: str, **said: Any) -> None:
        self.doubts.append(Remark(row=row, cell=cell, says=say(f"take.doubt.{key}", **(EXAMPLES | said))))

    def read(self, head: Head, rows: Sequence[Cells]) -> Reading:
        form, day = self._form(head), self._day(head)
        vehicle, site = self._known(head.vehicle, self.vehicles), self._known(head.site, self.sites)
        if head.vehicle.strip() and not vehicle:
            self.fault(0, "vehicle", "vehicle")
        if head.site.strip() and not site:
            self.fault(0, "site", "site")
        about = self._known(form.about, self.vehicles) if form else ""
        base = (vehicle or about, site or (self._known(form.about, self.sites) if form and not about else ""))
        lines = self._lines(form, day, base, rows) if form and day else []
        if not lines and not self.faults:
            self.fault(0, "rows", "empty")
        total = _total(lines, FORMS[form.kind]) if form else 0
        self._check_head(head, total)
        sheet = None
        if form and day and not self.faults:
            device = device_of(form, base[0] or base[1], day.day.isoformat(), head.number.strip())
            sheet = Sheet(device=device, wrote=_tidy(head.wrote),
                          lines=tuple(_named_incident(one, device) for one in lines))  # fmt: skip
        return Reading(sheet=sheet, faults=tuple(self.faults), doubts=tuple(self.doubts), candidates=self.candidates,
                       found=self.found, total=total)  # fmt: skip

    def _form(self, head: Head) -> Form | None:
        found = read_form(head.form)
        if found is None:
            self.fault(0, "form", "form")
        return found

    def _day(self, head: Head) -> Day | None:
        within = plain_digits(head.within).strip()
        minutes = int(within) if within.isascii() and within.isdigit() and len(within) < 5 else 0
        if not 1 <= minutes <= MOST_WITHIN_MIN:
            self.fault(0, "within", "within", most=MOST_WITHIN_MIN)
        try:
            day = date.fromisoformat(plain_digits(head.day).strip())
        except ValueError:
            self.fault(0, "day", "day")
            return None
        return Day(day, ZoneInfo(self.operation.time_zone), minutes) if 1 <= minutes <= MOST_WITHIN_MIN else None

    def _check_head(self, head: Head, total: int) -> None:
        number = head.number.strip()
        if not (number and len(number) <= LONGEST_NUMBER and number.isalnum()):
            self.fault(0, "number", "number")
        if not 0 < len(_tidy(head.wrote)) <= LONGEST_NOTE:
            self.fault(0, "wrote", "wrote")
        written = plain_digits(head.total).strip()
        if written and not (written.isascii() and written.isdigit() and len(written) <= 6):
            self.fault(0, "total", "number-of")
        elif written and int(written) != total:
            self.doubt(0, "total", "total", written=int(written), found=total)

    def _lines(self, form: Form, day: Day, base: tuple[str, str], rows: Sequence[Cells]) -> list[Line]:
        lines: list[Line] = []
        above = Cells()
        span: Span | None = None
        if len(rows) > MOST_ROWS:
            self.fault(0, "rows", "rows", most=MOST_ROWS)
        for row, typed in enumerate(rows[:MOST_ROWS], start=1):
            if not typed.filled:
                continue
            cells = _repeated(typed, above)
            found = self._span(row, cells.time, day, span)
            line = self._line(row, cells, FORMS[form.kind], base, found)
            if found and span and span.likely_ms - found.likely_ms > EARLY_MS:
                self.doubt(row, "time", "earlier")
            span = found or span
            if line is not None:
                lines.append(line)
            above = cells
        if lines and self.now_ms - min(one.span.likely_ms for one in lines) > OLD_DAYS * 86_400_000:
            self.doubt(0, "day", "old", days=OLD_DAYS)
        return lines

    def _span(self, row: int, text: str, day: Day, above: Span | None) -> Span | None:
        if not text.strip():
            if above is None:
                self.fault(row, "time", "no-time")
            return above
        found = read_span(text, day)
        if found is None:
            self.fault(row, "time", "time")
        elif found.earliest_ms > self.now_ms + AHEAD_MS:
            self.fault(row, "time", "future")
            return None
        return found

    def _line(self, row: int, cells: Cells, usual: str, base: tuple[str, str], span: Span | None) -> Line | None:
        type_ = read_act(cells.act) if cells.act.strip() else usual
        if type_ is None:
            self.fault(row, "act", "act")
            return None
        act, wrong = ACTS[type_], len(self.faults)
        vehicle, site, payload = self._where(row, cells.where, act, base)
        new = name = ""
        if act.of == "person":
            subject, new, name = self._person(row, cells)
        else:
            subject, vehicle = self._thing(row, cells.who, act, vehicle, site, payload)
        for need in act.needs:
            if (need == "vehicle" and not vehicle) or (need == "site" and not site):
                self.fault(row, "where", f"no-{need}")
            if need == "place" and not (vehicle or site):
                self.fault(row, "where", "no-place")
        self._note(row, cells.note, act, payload)
        if len(self.faults) == wrong and span is not None:
            self._permitted(row, type_, new, (site, vehicle, subject))
        if len(self.faults) > wrong or span is None:
            return None
        return Line(row=row, type=type_, subject=subject, span=span, vehicle=vehicle, site=site, payload=payload,
                    new=new, name=name)  # fmt: skip

    def _permitted(self, row: int, type_: str, new: str, places: tuple[str, str, str]) -> None:
        if not may_record(self.who, type_, *places) or (new and not may_record(self.who, new, *places)):
            self.fault(row, "act", "not-yours")

    def _where(self, row: int, text: str, act: Act, base: tuple[str, str]) -> tuple[str, str, dict[str, Any]]:
        """Return vehicle and site of a line, and the hospital or party where its act asks for one."""
        vehicle, site = base
        payload: dict[str, Any] = {}
        wanted = fold(text)
        for need, key, known in (("hospital", "hospital", self.sites), ("party", "to_party", self.parties)):
            if need in act.needs:
                if wanted in known:
                    payload[key] = known[wanted]
                else:
                    self.fault(row, "where", f"no-{need}")
                return vehicle, site, payload
        if wanted in self.vehicles:
            vehicle = self.vehicles[wanted]
        elif wanted in self.sites:
            site = self.sites[wanted]
        elif wanted:
            self.fault(row, "where", "where")
        if act.needs == ("place",) and wanted in self.sites:
            vehicle = ""
        return vehicle, site, payload

    def _thing(
        self, row: int, text: str, act: Act, vehicle: str, site: str, payload: dict[str, Any]
    ) -> tuple[str, str]:  # fmt: skip
        """Return what a line without a person is about, and its vehicle; a count goes into the payload."""
        if "count" in act.needs:
            written = plain_digits(text).strip()
            if written.isascii() and written.isdigit() and len(written) <= 6:
                payload["count"] = int(written)
            else:
                self.fault(row, "who", "number-of")
        elif act.of == "vehicle" and text.strip():
            if named := self._known(text, self.vehicles):
                vehicle = named
            else:
                self.fault(row, "who", "vehicle")
        elif act.of == "party":
            party = self._known(text, self.parties)
            if not party:
                self.fault(row, "who", "no-party")
            return party, vehicle
        elif act.of == "incident":
            if text.strip():
                person, _new, _name = self._person(row, Cells(who=text))
                payload["persons"] = [person]
            return INCIDENT, vehicle
        return (site if act.of == "site" else vehicle), vehicle

    def _note(self, row: int, text: str, act: Act, payload: dict[str, Any]) -> None:
        note = _tidy(text)
        if note and not act.note:
            self.fault(row, "note", "no-note")
        elif len(note) > LONGEST_NOTE:
            self.fault(row, "note", "long-note", most=LONGEST_NOTE)
        elif note:
            payload[act.note] = note
        elif "note" in act.needs:
            self.fault(row, "note", "note")

    def _person(self, row: int, cells: Cells) -> tuple[str, str, str]:
        """Return who a line is about; of somebody new what makes them known, and the name where one was written."""
        text = _tidy(cells.who)
        if not text:
            self.fault(row, "who", "nobody")
            return "", "", ""
        for code in (text, text.upper()):
            if self.people.has(code):
                self.found[row] = self.people.row(code).id
                return code, "", ""
        tokens = set(self.people.of(("token", text)))
        if len(tokens) == 1:
            self.found[row] = found = tokens.pop()
            return found, "", ""
        if text.startswith("?") or text == "؟" or cells.choice in NEW:
            return self._somebody_new(row, text, cells.choice)
        people = tuple(self._seen(one) for one in ranked(self.people, self.who, text)[:MOST_CANDIDATES])
        self.candidates[row] = people
        if cells.choice in {code for code, _ in people}:
            self.found[row] = cells.choice
            return cells.choice, "", ""
        self.fault(row, "who", "which" if people else "unknown")
        return "", "", ""

    def _seen(self, code: str) -> tuple[str, str]:
        row = self.people.row(code)
        return code, row.name if sees_name(self.who, row) else ""

    def _somebody_new(self, row: int, text: str, choice: str) -> tuple[str, str, str]:
        """Return the code of somebody who is on no list: one for all lines that write the same, each bare `?` apart."""
        unknown = text.startswith(("?", "؟")) or choice == "registered-unknown"
        key = f"{row}?" if text in ("?", "؟") else fold(text) or text
        if choice in NEW:
            self.candidates[row] = ()
        is_code = not unknown and CODE.fullmatch(text) and "/" not in text and any(one.isdigit() for one in text)
        if key in self.news:
            self.found[row] = self.news[key]
            return self.news[key], "", ""
        if len(text) > LONGEST_NAME:
            self.fault(row, "who", "long-name", most=LONGEST_NAME)
        code = text if is_code else proposed_code(self.people, set(self.news.values()))
        self.news[key] = self.found[row] = code
        name = "" if is_code or text.startswith(("?", "؟")) else text
        return code, NEW[1] if unknown else NEW[0], name

    def _known(self, text: str, known: Mapping[str, str]) -> str:
        return known.get(fold(text), "") if text.strip() else ""


def read_act(text: str) -> str | None:
    """Read what a line says happened: the type of event, or its word in any language; None when it is none.

    Parameters
    ----------
    text
        As it was typed or chosen.
    """
    wanted = fold(text)
    for type_ in ACTS:
        if wanted in {fold(type_), *(fold(plain(say_code("event", type_).of(language))) for language in LANGUAGES)}:
            return type_
    return None


def _repeated(cells: Cells, above: Cells) -> Cells:
    """Put in what holds from the line above: where somebody wrote the signs for that."""
    same = {name: getattr(above, name) for name in ("who", "act", "time", "where", "note")
            if getattr(cells, name).strip().casefold() in DITTO}  # fmt: skip
    return replace(cells, **same, **({"choice": above.choice} if "who" in same else {})) if same else cells


def _named_incident(line: Line, device: str) -> Line:
    """Give an incident a name of its own: the same for whoever enters the sheet."""
    if line.subject != INCIDENT:
        return line
    return replace(line, subject=f"paper-{hashlib.sha256(device.encode()).hexdigest()[:12]}-{line.row}")


def _total(lines: Sequence[Line], usual: str) -> int:
    """Count what a total on paper would be of: the lines that say what the form is for, or what they counted."""
    return sum(int(one.payload.get("count", 1)) for one in lines if one.type == usual)


def _tidy(text: str) -> str:
    return " ".join(text.split())
