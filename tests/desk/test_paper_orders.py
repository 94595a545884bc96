"""Papers at the console: who lists people asks, a second person agrees, and the record says what was given to whom."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from desk.field import CHIEF, SECOND, Field, field, ready
from reports.papers.material import NAMES, told
from safepassage.desk import paper_orders
from safepassage.desk.approvals import decide
from safepassage.desk.paper_orders import choices, hand_out, may_order, order_of, order_papers, orders, print_now
from safepassage.desk.printing import Order
from safepassage.desk.roles import MATRIX, NotPermittedError, Who, may
from safepassage.model.errors import UsageError

MANIFEST = Order(
    kinds=("manifest",), languages=("en",), recipient="The army", redaction="names", about=frozenset(("B1",))
)
PROTECTION = Who(name="N3", role="protection-officer")


@pytest.fixture(scope="module")
def live() -> Iterator[Field]:
    with field() as one:
        ready(one)
        operation = one.running.operation
        people = tuple(replace(person, name=NAMES[person.id]) for person in operation.people)
        one.running.operation = replace(operation, people=people)
        yield one


def test_what_lists_people_is_handed_out_when_a_second_person_agrees(live: Field) -> None:
    before = len(live.running.now().state.disclosures)
    number = order_papers(live.running, CHIEF, MANIFEST)
    with pytest.raises(UsageError, match="nobody has agreed"):
        hand_out(live.running, CHIEF, number)
    decide(live.running, SECOND, number, agrees=True)
    assert len(live.running.now().state.disclosures) == before + 1

    made = hand_out(live.running, CHIEF, number)
    said = " ".join(told(made.content).split())
    assert (made.name, made.media_type) == ("manifest-B1.en.pdf", "application/pdf")
    assert "Name001" in said
    assert f"The army · names, no medical facts · copy {number}" in said
    payload = live.running.requests.find(number).payload
    assert payload["what"] == "papers/manifest/names/en/B1"
    assert payload["persons"] == ["P001", "P002", "P003", "P004", "P008", "P009", "P010"]
    with pytest.raises(NotPermittedError, match="whoever asked"):
        hand_out(live.running, SECOND, number)


def test_papers_can_be_fetched_for_a_day(live: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    number = order_papers(live.running, CHIEF, MANIFEST)
    assert not orders(live.running, CHIEF)[0].ready
    decide(live.running, SECOND, number, agrees=True)
    assert orders(live.running, CHIEF)[0].ready
    decided = live.running.requests.find(number).decided_ms
    monkeypatch.setattr(live.running.requests, "_now", lambda: (decided + paper_orders.LASTS_MS) / 1000)
    assert not orders(live.running, CHIEF)[0].ready
    with pytest.raises(UsageError, match="more than a day ago"):
        hand_out(live.running, CHIEF, number)


def test_orders_are_listed_for_whoever_made_them_and_nothing_else_is(live: Field) -> None:
    number = order_papers(live.running, PROTECTION, replace(MANIFEST, kinds=("consent",), about=frozenset(("camp",))))
    for what in ("a list", "papers/x", "papers/nothing/names/en/B1"):
        live.running.requests.ask("N3", "disclosed", "d", ("", ""), {"recipient": "x", "what": what, "persons": []})
    (only,) = orders(live.running, PROTECTION)
    assert only.request.number == number
    assert only.order == replace(MANIFEST, kinds=("consent",), about=frozenset(("camp",)), copy=number)
    assert order_of(only.request) == only.order


def test_papers_of_more_than_one_file_come_as_an_archive(live: Field) -> None:
    given = replace(MANIFEST, recipient="", redaction="code-only", about=frozenset())
    made = print_now(live.running, CHIEF, replace(given, kinds=("notification",)))
    with zipfile.ZipFile(io.BytesIO(made.content)) as file:
        assert file.namelist() == ["notification-army.en.pdf", "notification-faction.en.pdf"]
        assert file.testzip() is None
    with pytest.raises(UsageError, match="somebody else agrees"):
        print_now(live.running, CHIEF, given)
    with pytest.raises(UsageError, match="the plan has none"):
        print_now(live.running, CHIEF, replace(given, kinds=("convoy-order",), about=frozenset(("B1",))))


def test_too_many_files_are_for_the_command_line(live: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_orders, "MOST_FILES", 1)
    given = Order(kinds=("notification",), recipient="x")
    with pytest.raises(UsageError, match="command line"):
        print_now(live.running, CHIEF, given)


def test_medical_facts_are_for_who_treats(live: Field) -> None:
    assert not may(PROTECTION, "treat")
    for redaction in ("full", "medical"):
        with pytest.raises(NotPermittedError, match="treat"):
            order_papers(live.running, PROTECTION, replace(MANIFEST, redaction=redaction))
    given = replace(MANIFEST, kinds=("referral",), redaction="medical", about=frozenset())
    number = order_papers(live.running, CHIEF, given)
    assert live.running.requests.find(number).payload["persons"] == ["P005"]


def test_whoever_may_not_disclose_orders_nothing(live: Field) -> None:
    for role in MATRIX:
        who = Who(name="N9", role=role)
        assert may_order(who) == may(who, "disclose")
    observer = Who(name="N9", role="observer")
    with pytest.raises(NotPermittedError):
        order_papers(live.running, observer, MANIFEST)
    with pytest.raises(NotPermittedError):
        print_now(live.running, observer, Order(kinds=("blank",)))


@pytest.mark.parametrize(
    ("changed", "kind", "match"),
    [
        ({"recipient": " "}, "manifest", "who gets"),
        ({"about": frozenset(("E1",))}, "manifest", "nobody would stand"),
        ({"redaction": "names", "about": frozenset()}, "referral", "nobody would stand"),
        ({"about": frozenset(("x" * 40,))}, "boarding-cards", "too long"),
        ({"languages": ("de",)}, "manifest", "no language"),
    ],
)
def test_an_order_that_cannot_be_met_is_refused(live: Field, changed: dict[str, object], kind: str, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        order_papers(live.running, CHIEF, replace(MANIFEST, kinds=(kind,), **changed))


def test_one_disclosure_names_no_more_than_the_record_holds(live: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_orders, "MOST_NAMED", 6)
    with pytest.raises(UsageError, match="at most 6 people"):
        order_papers(live.running, CHIEF, MANIFEST)


def test_papers_of_others_than_were_named_are_ordered_anew(live: Field) -> None:
    number = order_papers(live.running, CHIEF, MANIFEST)
    decide(live.running, SECOND, number, agrees=True)
    plan = live.running.plan
    assert plan is not None
    swapped = tuple(
        replace(one, rides=(*one.rides[1:], replace(one.rides[0], person="P005"))) if one.trip == "C-B1" else one
        for one in plan.manifests
    )
    live.running.plan = replace(plan, manifests=swapped)
    try:
        with pytest.raises(UsageError, match="order them anew"):
            hand_out(live.running, CHIEF, number)
    finally:
        live.running.plan = plan


def test_what_is_no_order_is_not_handed_out(live: Field) -> None:
    number = live.running.requests.ask("N1", "removed", "P001", ("", ""), {"reason": "x"})
    for asked in (number, 10**9):
        with pytest.raises(UsageError, match="there is no such"):
            hand_out(live.running, CHIEF, asked)


def test_who_was_erased_is_named_no_more(live: Field) -> None:
    live.running.person_keys.key("P001", "identity")
    live.running.person_keys.destroy("P001")
    number = order_papers(live.running, CHIEF, MANIFEST)
    decide(live.running, SECOND, number, agrees=True)
    said = told(hand_out(live.running, CHIEF, number).content)
    assert "Name001" not in said
    assert "Name002" in said


def test_who_was_erased_has_no_referral(live: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    given = replace(MANIFEST, kinds=("referral",), redaction="medical", about=frozenset())
    monkeypatch.setattr(live.running.person_keys, "destroyed", lambda: frozenset(("P005",)))
    with pytest.raises(UsageError, match="nobody would stand"):
        order_papers(live.running, CHIEF, given)


def test_without_a_plan_there_are_forms_all_the_same(live: Field) -> None:
    plan = live.running.plan
    live.running.plan = None
    try:
        made = print_now(live.running, CHIEF, Order(kinds=("blank",), languages=("ar",)))
    finally:
        live.running.plan = plan
    with zipfile.ZipFile(io.BytesIO(made.content)) as file:
        assert len(file.namelist()) == 10
    assert ("vehicle", "B1") in choices(live.running)


def test_a_name_that_only_the_record_holds_is_opened(live: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    operation = live.running.operation
    people = tuple(replace(one, name="") if one.id == "P003" else one for one in operation.people)
    monkeypatch.setattr(live.running, "operation", replace(operation, people=people))
    monkeypatch.setattr(paper_orders, "Opener", lambda _running: lambda person: f"Sealed {person}")
    number = order_papers(live.running, CHIEF, MANIFEST)
    decide(live.running, SECOND, number, agrees=True)
    said = " ".join(told(hand_out(live.running, CHIEF, number).content).split())
    assert "Sealed P003" in said
    assert said.count("Sealed") == 1
