"""What is generated from the model is what is committed; every code is explained; the check finds what is planted."""

from __future__ import annotations

import ast
import importlib.util
import json
import random
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from safepassage import exchange
from safepassage.exchange import folder, schema
from safepassage.exchange.codes import CODES
from safepassage.exchange.plan_file import write_plan
from safepassage.exchange.template import write_template

ROOT = Path(__file__).parents[2]
ROOM = Path(str(exchange.__file__)).parent


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_reference_page_and_schemas_are_fresh() -> None:
    generator = load(ROOT / "docs" / "generate_reference.py")
    stale = [path.name for path, data in generator.files().items() if not path.exists() or path.read_bytes() != data]
    assert stale == [], "run python docs/generate_reference.py"


def texts(node: ast.AST) -> set[str]:
    """Every text that an expression may be: both branches of a condition."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) | texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_every_code_used_is_explained_and_every_code_explained_is_used() -> None:
    used: set[str] = set()
    constants: set[str] = set()
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))) if not path.name.startswith("codes") else ():
            constants |= texts(node) if isinstance(node, ast.Constant) else set()
            if isinstance(node, ast.keyword) and node.arg == "code":
                used |= texts(node.value)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "refusal":
                used |= texts(node.args[2])
    assert len(used) > 50
    assert used <= CODES.keys()
    assert CODES.keys() <= constants
    assert all(code.title and code.meaning and code.remedy for code in CODES.values())


def resolve(part: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        part = whole["$defs"][part["$ref"].rpartition("/")[2]]
    return part


TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None), "array": list,
    "object": dict,
}  # fmt: skip


ANY = {"anyOf": [{"type": name} for name in TYPES]}


def fits(value: Any, part: dict[str, Any], whole: dict[str, Any]) -> bool:
    """Judge a value by the keywords that these schemas use."""
    part = resolve(part, whole)
    if "anyOf" in part:
        return any(fits(value, one, whole) for one in part["anyOf"])
    if "const" in part or "enum" in part:
        return value in part.get("enum", [part.get("const")])
    if not isinstance(value, TYPES[part["type"]]):
        return False
    if isinstance(value, list):
        return all(fits(one, part.get("items", ANY), whole) for one in value)
    if isinstance(value, dict):
        known, others = part.get("properties", {}), part.get("additionalProperties")
        kinds = {key: known.get(key, others) for key in value}
        every = all(kinds[key] and fits(one, kinds[key], whole) for key, one in value.items())
        return every and set(part.get("required", ())) <= set(value)
    return not isinstance(value, int | float) or bool(part.get("minimum", value) <= value <= part.get("maximum", value))


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_json(one) for one in value]
    return value if isinstance(value, str | int | float) else str(value)


def test_template_fits_the_schema_of_the_operation_and_a_slip_does_not(tmp_path: Path) -> None:
    write_template(tmp_path, workbook=False)
    content = as_json(tomllib.loads((tmp_path / "operation.toml").read_text("utf-8")))
    whole = schema.operation_schema()
    assert fits(content, whole, whole)
    content["limits"]["rest_minutes"] = 3
    assert not fits(content, whole, whole)


def test_a_written_plan_fits_the_schema_of_the_plan_and_a_slip_does_not() -> None:
    plans = load(ROOT / "tests" / "exchange" / "test_plan_file.py")
    content = json.loads(write_plan(plans.OPERATION, plans.full_plan()))
    whole = schema.plan_schema()
    assert fits(content, whole, whole)
    content["trips"][0]["stops"][0]["arrive"] = 5
    assert not fits(content, whole, whole)


def test_schemas_carry_their_version() -> None:
    for name, data in schema.schema_files().items():
        kind, version = name.removesuffix(".json").split("-")
        assert json.loads(data)["$id"] == f"urn:safepassage:schema:{kind}:{version}"


@pytest.mark.parametrize("seed", [0, 1])
def test_two_hundred_planted_faults_are_found_at_their_cells(tmp_path: Path, seed: int) -> None:
    bench = load(ROOT / "bench" / "bench_check.py")
    planted = bench.build(tmp_path, 2000, 200, seed)
    found = {(code, cell) for code, cell in bench.read(tmp_path)["found"]}
    assert len(planted) == 200
    assert len({code for code, _ in planted}) >= 12
    assert found == planted
    assert folder.read(tmp_path).operation is None


def test_a_workbook_without_planted_faults_has_none(tmp_path: Path) -> None:
    bench = load(ROOT / "bench" / "bench_check.py")
    bench.build(tmp_path, 500, 0, 0)
    reading = folder.read(tmp_path)
    assert reading.faults == ()
    assert reading.operation is not None
    assert random.Random(0).choice(reading.operation.people).household
