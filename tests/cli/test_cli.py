"""The command line: what goes to stdout, what to stderr, and the exit status."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from desk.town import MILL_LANE, town
from safepassage import cli
from safepassage.cli import commands
from safepassage.exchange.template import write_template

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["safepassage", *map(str, arguments)])
        try:
            cli.answer()
        except SystemExit as end:
            status = end.code
        else:
            status = 0
        captured = capfdbinary.readouterr()
        assert isinstance(status, int)
        return status, captured.out.decode(), captured.err.decode()

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path / "op", workbook=False)
    return tmp_path / "op"


@pytest.fixture
def alone(folder: Path) -> Path:
    """Add a child whose household has no adult to the template."""
    people = folder / "people.csv"
    lines = people.read_text(encoding="utf-8-sig").splitlines()
    columns = next(line for line in lines if line.startswith("id,")).split(",")
    site = next(line for line in lines if line.startswith("P")).split(",")[columns.index("site")]
    row = {"id": "P900", "household": "H900", "site": site, "age_band": "child"}
    lines.append(",".join(row.get(column, "") for column in columns))
    people.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_help_names_the_commands(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    assert all(
        name in out
        for name in ("check", "demo", "ensemble", "explain", "ledger", "new", "plan", "referee", "rehearse", "roads")
    )


def test_help_imports_nothing_heavy() -> None:
    heavy = "('ortools', 'numpy', 'rich', 'msgspec')"
    code = (
        "import sys\n"
        "from safepassage.cli.commands import cli\n"
        "try: cli(['--help'])\n"
        f"except SystemExit: print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stderr.strip(), "rehearse" in done.stdout) == ("[]", True)


def test_every_command_is_found_where_it_is_said_to_be() -> None:
    context = click.Context(commands.cli)
    found = {name: commands.cli.get_command(context, name) for name in commands.cli.list_commands(context)}
    assert {name: one.name for name, one in found.items() if one is not None} == {name: name for name in found}


@pytest.mark.parametrize(("arguments", "status"), [(["explain"], 0), (["fly"], 2)])
def test_the_program_leaves_nothing_undone(arguments: list[str], status: int) -> None:
    code = (
        "import atexit, sys, threading\n"
        "from safepassage.cli import main\n"
        f"sys.argv = ['safepassage', *{arguments}]\n"
        "atexit.register(print, 'at the end')\n"
        "threading.Thread(target=lambda: (threading.main_thread().join(), print('in a thread'))).start()\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert done.stdout.splitlines()[-2:] == ["in a thread", "at the end"]


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.skipif(os.name != "posix", reason="the shell of this system closes streams in another way")
def test_the_program_leaves_with_its_status_where_nobody_listens(closed: str) -> None:
    program = "import sys; from safepassage.cli import main; sys.argv = ['safepassage', 'explain']; main()"
    done = subprocess.run(
        ["sh", "-c", f'"$0" -c "$1" {closed}', sys.executable, program], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_the_program_says_that_the_disk_is_full() -> None:
    program = "import sys; from safepassage.cli import main; sys.argv = ['safepassage', '--version']; main()"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode != 0
    assert b"No space left" in done.stderr


def test_an_unknown_command_is_a_usage_error(run: Run) -> None:
    status, out, err = run("fly")
    assert (status, out) == (2, "")
    assert "fly" in err


def test_new_writes_a_folder_and_says_what_is_next(run: Run, tmp_path: Path) -> None:
    status, out, err = run("new", tmp_path / "a")
    assert (status, out) == (0, "")
    assert "safepassage check" in err
    status, out, _ = run("new", tmp_path / "b", "--workbook", "--json")
    assert status == 0
    assert any(name.endswith(".xlsx") for name in json.loads(out)["files"])


def test_new_does_not_overwrite(run: Run, folder: Path) -> None:
    before = (folder / "operation.toml").read_bytes()
    status, _, err = run("new", folder)
    assert status in {2, 3}
    assert "operation" in err
    assert (folder / "operation.toml").read_bytes() == before


def test_check_of_a_good_folder(run: Run, folder: Path) -> None:
    status, out, err = run("check", folder)
    assert (status, out) == (0, "")
    assert "0 error(s), 0 clash(s), 0 warning(s)" in err
    assert "people: people.csv" in err


def test_check_tells_the_road_map(run: Run, folder: Path) -> None:
    (folder / "roads.csv").unlink()
    (folder / "area.osm.pbf").write_bytes(b"\x00\x00\x00\x0e\n\tOSMHeader\x18\x00")
    status, _, err = run("check", folder)
    assert status == 3, "the template names roads"
    assert "roads: area.osm.pbf, a road map\n" in err
    assert "[link-of-road-map]" in err


def test_check_finds_a_clash(run: Run, alone: Path) -> None:
    status, _, err = run("check", alone)
    assert status == 1
    assert "people.csv" in err
    assert "[child-without-adult]" in err


def test_check_as_json(run: Run, alone: Path) -> None:
    status, out, err = run("check", alone, "--json")
    assert (status, err) == (1, "")
    answer = json.loads(out)
    assert answer["format"] == "safepassage-check/1"
    assert answer["faults"][0]["code"] == "child-without-adult"


def test_bad_input_names_every_fault_and_ends_with_3(run: Run, folder: Path) -> None:
    (folder / "vehicles.csv").write_text("id,kind,site,seats\nB1,bus,nowhere,many\n", encoding="utf-8")
    status, out, err = run("plan", folder)
    assert (status, out) == (3, "")
    assert "many" in err
    assert "nowhere" in err
    status, _, _ = run("check", folder)
    assert status == 3


def test_only_the_first_faults_are_shown(run: Run, folder: Path) -> None:
    rows = "".join(f"B{n},bus,nowhere,9\n" for n in range(80))
    (folder / "vehicles.csv").write_text("id,kind,site,seats\n" + rows, encoding="utf-8")
    _, _, err = run("check", folder)
    assert "more; all of them with --json" in err


def test_plan_referee_and_page(run: Run, folder: Path, tmp_path: Path) -> None:
    file, page = tmp_path / "out" / "PLAN.json", tmp_path / "out" / "plan.html"
    status, out, err = run("plan", folder, "-o", file, "--html", page, "--iterations", 100)
    assert status == 0
    assert "Last person arrives" in out
    assert "trying what would bring it forward" in err
    assert json.loads(file.read_bytes())["format"] == "safepassage-plan/1"
    assert page.read_bytes().count(b"<html") == 1
    assert file.stat().st_mode & 0o077 == 0
    status, out, err = run("referee", folder, file)
    assert (status, out) == (0, "")
    assert "no rule is broken" in err


def test_a_hand_edited_plan_is_judged(run: Run, folder: Path, tmp_path: Path) -> None:
    status, out, _ = run("plan", folder, "--json", "--iterations", 100)
    assert status == 0
    plan = json.loads(out)
    plan["objective"]["unserved"] += 1
    file = tmp_path / "PLAN.json"
    file.write_text(json.dumps(plan), encoding="utf-8")
    status, out, err = run("referee", folder, file)
    assert (status, out) == (1, "")
    assert "objective" in err
    status, out, _ = run("referee", folder, file, "--json")
    assert status == 1
    (found,) = json.loads(out)["violations"]
    assert (found["rule"], found["said"]) == ("objective", "objective-unserved")
    assert found["figures"] == {"told": plan["objective"]["unserved"], "real": plan["objective"]["unserved"] - 1}
    assert found["detail"] == "unserved is told as {told}, and is {real}".format(**found["figures"])
    status, out, err = run("--language", "ar", "referee", folder, file)
    assert (status, out) == (1, "")
    assert "ذُكر عدد من لا يُنقلون" in err
    assert "القواعد المخالَفة: 1" in err


def test_the_same_input_gives_the_same_bytes(run: Run, folder: Path) -> None:
    plans = [run("plan", folder, "--json", "--iterations", 100, "--seed", 7)[1] for _ in range(2)]
    assert plans[0] == plans[1]


def test_an_infeasible_operation_says_why(run: Run, alone: Path) -> None:
    status, out, _ = run("plan", alone, "--iterations", 50)
    assert status == 1
    assert "P900" in out


def test_explain_one_and_all(run: Run) -> None:
    status, out, _ = run("explain", "seats")
    assert status == 0
    assert "To do:" in out
    status, out, _ = run("explain")
    assert out.count("\n") > 50
    status, out, _ = run("explain", "seats", "--json")
    assert set(json.loads(out)["codes"]) == {"seats"}


def test_an_unknown_code_is_a_usage_error(run: Run) -> None:
    status, _, err = run("explain", "saets")
    assert status == 2
    assert "seats" in err


def test_demo_plans_the_reference_case(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run("demo", "--seconds", 20)
    assert status == 0
    assert "700" in out
    assert "demo.html" in err
    assert (tmp_path / "demo.html").stat().st_size > 100_000
    assert (tmp_path / "demo.html").stat().st_mode & 0o077 == 0
    assert "sampling error only" in " ".join(out.split())
    assert "not rehearsed" not in " ".join(out.split()).lower()
    assert (tmp_path / "demo-rehearsal.html").stat().st_size > 100_000
    assert json.loads((tmp_path / "demo.json").read_bytes())["trips"]


def test_a_fault_of_ours_says_so(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_folder: Path) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("safepassage.desk.check.check", broken)
    status, out, err = run("check", folder)
    assert (status, out) == (4, "")
    assert "our fault" in err


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt(), 130), (OSError(28, "disk full"), 3)])
def test_interruption_and_disk(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int
) -> None:
    def broken(_folder: Path) -> None:
        raise error

    monkeypatch.setattr("safepassage.desk.check.check", broken)
    assert run("check", folder)[0] == status


def test_a_full_disk_leaves_the_old_plan(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "PLAN.json"
    file.write_text("old", encoding="utf-8")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    status, _, err = run("plan", folder, "-o", file, "--iterations", 50)
    assert status == 3
    assert "No space left" in err
    assert file.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".PLAN")] == []


def test_rehearsing_writes_what_is_asked_for(run: Run, folder: Path, tmp_path: Path) -> None:
    plan, page, answer, table = (tmp_path / name for name in ("PLAN.json", "page.html", "answer.json", "runs.csv"))
    run("plan", folder, "-o", plan, "--iterations", 60)
    few = ("--runs", 200, "--drivers", 20)
    status, out, err = run("rehearse", folder, plan, *few, "--html", page, "-o", answer, "--table", table)
    assert status == 0
    assert "sampling error only" in " ".join(out.split())
    assert "playing runs" in err
    assert "<!doctype html>" in page.read_text(encoding="utf-8").lower()
    assert len(table.read_text(encoding="utf-8").splitlines()) == 201
    status, out, _ = run("rehearse", folder, plan, *few, "--json", "--with", "window+1h")
    told = json.loads(out)
    assert told["format"] == "safepassage-rehearsal/1"
    assert [change["change"] for change in told["changes"]] == ["window+1h"]
    assert json.loads(answer.read_bytes())["in_time"] == told["in_time"]


def test_a_table_of_all_runs_as_parquet(run: Run, folder: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    plan, table, same = tmp_path / "PLAN.json", tmp_path / "runs.parquet", tmp_path / "runs.csv"
    run("plan", folder, "-o", plan, "--iterations", 60)
    few = ("--runs", 200, "--drivers", 0)
    assert run("rehearse", folder, plan, *few, "--table", table)[0] == 0
    assert run("rehearse", folder, plan, *few, "--table", same)[0] == 0
    found = parquet.read_table(table)
    heads, *rows = csv.reader(same.read_text(encoding="utf-8").splitlines())
    assert found.schema.names == heads
    assert {str(field.type) for field in found.schema} == {"int64", "bool"}
    cells = [["" if cell is None else str(int(cell)) for cell in row.values()] for row in found.to_pylist()]
    assert cells == rows


def test_a_table_of_another_ending_is_a_usage_error(run: Run, folder: Path, tmp_path: Path) -> None:
    status, out, err = run("rehearse", folder, tmp_path / "PLAN.json", "--table", tmp_path / "runs.xls")
    assert (status, out) == (2, "")
    assert ".csv or .parquet" in err


def test_an_ensemble_goes_on_from_its_table(run: Run, folder: Path, tmp_path: Path) -> None:
    run("plan", folder, "-o", folder / "PLAN.json", "--iterations", 60)
    (tmp_path / "list.csv").write_text(f"folder\n{folder}\nnowhere\n")
    asked = ("ensemble", tmp_path / "list.csv", "--with", "anew", "--runs", 100, "--iterations", 20, "--workers", 1)
    status, out, err = run(*asked, "-o", tmp_path / "rows.csv")
    assert status == 3
    assert "sampling error only" in " ".join(out.split())
    assert "of 4: nowhere: operation.toml" in err
    assert "4 of 4" in err
    status, out, err = run(*asked, "-o", tmp_path / "rows.csv", "--json")
    told = json.loads(out)
    assert (told["format"], told["stopped"]) == ("safepassage-ensemble/1", False)
    assert [row["change"] for row in told["rows"]] == ["", "anew"]
    assert [one["scenarios"] for one in told["problems"]] == [2]


def test_a_change_in_another_form_is_a_usage_error(run: Run, folder: Path, tmp_path: Path) -> None:
    status, out, err = run("rehearse", folder, tmp_path / "PLAN.json", "--with", "camel+1")
    assert (status, out) == (2, "")
    assert "write bus+1" in err


def test_a_pipe_is_written_to_and_stays_a_pipe(folder: Path, tmp_path: Path, run: Run) -> None:
    pipe, found = tmp_path / "pipe", tmp_path / "found"
    os.mkfifo(pipe)
    with found.open("wb") as file, subprocess.Popen(["/bin/cat", str(pipe)], stdout=file) as reader:
        assert run("plan", folder, "--iterations", "5", "-o", pipe)[0] == 0
        assert reader.wait(timeout=60) == 0
    assert pipe.is_fifo()
    assert json.loads(found.read_bytes())["status"] in {"optimal", "feasible"}


def test_a_link_to_a_file_stays_a_link(folder: Path, tmp_path: Path, run: Run) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"old")
    link.symlink_to(file)
    assert run("plan", folder, "--iterations", "5", "-o", link)[0] == 0
    assert link.is_symlink()
    assert json.loads(file.read_bytes())["trips"]


def test_a_device_is_written_to(folder: Path, run: Run) -> None:
    assert run("plan", folder, "--iterations", "5", "-o", "/dev/null")[0] == 0
    assert Path("/dev/null").is_char_device()


def test_a_folder_is_no_file_to_write(folder: Path, tmp_path: Path, run: Run) -> None:
    status, _, err = run("plan", folder, "--iterations", "5", "-o", tmp_path)
    assert status == 3
    assert str(tmp_path) in err


def test_rehearsing_loads_nothing_that_it_does_not_use(folder: Path, tmp_path: Path, run: Run) -> None:
    plan_file = tmp_path / "PLAN.json"
    run("plan", folder, "--iterations", "5", "-o", plan_file)
    unused = ("jinja2", "ortools", "osmium", "pyroutingkit", "pandas")
    code = (
        "import sys\n"
        "from safepassage.cli.commands import cli\n"
        f"try: cli(['rehearse', {str(folder)!r}, {str(plan_file)!r}, '--runs', '10', '--drivers', '0', '--json'])\n"
        f"except SystemExit: print([name for name in {unused} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_roads_tells_legs_and_a_closure_that_cuts_off_exits_with_one(run: Run, tmp_path: Path) -> None:
    folder = town(tmp_path / "op")
    status, out, err = run("roads", folder)
    assert status == 0
    assert "Every site is joined to the roads." in out
    assert "ways between the sites" in err
    page, matrix, lines = (tmp_path / name for name in ("roads.html", "roads.csv", "roads.geojson"))
    files = ("--html", page, "--matrix", matrix, "--geojson", lines)
    status, out, _ = run("roads", folder, "--close", MILL_LANE, *files)
    assert status == 1
    assert "This cuts off Mill." in out
    assert page.read_bytes().startswith(b"<!doctype html>")
    assert matrix.read_text(encoding="utf-8").count("\n") == 21
    assert json.loads(lines.read_bytes())["type"] == "FeatureCollection"


def test_roads_as_json_and_on_a_terminal(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = town(tmp_path / "op")
    status, out, _ = run("roads", folder, "--from", "school", "--to", "hall", "--json")
    assert status == 0
    told = json.loads(out)
    assert told["format"] == "safepassage-roads/1"
    assert told["between"]["ways"][0]["stages"][1]["name"] == "Old bridge"
    monkeypatch.setenv("FORCE_COLOR", "1")
    status, out, _ = run("roads", folder, "--from", "school", "--to", "hall")
    assert status == 0
    assert "Right into Old bridge" in out


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("--from", "school"), 2),
        (("--from", "school", "--to", "moon"), 2),
        (("--close", "no-such-link"), 2),
        (("--vehicle", "tram"), 2),
        (("--plan", "nowhere.json"), 3),
    ],
)
def test_roads_says_what_is_wrong(run: Run, tmp_path: Path, options: tuple[str, ...], status: int) -> None:
    found, out, err = run("roads", town(tmp_path / "op"), *options)
    assert (found, out) == (status, "")
    assert err


def test_roads_of_a_folder_that_cannot_be_read_is_bad_input(run: Run, tmp_path: Path) -> None:
    assert run("roads", tmp_path / "nowhere")[0] == 3
