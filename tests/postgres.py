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
INITDB = shutil.which("initdb", path=os.pathsep.join([os.environ.get("PATH", ""), *_FOLDERS]))
# The server refuses to run as root.
_ACCOUNT = "postgres"


class PostgresServer:
    """A server with a fresh cluster that listens on loopback only, until the context ends."""

    def __init__(self) -> None:
        assert INITDB is not None, "no PostgreSQL server: apt-get install postgresql"
        self._programs = Path(INITDB).parent
        self._folder = Path(tempfile.mkdtemp(prefix="linli-postgres-"))
        self._user = _ACCOUNT if os.geteuid() == 0 else None
        if self._user is not None:
            account = pwd.getpwnam(self._user)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._numbers = count(1)

    def __enter__(self) -> Self:
        data = str(self._folder / "data")
        self._run("initdb", "--auth=trust", "--username=linli", "--encoding=UTF8", "-D", data)
        settings = f"-p {self.port} -h 127.0.0.1 -k {self._folder} -c fsync=on"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", data, "-l", log, "-w", "-o", settings, "start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def database(self) -> str:
        """Make an empty database; return its URL."""
        name = f"hub{next(self._numbers)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self._url(name)

    def restart(self) -> None:
        """Stop the server at once, as a crash would, and start it again."""
        data = str(self._folder / "data")
        self._run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        settings = f"-p {self.port} -h 127.0.0.1 -k {self._folder}"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", data, "-l", log, "-w", "-o", settings, "start")

    def stop(self) -> None:
        """Stop the server."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")

    def _url(self, database: str) -> str:
        return f"postgresql://linli@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: str) -> None:
        # The server keeps what it inherits: with a pipe, the call would wait for it.
        with (self._folder / "setup.log").open("ab") as log:
            done = subprocess.run(
                [self._programs / program, *arguments],
                user=self._user,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                check=False,
            )
        assert done.returncode == 0, (self._folder / "setup.log").read_text()
