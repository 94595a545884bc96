"""JSON Schemas of the operation file, the tables and the plan file, generated from the model."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

from safepassage.exchange.bounds import MAX_FACTOR
from safepassage.exchange.columns import TABLES
from safepassage.exchange.entries import HALT, KINDS, LIMITS, LISTS, NIGHT, OPERATION, ROAD_MAP
from safepassage.exchange.entries_of_uncertainty import FACTOR_SPREAD, TIME_SPREAD
from safepassage.exchange.fields import UNITS, Field
from safepassage.exchange.plan_file import INSTANTS, KEYS
from safepassage.exchange.words import CHOICES
from safepassage.model.clauses import Clause, Milestone
from safepassage.model.fleet import Convoy, Halt, Vehicle
from safepassage.model.operation import OPERATION_FORMAT, Figure, Limits, Party, Source
from safepassage.model.people import Person
from safepassage.model.places import Closure, Correction, Link, RoadMap, Site
from safepassage.model.plan import PLAN_FORMAT, Plan
from safepassage.model.time import Night
from safepassage.model.uncertainty import Incident, Reserve, Spare, Spread, Uncertainty

Schema = dict[str, Any]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
MODELS: Final[dict[str, type[Struct]]] = {
    "people": Person,
    "vehicles": Vehicle,
    "sites": Site,
    "roads": Link,
    "closures": Closure,
    "corrections": Correction,
    "parties": Party,
    "convoys": Convoy,
    "milestones": Milestone,
    "sources": Source,
    "figures": Figure,
    "uncertainties": Uncertainty,
    "spares": Spare,
    "reserves": Reserve,
}
"""Table or list -> the model's struct of its rows."""

KIND_MODELS: Final[dict[str, dict[str, type[Struct]]]] = {
    name: {str(kind.__struct_config__.tag): kind for kind in union.__args__}
    for name, union in (("clauses", Clause), ("incidents", Incident))
}
"""List -> kind -> the model's struct of its entries."""

_INSTANT: Final[Schema] = {"type": "string", "description": "a date and time, or a time of day"}
_WINDOW: Final[Schema] = {
    "type": "object",
    "properties": {"from": _INSTANT, "until": _INSTANT},
    "required": ["from", "until"],
    "additionalProperties": False,
}
_WINDOWS: Final[Schema] = {
    "anyOf": [
        {"type": "array", "items": _WINDOW},
        {
            "type": "object",
            "properties": {
                "daily": {
                    "type": "object",
                    "properties": {**_WINDOW["properties"], "days": {"type": "integer", "minimum": 0, "maximum": 366}},
                    "required": ["from", "until"],
                    "additionalProperties": False,
                }
            },
            "required": ["daily"],
            "additionalProperties": False,
        },
    ]
}
_SHAPE: Final[Schema] = {
    "anyOf": [
        {"type": "string", "description": "WKT"},
        {"type": "array", "items": {"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}]}},
    ]
}
_WITH_DEFAULT: Final = ("text", "count", "choice", "yes_no", "number", "share", "choices")
_TEXTS: Final[Schema] = {"type": "array", "items": {"type": "string"}}


def defaults(model: type[Struct]) -> dict[str, Any]:
    """Give the defaults of a struct, by field; fields that must be given are left out."""
    fields = msgspec.structs.fields(model)
    return {field.name: field.default for field in fields if field.default is not msgspec.NODEFAULT}


def operation_schema() -> Schema:
    """Make the schema of operation.toml (as the JSON of the same keys)."""
    properties: Schema = {field.name: {"type": "string", "description": field.help} for field in OPERATION}
    properties["format"] = {"const": OPERATION_FORMAT}
    texts = {name: {"type": "string"} for name in TABLES}
    properties["tables"] = {"type": "object", "properties": texts, "additionalProperties": False}
    properties["limits"] = _entry(LIMITS, Limits)
    properties["roads"] = _entry(ROAD_MAP, RoadMap)
    del properties["roads"]["properties"]["remove"], properties["roads"]["required"]
    properties["night"] = _entry(NIGHT, Night)
    del properties["night"]["properties"]["remove"]
    for name, fields in LISTS.items():
        properties[name] = {"type": "array", "items": _entry(fields, MODELS[name])}
    for name, kinds in KINDS.items():
        entries = [_entry(fields, KIND_MODELS[name][kind]) for kind, fields in kinds.items()]
        for kind, entry in zip(kinds, entries, strict=True):
            entry["properties"]["kind"] = {"const": kind}
        properties[name] = {"type": "array", "items": {"anyOf": entries}}
    return {
        "$schema": DRAFT,
        "$id": "urn:safepassage:schema:operation:1",
        "title": OPERATION_FORMAT,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def tables_schema() -> Schema:
    """Make the schema of one row of each table, by the canonical names of its columns."""
    rows = {name: _entry(spec.fields, MODELS[name]) for name, spec in TABLES.items()}
    for row in rows.values():
        del row["properties"]["remove"]
    return {
        "$schema": DRAFT,
        "$id": "urn:safepassage:schema:tables:1",
        "title": "tables of an operation",
        "$defs": rows,
    }


def _entry(fields: tuple[Field, ...], model: type[Struct]) -> Schema:
    """Make the schema of an entry or row: the model's types under the names of the file."""
    base = msgspec.json.schema(model)["$defs"][model.__name__]["properties"]
    default = defaults(model)
    properties: Schema = {}
    for field in fields:
        for name in spellings(field):
            schema = _value(field, base.get(field.model, {}))
            if field.model in default and field.kind in _WITH_DEFAULT and _shown(field, default[field.model]):
                schema["default"] = default[field.model]
            properties[name] = {**schema, "description": field.help} if field.help else schema
    properties["remove"] = {"const": True, "description": "in an operation that extends another: take the entry away"}
    required = [field.name for field in fields if field.required and field.name in properties]
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if model is not Limits:
        schema["required"] = required
    return schema


def _shown(field: Field, default: Any) -> bool:
    """Tell whether a default can be written: an empty choice is one that is not made."""
    return field.kind != "choice" or default in CHOICES[field.choices]


def spellings(field: Field) -> tuple[str, ...]:
    """Give every name under which files may spell a field: one for each unit."""
    units = UNITS.get(field.kind)
    return tuple(f"{field.name}_{unit}" for unit in units) if units else (field.name,)


def _value(field: Field, base: Schema) -> Schema:
    plain: dict[str, Schema] = {
        "duration": {"type": "number", "minimum": 0},
        "length": {"type": "number", "minimum": 0},
        "weight": {"type": "number", "minimum": 0},
        "size": {"type": "number", "minimum": 0},
        "words": {"type": "string"},
        "speed": {"type": "number", "minimum": field.low, "maximum": field.high},
        "lon_lat": {"type": "number", "minimum": field.low, "maximum": field.high},
        "count": {"type": "integer", "minimum": field.low, "maximum": field.most},
        "instant": dict(_INSTANT),
        "windows": dict(_WINDOWS),
        "openings": {"type": "string"},
        "line": dict(_SHAPE),
        "ids": dict(_TEXTS),
        "texts": dict(_TEXTS),
        "number": {"type": "number", "minimum": field.low, "maximum": field.most},
        "share": {"type": "number", "minimum": 0, "maximum": 1},
        "factor": {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_FACTOR},
        "window": dict(_WINDOW),
        "point": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    }
    if field.kind == "choice":
        return {"enum": list(CHOICES[field.choices])}
    if field.kind == "choices":
        return {"type": "array", "items": {"enum": list(CHOICES[field.choices])}, "minItems": 1, "uniqueItems": True}
    if field.kind in ("factor_spread", "time_spread"):
        return _spread(FACTOR_SPREAD if field.kind == "factor_spread" else TIME_SPREAD)
    if field.kind == "halts":
        return {"type": "array", "items": _entry(HALT, Halt)}
    return plain.get(field.kind) or {"type": base.get("type", "string")}


def _spread(fields: tuple[Field, ...]) -> Schema:
    """Make the schema of a spread; which values a shape needs, and their order, are left to the reading."""
    schema = _entry(fields, Spread)
    del schema["properties"]["remove"], schema["required"]
    return schema


def plan_schema() -> Schema:
    """Make the schema of PLAN.json: the model's, with instants as text and the keys of the file."""
    whole = msgspec.json.schema(Plan)
    parts: dict[str, Schema] = whole["$defs"]
    for struct, names in INSTANTS.items():
        part = parts[struct.__name__]
        part["properties"] = {
            name.removesuffix("_s") if name in names else name: _moment(schema) if name in names else schema
            for name, schema in part["properties"].items()
        }
        part["required"] = [name.removesuffix("_s") if name in names else name for name in part["required"]]
    plan = parts.pop("Plan")
    known = plan["properties"]
    extra: Schema = {
        "format": {"const": PLAN_FORMAT},
        "operation": {
            "type": "object",
            "properties": {"id": {"type": "string"}, "sha256": {"type": "string"}},
            "required": ["id", "sha256"],
        },
        "gap": {"anyOf": [{"type": "number"}, {"type": "null"}]},
    }
    return {
        "$schema": DRAFT,
        "$id": "urn:safepassage:schema:plan:1",
        "title": PLAN_FORMAT,
        "type": "object",
        "properties": {key: extra.get(key) or known[key] for key in KEYS},
        "required": ["format", "operation", "status", "seed", "solver"],
        "additionalProperties": False,
        "$defs": parts,
    }


def _moment(schema: Schema) -> Schema:
    moment: Schema = {"type": "string", "format": "date-time"}
    return {"anyOf": [moment, {"type": "null"}]} if "anyOf" in schema else moment


def schema_files() -> dict[str, bytes]:
    """Give the committed schema files: name -> bytes."""
    schemas = {"operation-1.json": operation_schema(), "tables-1.json": tables_schema(), "plan-1.json": plan_schema()}
    return {name: msgspec.json.format(msgspec.json.encode(one), indent=2) + b"\n" for name, one in schemas.items()}
