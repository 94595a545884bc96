"""Verifying: a whole ledger shows nothing, every change is found and told where it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import apsw
import pytest
from msgspec.structs import replace

from ledger.faults import tampering
from ledger.faults.tampering import Case, MemoryRows, case_of
from ledger.histories import SERVER, History, log_key, written
from safepassage.ledger import verifying
from safepassage.ledger.checkpoints import Checkpoint, make
from safepassage.ledger.envelope import NotAnEventError, decode, digest, encode
from safepassage.ledger.findings import Finding
from safepassage.ledger.merkle import Root
from safepassage.ledger.scanning import MOST_FINDINGS
from safepassage.ledger.signing import log_public_key
from safepassage.ledger.stores import StoreRefusedError
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.ledger.stores.rows import Row, Rows, SqliteRows
from safepassage.ledger.stores.sqlite import SqliteStore
from safepassage.ledger.verifying import verify

HISTORY = written(3, 4, seed=3)


def rows_of(history: History, checkpoints: list[bytes] | None = None) -> MemoryRows:
    rows = [(position, digest(data), data) for position, data in enumerate(history.events)]
    return MemoryRows(rows, history.checkpoints if checkpoints is None else checkpoints)


def kept_in(path: Path, rows: list[Row], checkpoints: list[bytes]) -> Path:
    """Write rows as they are into a file as `SqliteStore` makes it."""
    SqliteStore(path).close()
    connection = apsw.Connection(str(path))
    with connection:
        connection.executemany("insert into events (position, digest, bytes) values (?, ?, ?)", rows)
        connection.executemany("insert into checkpoints (note) values (?)", [(note,) for note in checkpoints])
    connection.close()
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    store = SqliteStore(tmp_path / "ledger.db")
    store.append(HISTORY.events)
    for note in HISTORY.checkpoints:
        store.keep_checkpoint(note)
    store.close()
    return tmp_path / "ledger.db"


def codes(findings: tuple[Finding, ...]) -> set[str]:
    return {one.code for one in findings}


def test_a_whole_ledger_shows_nothing() -> None:
    told: list[tuple[int, int]] = []
    verdict = verify(
        rows_of(HISTORY),
        known_checkpoints=HISTORY.checkpoints,
        trusted_key=HISTORY.public_key,
        tell=lambda done, of: told.append((done, of)),
    )
    assert verdict.findings == ()
    assert verdict.sound
    assert (verdict.size, verdict.root) == (len(HISTORY.events), HISTORY.tree.root().hex())
    assert (verdict.origin, verdict.public_key) == (HISTORY.origin, HISTORY.public_key)
    assert (verdict.devices, verdict.servers, verdict.kept, verdict.known) == (4, (SERVER,), 4, 4)
    assert told == [(len(HISTORY.events), len(HISTORY.events))]


def test_any_store_can_be_verified(file: Path) -> None:
    store = MemoryStore()
    store.append(HISTORY.events)
    assert verify(store).findings == ()
    rows = SqliteRows(file)
    assert verify(rows, known_checkpoints=HISTORY.checkpoints).findings == ()
    rows.close()


def test_an_empty_ledger_does_not_say_what_it_is() -> None:
    verdict = verify(MemoryStore())
    assert codes(verdict.findings) == {"ledger-not-opened"}
    assert (verdict.size, verdict.sound) == (0, False)


def test_several_processes_find_the_same(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = apsw.Connection(str(file))
    connection.execute("update events set bytes = ? where position = 7", (HISTORY.events[8],)).fetchall()
    connection.close()
    rows = SqliteRows(file)
    alone = verify(rows, known_checkpoints=HISTORY.checkpoints)
    monkeypatch.setattr(verifying, "FEW", 0)
    monkeypatch.setattr(verifying, "RANGE", 10)
    together = verify(rows, known_checkpoints=HISTORY.checkpoints, reopen=partial(SqliteRows, file))
    rows.close()
    assert together == alone
    assert not alone.sound


COUNT = len(tampering.KINDS) * 20


@pytest.mark.no_cover
def test_every_change_is_found_and_located() -> None:
    tally = tampering.campaign(COUNT)
    assert set(tally.made) == {kind.__name__ for kind in tampering.KINDS}
    assert tally.not_found == []
    assert tally.not_located == []


@pytest.mark.no_cover
def test_every_change_of_a_file_is_found_and_located(tmp_path: Path) -> None:
    opened: list[SqliteRows] = []

    def store(case: Case) -> Rows:
        path = kept_in(tmp_path / f"{len(opened)}.db", _storable(case.rows), case.checkpoints)
        opened.append(SqliteRows(path))
        return opened[-1]

    tally = tampering.campaign(3 * len(tampering.KINDS), store=store)
    for rows in opened:
        rows.close()
    assert (tally.not_found, tally.not_located) == ([], [])


def _storable(rows: list[Row]) -> list[Row]:
    """Give an event that stands twice a digest of its own: the database takes none twice."""
    seen: set[bytes | None] = set()
    found: list[Row] = []
    for position, name, data in rows:
        column = bytes(31) + bytes([position % 256]) if name in seen else name
        seen.add(column)
        found.append((position, column, data))
    return found


def chain_only(events: list[bytes]) -> bool:
    """Verify as one might at first: each event names the one before it. Return whether all is well."""
    last: dict[str, str] = {}
    for data in events:
        event = decode(data)
        if event.previous != last.get(event.device, ""):
            return False
        last[event.device] = digest(data).hex()
    return True


@pytest.mark.parametrize(
    "kind",
    [
        tampering.cut_off_the_end,
        tampering.roll_back_to_an_older_copy,
        tampering.change_the_digest_only,
        tampering.exchange_the_digests,
        tampering.change_positions_only,
        tampering.edit_and_mend_the_chain,
        tampering.write_anew_with_another_key,
        tampering.invent_an_event_at_the_end,
    ],
)
def test_a_verifier_of_chains_alone_misses_what_this_one_finds(kind: Callable[[Case], None]) -> None:
    for number in range(10):
        case = case_of(kind, number)
        assert chain_only([data for _, _, data in case.rows])
        assert verify(MemoryRows(case.rows, case.checkpoints), known_checkpoints=case.known).findings


@pytest.mark.parametrize("kind", [tampering.flip_a_bit, tampering.edit_and_mend_the_digest])
def test_a_verifier_of_chains_alone_finds_something(kind: Callable[[Case], None]) -> None:
    """So that the test above does not pass for a verifier that never finds anything."""
    found = 0
    for number in range(10):
        try:
            found += not chain_only([data for _, _, data in case_of(kind, number).rows])
        except NotAnEventError:
            found += 1
    assert found >= 5


def test_without_a_checkpoint_elsewhere_a_whole_rewrite_is_not_seen() -> None:
    """What can be known: who holds no checkpoint and no key has only the server's word."""
    other = written(3, 3, seed=99, key_seed=7)
    assert verify(rows_of(other)).findings == ()
    assert codes(verify(rows_of(other), trusted_key=HISTORY.public_key).findings) >= {"ledger-key-differs"}
    assert "ledger-key-differs" in codes(verify(rows_of(other), known_checkpoints=HISTORY.checkpoints).findings)


def test_two_histories_under_one_key_are_a_split() -> None:
    note = make(log_key(), Checkpoint(HISTORY.origin, len(HISTORY.events), Root(bytes(32))))
    found = verify(rows_of(HISTORY), known_checkpoints=[note]).findings
    assert codes(found) == {"ledger-split", "ledger-root-differs"}


def test_a_checkpoint_that_was_never_kept_is_told() -> None:
    found = verify(rows_of(HISTORY, HISTORY.checkpoints[1:]), known_checkpoints=HISTORY.checkpoints[:1]).findings
    assert [(one.code, one.column) for one in found] == [("ledger-checkpoint-missing", "checkpoints")]


def test_checkpoints_of_other_logs_and_of_nobody() -> None:
    foreign = make(log_key(), Checkpoint("safepassage/other/S9", 1, Root(bytes(32))))
    verdict = verify(rows_of(HISTORY, [foreign]), known_checkpoints=[b"nonsense"])
    assert codes(verdict.findings) == {"ledger-checkpoint-foreign", "ledger-checkpoint-wrong"}
    assert [one.severity for one in verdict.findings] == ["fault", "open"], "the gravest first"


def test_checkpoints_of_other_servers_are_kept_and_not_compared() -> None:
    history = second_server()
    verdict = verify(rows_of(history, [*HISTORY.checkpoints]), trusted_key=log_public_key(log_key(2)))
    assert verdict.findings == ()


def second_server() -> History:
    """Write the log of a server that did not open the operation: its own device first, then what it took."""
    history = History(8)
    own = history.event("S2", "device-enrolled", "S2", {"public_key": "k"})
    history.keep(own)
    for data in HISTORY.events:
        history.keep(data)
    return history


def test_the_log_of_a_second_server_needs_its_key() -> None:
    history = second_server()
    assert codes(verify(rows_of(history)).findings) == {"ledger-key-unknown"}
    assert verify(rows_of(history)).sound, "open, not a fault"
    note = make(log_key(2), Checkpoint("safepassage/reference/S2", len(history.events), history.tree.root()))
    verdict = verify(rows_of(history), known_checkpoints=[note], trusted_key=log_public_key(log_key(2)))
    assert (verdict.findings, verdict.servers) == ((), (SERVER, "S2"))


@pytest.mark.parametrize("key", ["", "AAAA"])
def test_a_log_that_names_no_key_is_told(key: str) -> None:
    first = decode(HISTORY.events[0])
    opened = encode(replace(first, payload={**first.payload, "public_key": key}))
    store = MemoryStore()
    store.append([opened])
    expected = "ledger-key-differs" if key else "ledger-key-unknown"
    assert codes(verify(store, known_checkpoints=HISTORY.checkpoints).findings) >= {expected}


def test_a_first_event_that_is_not_understood_opens_nothing() -> None:
    first = decode(HISTORY.events[0])
    store = MemoryStore()
    store.append([encode(replace(first, version=9))])
    assert "ledger-not-opened" in codes(verify(store).findings)


def test_of_very_many_findings_some_are_told_and_the_rest_counted() -> None:
    rows: list[Row] = [(position, bytes(32), b"x%d" % position) for position in range(MOST_FINDINGS)]
    verdict = verify(MemoryRows(rows, []))
    assert verdict.unsaid == MOST_FINDINGS
    assert not verdict.sound


def test_an_index_that_leads_elsewhere_is_told(file: Path) -> None:
    """The index of digests goes to other rows than the table: SQLite itself trusts it."""
    connection = apsw.Connection(str(file))
    digests = [digest(data) for data in HISTORY.events[3:5]]
    for name, position in ((b"\x00" * 32, 3), (digests[0], 4), (digests[1], 3)):
        connection.execute("update events set digest = ? where position = ?", (name, position)).fetchall()
    schema = connection.execute("select type, name, tbl_name, rootpage, sql from sqlite_schema").fetchall()
    connection.pragma("writable_schema", value=True)
    connection.execute("delete from sqlite_schema where name = 'sqlite_autoindex_events_1'").fetchall()
    connection.execute("update sqlite_schema set sql = replace(sql, ' unique', '') where name = 'events'").fetchall()
    connection.close()
    connection = apsw.Connection(str(file))
    for position, name in zip((3, 4), digests, strict=True):
        connection.execute("update events set digest = ? where position = ?", (name, position)).fetchall()
    connection.pragma("writable_schema", value=True)
    connection.execute("delete from sqlite_schema").fetchall()
    connection.executemany("insert into sqlite_schema values (?, ?, ?, ?, ?)", schema)
    connection.close()
    rows = SqliteRows(file)
    found = verify(rows).findings
    rows.close()
    assert {(one.code, one.position) for one in found} == {("ledger-index-differs", 3), ("ledger-index-differs", 4)}


def test_an_index_that_lacks_rows_is_told() -> None:
    class Short(MemoryRows):
        def by_digest(self) -> list[int]:
            return super().by_digest()[1:]

    found = verify(Short(rows_of(HISTORY).rows(0, 10**6), HISTORY.checkpoints)).findings
    assert codes(found) == {"ledger-index-differs"}


def test_broken_pages_are_told_where_they_are(tmp_path: Path) -> None:
    history = written(4, 12)
    rows: list[Row] = [(position, digest(data), data) for position, data in enumerate(history.events)]
    path = kept_in(tmp_path / "ledger.db", rows, [])
    size = path.stat().st_size // 4096
    seen = set()
    for page in range(3, size, 4):
        broken = tmp_path / f"{page}.db"
        whole = bytearray(path.read_bytes())
        whole[page * 4096 : page * 4096 + 64] = b"\xff" * 64
        broken.write_bytes(whole)
        try:
            opened = SqliteRows(broken)
            found = verify(opened).findings
            opened.close()
        except StoreRefusedError as error:
            seen.add(error.code)
        else:
            assert found, f"page {page}"
            seen |= codes(found)
    assert {"ledger-not-an-event", "ledger-index-differs"} <= seen


def test_columns_of_another_type_are_told(tmp_path: Path) -> None:
    connection = apsw.Connection(str(tmp_path / "loose.db"))
    connection.execute("create table events (position integer primary key, digest, bytes)").fetchall()
    connection.execute("create table checkpoints (number integer primary key, note)").fetchall()
    connection.execute("insert into events values (0, 'text', 5)").fetchall()
    connection.execute("insert into checkpoints values (1, 'text')").fetchall()
    connection.close()
    rows = SqliteRows(tmp_path / "loose.db")
    assert codes(verify(rows).findings) >= {"ledger-column-differs", "ledger-not-an-event"}
    rows.close()


LOOSE = {
    "text of the same bytes": "update events set bytes = cast(bytes as text) where position = 7",
    "a digest as text": "update events set digest = hex(digest) where position = 7",
    "digests cut elsewhere": (
        "update events set digest = substr((select group_concat(hex(digest), '') from events where position in (7, 8)),"
        " iif(position = 7, 1, 63), iif(position = 7, 62, 66)) where position in (7, 8);"
        " update events set digest = unhex(digest) where position in (7, 8)"
    ),
    "a zero byte more": "update events set bytes = cast(bytes || x'00' as blob) where position = 7",
    "two in one": (
        "update events set bytes = cast(bytes || x'00' || (select bytes from events where position = 8) as blob)"
        " where position = 7"
    ),
}
"""Changes that look like nothing once rows are laid end to end."""


@pytest.mark.parametrize("change", ["", *LOOSE])
def test_what_looks_whole_when_laid_end_to_end_is_told(tmp_path: Path, change: str) -> None:
    found = verify(loose_rows(tmp_path / "loose.db", change=LOOSE.get(change, ""))).findings
    told = {one.position for one in found if one.code == "ledger-column-differs"}
    assert told == ({7, 8} if "cut" in change else {7} if change else set())


def test_a_database_with_another_encoding_is_read_as_well(tmp_path: Path) -> None:
    assert verify(loose_rows(tmp_path / "loose.db", encoding="UTF-16")).findings == ()


def loose_rows(path: Path, change: str = "", encoding: str = "UTF-8") -> SqliteRows:
    """Keep the history in a table without types, and change it."""
    connection = apsw.Connection(str(path))
    connection.pragma("encoding", encoding)
    connection.execute("create table events (position integer primary key, digest, bytes)").fetchall()
    connection.execute("create table checkpoints (number integer primary key, note)").fetchall()
    connection.executemany("insert into events values (?, ?, ?)", rows_of(HISTORY).rows(0, 10**6))
    connection.execute(change).fetchall()
    connection.close()
    return SqliteRows(path)


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database", encoding="utf-8")
    for name in ("text.db", "absent.db"):
        with pytest.raises(StoreRefusedError, match="no ledger in a SQLite file"):
            SqliteRows(tmp_path / name)
