"""Read operation.toml, and those it extends, into one draft that knows where each of its values stands."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from safepassage.exchange.bounds import MAX_EXTENDS, MAX_ID, MAX_TOML_BYTES
from safepassage.exchange.columns import TABLES
from safepassage.exchange.entries import KINDS, LISTS, MATCHED_BY, OPERATION
from safepassage.exchange.faults import Bad, Faults
from safepassage.exchange.fields import UNITS, Field
from safepassage.exchange.files import read_bytes
from safepassage.exchange.folding import fold_once
from safepassage.exchange.nearest import nearest
from safepassage.exchange.words import MODEL_WORD
from safepassage.model.errors import Place
from safepassage.model.operation import OPERATION_FORMAT

NAME: Final = "operation.toml"
_LINE: Final = re.compile(r"line (\d+)")
_LISTS: Final = (*LISTS, *KINDS)
_KEYS: Final = (*(field.name for field in OPERATION), "tables", "limits", "night", "roads", *_LISTS)


class Given(Struct, frozen=True):
    """A value and the file that gives it."""

    value: Any
    file: str


class Entry(Struct, frozen=True, kw_only=True):
    """One entry of a list: its values, the file that gives it (or last changes it), its dotted key there."""

    values: dict[str, Any]
    file: str
    key: str


class Draft(Struct, kw_only=True):
    """What operation.toml says, with what it takes from the operations it extends.

    `folders` are the folders from this operation to the last one it builds on, each with the prefix of its files.
    `roads` is the table [roads], of the road map. `read` are the files read so far, with their bytes; `hashed` those
    too large for that, with their sha256.
    """

    top: dict[str, Given] = {}
    limits: dict[str, Given] = {}
    night: dict[str, Given] = {}
    lists: dict[str, list[Entry]] = {}
    tables: dict[str, Given] = {}
    roads: dict[str, Given] = {}
    folders: list[tuple[Path, str]] = []
    read: dict[str, bytes] = {}
    hashed: dict[str, str] = {}


def read_draft(folder: Path, faults: Faults) -> Draft | None:
    """Read operation.toml of a folder and those it extends.

    Parameters
    ----------
    folder
        The operation folder.
    faults
        Where faults are kept.

    Returns
    -------
    Draft | None
        None after a fault without which nothing can be read.
    """
    return _read(folder.resolve(), "", (), faults)


def _read(folder: Path, prefix: str, chain: tuple[Path, ...], faults: Faults) -> Draft | None:
    shown_name = f"{prefix}{NAME}"
    data = read_bytes(folder, NAME, MAX_TOML_BYTES)
    if isinstance(data, Bad):
        faults.bad(Place(file=shown_name), "operation.toml cannot be read", data, NAME)
        return None
    content = _parsed(data, shown_name, faults)
    if content is None:
        return None
    own = _own(content, shown_name, faults)
    own.folders = [(folder, prefix)]
    own.read = {shown_name: data}
    named = content.get("extends")
    if named is None:
        return own
    target = _target(folder, named, (*chain, folder))
    if isinstance(target, Bad):
        faults.bad(Place(file=shown_name, cell="extends"), "the operation it extends", target, named)
        return None
    base = _read(target, _prefix(chain[0] if chain else folder, target), (*chain, folder), faults)
    return None if base is None else _merged(base, own, faults)


def _prefix(top: Path, folder: Path) -> str:
    return Path(os.path.relpath(folder, top)).as_posix() + "/"


def _parsed(data: bytes, shown_name: str, faults: Faults) -> dict[str, Any] | None:
    cell = ""
    try:
        return tomllib.loads(data.removeprefix(b"\xef\xbb\xbf").decode())
    except UnicodeDecodeError as error:
        cell, remedy = f"line {data.count(10, 0, error.start) + 1}", "save it as UTF-8"
    except RecursionError:
        remedy = "it is nested too deep"
    except ValueError as error:
        found = _LINE.search(str(error))
        cell, remedy = f"line {found[1]}" if found else "", str(error)
    bad = Bad(code="not-toml", expected="TOML in UTF-8", remedy=remedy)
    faults.bad(Place(file=shown_name, cell=cell), "the file is not valid TOML", bad, "")
    return None


def _own(content: dict[str, Any], file: str, faults: Faults) -> Draft:
    draft = Draft()
    for key, value in content.items():
        if key not in _KEYS:
            unknown_key(Place(file=file, cell=key), key, _KEYS, faults)
        elif key in _LISTS:
            draft.lists[key] = _entries(key, value, file, faults)
        elif key in ("limits", "night", "tables", "roads"):
            _section(draft, key, value, file, faults)
        else:
            draft.top[key] = Given(value, file)
    if "format" in content and content["format"] != OPERATION_FORMAT:
        bad = Bad(code="unknown-format", expected=f'"{OPERATION_FORMAT}"', remedy="this version reads no other")
        faults.bad(Place(file=file, cell="format"), "format", bad, content["format"])
    return draft


def _section(draft: Draft, key: str, value: Any, file: str, faults: Faults) -> None:
    """Take the keys of a [section]."""
    if not isinstance(value, dict):
        faults.bad(Place(file=file, cell=key), key, Bad(code="not-a-list", expected=f"a table [{key}]"), value)
        return
    given = {name: Given(item, file) for name, item in value.items()}
    if key == "tables":
        draft.tables = _table_names(given, faults)
    elif key == "roads":
        # An empty text says nothing, and must not count as the name of a map.
        draft.roads = {name: one for name, one in given.items() if one.value != ""}
    else:
        setattr(draft, key, given)


def _table_names(given: dict[str, Given], faults: Faults) -> dict[str, Given]:
    names: dict[str, Given] = {}
    for name, item in given.items():
        place = Place(file=item.file, cell=f"tables.{name}")
        if name not in TABLES:
            unknown_key(place, name, tuple(TABLES), faults)
        elif not isinstance(item.value, str):
            faults.bad(
                place, name, Bad(code="not-text", expected='the name of a file, or "workbook.xlsx#Sheet"'), item.value
            )
        else:
            names[name] = item
    return names


def unknown_key(place: Place, key: str, known: tuple[str, ...], faults: Faults) -> None:
    """Keep the fault of a key that is not in the format: a slip there would be lost without a word."""
    faults.bad(place, key, no_such_key(key, known), key)


def no_such_key(key: str, known: tuple[str, ...]) -> Bad:
    """Say that a key is not in the format, and which one may have been meant."""
    near = nearest(key[:64], known, 70)
    return Bad(
        code="unknown-key",
        what="this key is not in the format",
        expected=", ".join(known),
        remedy=f"did you mean {near}?" if near else "remove it",
    )


def _entries(name: str, value: Any, file: str, faults: Faults) -> list[Entry]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        bad = Bad(code="not-a-list", expected=f"entries that begin with [[{name}]]")
        faults.bad(Place(file=file, cell=name), name, bad, value)
        return []
    return [Entry(values=item, file=file, key=_key(name, item, number)) for number, item in enumerate(value)]


def _matched_by(name: str) -> dict[str, str]:
    """Give the keys that tell the entries of a list apart, each with the text that it has when it is not given."""
    return MATCHED_BY.get(name, {"id": ""})


def _key(name: str, item: dict[str, Any], number: int) -> str:
    """Give the dotted key of an entry: by what tells it apart, or by its number where that cannot be shown.

    The seats of spares are the one number among those keys.
    """
    parts = []
    for place, (by, default) in enumerate(_matched_by(name).items()):
        value = item.get(by, None if place == 0 else default)
        if by == "seats" and isinstance(value, int):
            value = str(value)
        if not isinstance(value, str) or not value.isprintable() or len(value) > MAX_ID:
            return f"{name}[{number}]"
        if place == 0 or value != default:
            parts.append(value)
    return ".".join((name, *parts))


def _matched(name: str, values: dict[str, Any]) -> tuple[str, ...]:
    """Give what tells an entry apart in the words of the model, so that another spelling is no other entry."""
    fields = {field.name: field for field in LISTS.get(name, ())}
    return tuple(
        _as_model(fields.get(by), values.get(by, default)) or default for by, default in _matched_by(name).items()
    )


def _as_model(field: Field | None, value: Any) -> str:
    text = str(value)
    words = MODEL_WORD.get(field.choices, {}) if field is not None and len(text) <= MAX_ID else {}
    return words.get(fold_once(text), text)


def _target(folder: Path, named: Any, chain: tuple[Path, ...]) -> Path | Bad:
    """Find the folder that is extended: with its own operation.toml, and not one that builds on this one."""
    wrong = Bad(
        code="bad-extends",
        expected='a folder above or inside that holds an operation.toml, such as "../.."',
        remedy="write the way from this folder to it",
    )
    if not isinstance(named, str) or not named or "\x00" in named or Path(named).is_absolute() or "\\" in named:
        return wrong
    target = (folder / named).resolve()
    if target in chain or len(chain) > MAX_EXTENDS:
        return Bad(
            code="bad-extends",
            expected="operations that do not extend each other in a circle",
            remedy="remove one extends",
        )
    common = Path(os.path.commonpath((folder, target)))
    root_holds = any((above / NAME).is_file() for above in (common, *common.parents))
    return target if root_holds and (target / NAME).is_file() else wrong


def _merged(base: Draft, own: Draft, faults: Faults) -> Draft:
    """Lay what an operation says over what it extends."""
    lists = dict(base.lists)
    for name, entries in own.lists.items():
        lists[name] = _merged_list(name, lists.get(name, []), entries, faults)
    # Roads are a table or a map: naming one here takes the place of the other there.
    tables = {name: given for name, given in base.tables.items() if name != "roads" or "file" not in own.roads}
    roads = {key: given for key, given in base.roads.items() if key != "file" or "roads" not in own.tables}
    return Draft(
        top=_without_given(base.top, own.top) | own.top,
        limits=_without_given(base.limits, own.limits) | own.limits,
        night=base.night | own.night,
        lists=lists,
        tables=tables | own.tables,
        roads=_without_given(roads, own.roads) | own.roads,
        folders=own.folders + base.folders,
        read=own.read | base.read,
    )


def _stem(key: str) -> str:
    """Cut the unit from a key: gap_min and gap_s are one field."""
    stem, _, unit = key.rpartition("_")
    return stem if stem and any(unit in units for units in UNITS.values()) else key


def _without_given(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Drop from `base` what `own` gives, also in another unit, and the translations of a title that `own` changes."""
    given = {_stem(key) for key in own}
    translated = {f"{key}_{tongue}" for key in ("title", "name") if key in own for tongue in ("fr", "ar")}
    return {key: value for key, value in base.items() if _stem(key) not in given and key not in translated}


def _merged_list(name: str, base: list[Entry], own: list[Entry], faults: Faults) -> list[Entry]:
    by = " and ".join(_matched_by(name))
    positions = {_matched(name, entry.values): number for number, entry in enumerate(base)}
    merged: list[Entry | None] = list(base)
    for entry in own:
        matched = _matched(name, entry.values)
        position = positions.get(matched)
        removes = entry.values.get("remove") is True
        if position is None and removes:
            bad = Bad(code="nothing-to-remove", expected=f"the {by} of an entry of the operation it extends")
            faults.bad(
                Place(file=entry.file, cell=entry.key), "remove", bad, ", ".join(part for part in matched if part)
            )
        elif position is None:
            merged.append(entry)
        else:
            merged[position] = None if removes else _laid_over(name, base[position], entry)
    return [entry for entry in merged if entry is not None]


def _laid_over(name: str, base: Entry, own: Entry) -> Entry:
    """Change an entry key by key; a clause or an incident of another kind replaces it."""
    if name in KINDS and own.values.get("kind", base.values.get("kind")) != base.values.get("kind"):
        return own
    return Entry(values=_without_given(base.values, own.values) | own.values, file=own.file, key=own.key)
