"""The description of tables says what a reader of nothing else needs to read every value right."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import jsonschema

from safepassage.exchange.datapackage import Origin, Package, describe
from safepassage.exchange.dataset import Column, Dataset, Reference
from safepassage.exchange.tabular import csv_pieces

PEOPLE = Dataset(
    name="people",
    title="People",
    columns=(
        Column(name="id", required=True, help="the code"),
        Column(name="site", choices=("school", "hall")),
        Column(name="treatment_min", kind="integer"),
        Column(name="fit_to_travel", kind="boolean"),
        Column(name="since", kind="datetime"),
        Column(name="carer"),
        Column(name="lat", kind="number"),
    ),
    rows=[
        ("P001", "school", 20, True, datetime(2026, 3, 1, 6, tzinfo=UTC), None, 34.5),
        ("P002", None, None, False, None, "P001", None),
    ],
    key=("id",),
    references=(Reference(column="carer", dataset="", key="id"), Reference(column="site", dataset="sites", key="id")),
)
SITES = Dataset(name="sites", title="Sites", columns=(Column(name="id"),), rows=[("school",)], key=("id",))
PACKAGE = Package(
    name="Qara 2017", title="Qara", made=datetime(2026, 3, 1, tzinfo=UTC), recipient="clinic", redaction="full",
    sources=(Origin(title="A list", path="https://example.org/list"), Origin(title="Another")),
)  # fmt: skip

TEXT = {"type": "string", "minLength": 1}
FIELD = {
    "type": "object",
    "required": ["name", "type"],
    "properties": {
        "name": TEXT,
        "type": {"enum": ["string", "integer", "number", "boolean", "datetime"]},
        "constraints": {
            "type": "object",
            "properties": {"required": {"type": "boolean"}, "enum": {"type": "array", "minItems": 1}},
            "additionalProperties": False,
        },
    },
}
SCHEMA = {
    "type": "object",
    "required": ["name", "resources", "licenses"],
    "properties": {
        "profile": {"const": "tabular-data-package"},
        "name": {"pattern": "^([-a-z0-9._/])+$"},
        "created": TEXT,
        "licenses": {
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [{"required": ["name"]}, {"required": ["path"]}]},
        },
        "sources": {"type": "array", "items": {"required": ["title"]}},
        "resources": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["name", "path", "schema", "profile"],
                "properties": {
                    "name": {"pattern": "^([-a-z0-9._/])+$"},
                    "path": {"pattern": "^(?=^[^./~])(^((?!\\.{2}).)*$).*$"},
                    "schema": {
                        "required": ["fields"],
                        "properties": {
                            "fields": {"type": "array", "minItems": 1, "items": FIELD},
                            "missingValues": {"type": "array", "items": {"type": "string"}},
                            "primaryKey": {"type": "array", "items": TEXT},
                            "foreignKeys": {
                                "items": {
                                    "required": ["fields", "reference"],
                                    "properties": {"reference": {"required": ["resource", "fields"]}},
                                }
                            },
                        },
                    },
                },
            },
        },
    },
}
"""What the specifications, version 1, ask of the parts that are used."""


def told() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(describe(PACKAGE, [PEOPLE, SITES]))
    return found


def cast(field: dict[str, Any], cell: str, missing: list[str]) -> Any:
    """Read a cell by nothing but its field, as the Table Schema has it."""
    if cell in missing:
        assert not field.get("constraints", {}).get("required")
        return None
    if field["type"] == "boolean":
        return {**dict.fromkeys(field["trueValues"], True), **dict.fromkeys(field["falseValues"], False)}[cell]
    assert cell in field.get("constraints", {}).get("enum", [cell])
    reads: dict[str, Any] = {
        "string": str, "integer": int, "number": float, "datetime": datetime.fromisoformat,
    }  # fmt: skip
    return reads[field["type"]](cell)


def test_it_is_of_the_published_form() -> None:
    jsonschema.validate(told(), SCHEMA)
    assert told()["name"] == "qara-2017"
    assert told()["sources"] == [{"title": "A list", "path": "https://example.org/list"}, {"title": "Another"}]


def test_every_value_is_read_back_by_the_description_alone() -> None:
    resource = told()["resources"][0]
    schema, dialect = resource["schema"], resource["dialect"]
    text = b"".join(csv_pieces(PEOPLE, tags=False, mark=False)).decode(resource["encoding"])
    head, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=dialect["delimiter"])
    assert head == [field["name"] for field in schema["fields"]]
    read = [tuple(cast(field, cell, schema["missingValues"]) for field, cell in zip(schema["fields"], row, strict=True))
            for row in rows]  # fmt: skip
    assert read == PEOPLE.rows


def test_keys_and_hashtags_are_told() -> None:
    schema = told()["resources"][0]["schema"]
    assert schema["primaryKey"] == ["id"]
    assert [one["reference"] for one in schema["foreignKeys"]] == [
        {"resource": "", "fields": "id"}, {"resource": "sites", "fields": "id"},
    ]  # fmt: skip
    assert {field["name"]: field.get("hxl") for field in schema["fields"]}["treatment_min"] == "#need+treatment+num"


def test_what_is_not_said_is_not_there() -> None:
    bare = json.loads(describe(Package(name="ـ", title="", made=datetime(2026, 3, 1, tzinfo=UTC)), [SITES]))
    assert not {"recipient", "redaction", "sources", "description"} & bare.keys()
    assert bare["name"] == "operation"
