"""Describe tables so that another program reads them right: a Frictionless Data Package.

References
----------
Data Package, Tabular Data Resource and Table Schema (Frictionless Data, specifications version 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from safepassage.exchange.dataset import NO, YES, Dataset

FILE: Final = "datapackage.json"


class Origin(Struct, frozen=True, kw_only=True):
    """Where figures come from."""

    title: str
    path: str = ""


class Package(Struct, frozen=True, kw_only=True):
    """What is said of all tables together: for whom they were made, when, and where the figures come from."""

    name: str
    title: str
    made: datetime
    description: str = ""
    recipient: str = ""
    redaction: str = ""
    sources: Sequence[Origin] = ()


def describe(package: Package, datasets: Iterable[Dataset]) -> bytes:
    """Write `datapackage.json` for tables that are kept beside it as CSV, each under its name.

    Parameters
    ----------
    package
        What is said of all.
    datasets
        The tables, in their order.
    """
    told: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": _slug(package.name),
        "title": package.title or package.name,
        "description": package.description,
        "created": package.made.isoformat(),
        "licenses": [_LICENCE],
        "sources": [_source(one) for one in package.sources],
        "recipient": package.recipient,
        "redaction": package.redaction,
        "resources": [_resource(one) for one in datasets],
    }
    return msgspec.json.format(msgspec.json.encode({key: one for key, one in told.items() if one}), indent=1) + b"\n"


_LICENCE: Final = {
    "name": "other-closed",
    "title": "Handed out for the protection of the people in it: not to be passed on, copied or published",
}
"""By the names of the Open Definition for what has no open licence."""


def _source(origin: Origin) -> dict[str, str]:
    return {"title": origin.title} | ({"path": origin.path} if origin.path else {})


def _slug(name: str) -> str:
    """Return a name in the letters that the specification allows."""
    found = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name.lower())
    return found.strip("-") or "operation"


def _resource(dataset: Dataset) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": _slug(dataset.name),
        "title": dataset.title,
        "path": f"{dataset.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": _schema(dataset),
    }


def _schema(dataset: Dataset) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(dataset, index) for index in range(len(dataset.columns))],
        "missingValues": [""],
    }
    if dataset.key:
        schema["primaryKey"] = list(dataset.key)
    if dataset.references:
        schema["foreignKeys"] = [
            {"fields": one.column, "reference": {"resource": _slug(one.dataset) if one.dataset else "",
                                                 "fields": one.key}}
            for one in dataset.references
        ]  # fmt: skip
    return schema


def _field(dataset: Dataset, index: int) -> dict[str, Any]:
    column, tag = dataset.columns[index], dataset.tags[index]
    told: dict[str, Any] = {"name": column.name, "type": column.kind}
    if column.kind == "boolean":
        told |= {"trueValues": [YES], "falseValues": [NO]}
    if column.kind == "datetime":
        told["format"] = "any"
    if column.help:
        told["description"] = column.help
    if tag:
        told["hxl"] = tag
    limits: dict[str, Any] = {"required": True} if column.required else {}
    if column.choices:
        limits["enum"] = list(column.choices)
    return told | ({"constraints": limits} if limits else {})
