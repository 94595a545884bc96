"""The page as a document: one file, nothing loaded, every language, tables and pictures that can be read aloud."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import msgspec
import pytest

from reports.material import HOSTILE, INFEASIBLE, OPERATION, PLAN
from reports.told import told_times
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.reports.page import plan_page
from safepassage.reports.words import LANGUAGES
from safepassage.reports.words.phrases import named

VOID = frozenset(("meta", "path", "rect", "circle", "link", "img", "br", "hr", "input"))


class Reader(HTMLParser):
    """Collects elements with their attributes, and the texts of those in which something is looked for."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(operation: Operation = OPERATION, plan: Plan = PLAN, **options: str) -> str:
    return plan_page(operation, plan, **options).decode("utf-8")  # type: ignore[arg-type]


@pytest.mark.parametrize("plan", [PLAN, INFEASIBLE], ids=["plan", "no plan"])
def test_nothing_is_loaded_from_anywhere(plan: Plan) -> None:
    read = Reader(page(plan=plan))

    for tag, attributes in read.elements:
        assert not {"src", "srcset", "poster", "action", "xlink:href"} & attributes.keys(), tag
        assert not any(name.startswith("on") for name in attributes), tag
        assert "style" not in attributes, tag
        if "href" in attributes:
            assert str(attributes["href"]).startswith("#")
    assert not read.all("link")
    assert "@import" not in page(plan=plan)
    assert not re.search(r"url\((?!#)", page(plan=plan))


def test_the_policy_allows_only_the_pages_own_style_and_script() -> None:
    document = page()
    policy = next(str(meta["content"]) for meta in Reader(document).all("meta") if "http-equiv" in meta)

    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", document, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_names_from_the_folder_cannot_become_markup_or_reorder_text() -> None:
    document = page()

    assert HOSTILE not in document
    assert "&lt;script&gt;window.broken" in document
    assert "\u202e" not in document
    assert "left⟨U+202E⟩right" in document
    assert document.count("<script>") == 1


def test_the_language_asked_for_comes_first_and_the_others_are_there() -> None:
    english, french, arabic = page(), page(language="fr"), page(language="ar")

    assert '<html lang="en" dir="ltr"' in english
    assert '<html lang="fr" dir="ltr"' in french
    assert '<html lang="ar" dir="rtl"' in arabic
    assert "<title data-en=" in english
    assert "قوائم الركاب" in english
    assert "Passenger lists" in arabic
    assert "Manifestes des passagers" in arabic
    assert re.findall(r'id="language-(..)"[^>]*aria-pressed="true"', french) == ["fr"]


def test_every_text_is_there_in_every_language() -> None:
    counts = told_times(page())

    assert counts.keys() == set(LANGUAGES)
    assert set(counts.values()) == {counts["en"]}
    assert counts["en"] > 300


def test_no_sentence_is_left_unfilled() -> None:
    document = re.sub(r"<(style|script)>.*?</\1>", "", page(), flags=re.DOTALL)

    assert not re.search(r"\{[a-z_]+\}", document)
    assert "None" not in document


@pytest.mark.parametrize("plan", [PLAN, INFEASIBLE], ids=["plan", "no plan"])
def test_tables_have_captions_and_scoped_heads_and_pictures_have_titles(plan: Plan) -> None:
    document = page(plan=plan)

    tables = re.findall(r"<table.*?</table>", document, flags=re.DOTALL)
    assert tables
    for table in tables:
        assert "<caption id=" in table
        assert 'scope="col"' in table
        assert not re.search(r"<th(?! scope)[ >]", table)
    for svg in re.findall(r"<svg.*?</svg>", document, flags=re.DOTALL):
        assert 'aria-hidden="true"' in svg or ('role="img"' in svg and "<title" in svg)


def test_ids_are_unique_and_every_reference_meets_one() -> None:
    read = Reader(page())
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]

    assert len(ids) == len(set(ids))
    for _, attributes in read.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            for wanted in str(attributes.get(name) or "").split():
                assert wanted in ids
        if "href" in attributes:
            assert str(attributes["href"])[1:] in ids


def test_the_sections_stand_in_the_order_they_are_asked_for() -> None:
    order = [attributes["id"] for attributes in Reader(page()).all("section")]

    assert order == [
        "answer", "violations", "clauses", "movement", "sketch", "gantt", "stops", "chain", "basis", "referrals",
        "unserved", "manifests",
    ]  # fmt: skip


def test_without_a_plan_the_page_tells_why_and_what_would_help() -> None:
    document = page(plan=INFEASIBLE)
    order = [attributes["id"] for attributes in Reader(document).all("section")]

    assert order == ["answer", "clashes", "clauses", "sketch", "basis"]
    assert "There are not enough seats for" in document
    assert "Tried: a plan then exists." in document


def test_personal_lists_say_who_may_have_them() -> None:
    document = page()
    personal = re.findall(r'<section id="(\w+)" class="personal".*?</section>', document, flags=re.DOTALL)

    assert personal == ["referrals", "unserved", "manifests"]
    assert document.count("Only for the bus focal point") == 2 + 3  # the two sections, and each vehicle's sheet
    assert document.count("Only for the medical escort") == 1


def test_everybody_is_a_person_and_their_group_stays_out() -> None:
    people = tuple(msgspec.structs.replace(person, group="claimed-by-somebody") for person in OPERATION.people)

    document = page(msgspec.structs.replace(OPERATION, people=people))

    assert "claimed-by-somebody" not in document


def test_the_hash_shown_is_the_one_given_else_the_plans() -> None:
    assert "cd" * 32 in page(sha256="cd" * 32)
    assert "ab" * 32 in page()


def test_same_input_same_bytes() -> None:
    assert plan_page(OPERATION, PLAN) == plan_page(OPERATION, PLAN)


def test_an_operation_without_clauses_sources_or_names() -> None:
    people = tuple(msgspec.structs.replace(person, name="") for person in OPERATION.people)
    bare = msgspec.structs.replace(
        OPERATION, clauses=(), milestones=(), sources=(), figures=(), closures=(), people=people
    )
    plan = msgspec.structs.replace(
        PLAN, clauses=(), chain=(), levers=(), violations=(), unserved=(), referrals=(), milestones=(), convoys=()
    )

    document = page(bare, plan)

    assert "No clause was agreed." in document
    assert "No chain is recorded." in document
    assert 'id="violations"' not in document


def test_eight_hundred_people_stay_under_two_megabytes() -> None:
    model = OPERATION.people[0]
    people = tuple(
        msgspec.structs.replace(model, id=f"P{number:04}", household=f"H{number // 4:03}") for number in range(800)
    )
    manifest = PLAN.manifests[4]
    rides = tuple(msgspec.structs.replace(manifest.rides[0], person=person.id) for person in people)
    plan = msgspec.structs.replace(
        PLAN, manifests=(msgspec.structs.replace(manifest, rides=rides),), referrals=(), unserved=()
    )

    size = len(plan_page(msgspec.structs.replace(OPERATION, people=people), plan))

    assert 200_000 < size < 2_000_000


def test_what_the_caller_adds_stands_at_the_top() -> None:
    document = plan_page(
        OPERATION, PLAN, remarks=[named("Seats suffice.", fr="Il y a assez de places.", ar="المقاعد كافية.")]
    ).decode("utf-8")

    assert document.index("Seats suffice.") < document.index('id="clauses"')
    assert "Il y a assez de places." in document
    assert "المقاعد كافية." in document
