"""A real PostgreSQL server on this host, for one test session, with a database a test."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

# Debian keeps the server's programs out of PATH.
_FOLDERS = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]


def program(name: str) -> str | None:
    """Return the path of one of PostgreSQL's programs; None when it is not installed."""
    return shutil.which(name, path=os.pathsep.join([*_FOLDERS, os.environ.get("PATH", "")]))


INITDB = program("initdb")
# The server refuses to run as root.
_ACCOUNT = "postgres"


class PostgresServer:
    """A server with a fresh cluster that listens on loopback only, until the context ends."""

    def __init__(self) -> None:
        assert INITDB is not None, "no PostgreSQL server: apt-get install postgresql"
        self._programs = Path(INITDB).parent
        self.folder = Path(tempfile.mkdtemp(prefix="linli-postgres-"))
        self._user = _ACCOUNT if os.geteuid() == 0 else None
        if self._user is not None:
            account = pwd.getpwnam(self._user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._numbers = count(1)

    def __enter__(self) -> Self:
        data = str(self.folder / "data")
        self._run("initdb", "--auth=trust", "--username=linli", "--encoding=UTF8", "-D", data)
        settings = f"-p {self.port} -h 127.0.0.1 -k {self.folder} -c fsync=on"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", data, "-l", log, "-w", "-o", settings, "start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self) -> str:
        """Make an empty database; return its URL."""
        name = f"hub{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def restart(self) -> None:
        """Stop the server at once, as a crash would, and start it again."""
        data = str(self.folder / "data")
        self._run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        settings = f"-p {self.port} -h 127.0.0.1 -k {self.folder}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", data, "-l", log, "-w", "-o", settings, "start")

    def stop(self) -> None:
        """Stop the server."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def url(self, database: str) -> str:
        return f"postgresql://linli@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: str) -> None:
        # The server keeps what it inherits: with a pipe, the call would wait for it.
        with (self.folder / "setup.log").open("ab") as log:
            done = subprocess.run(
                [self._programs / program, *arguments],
                user=self._user,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                check=False,
            )
        assert done.returncode == 0, (self.folder / "setup.log").read_text()
