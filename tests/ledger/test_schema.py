"""The tables of a ledger are those that the code speaks of, in both databases; a newer Meguri's database is left alone."""

import zipfile
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hatchling.builders.wheel import WheelBuilder
from sqlalchemy import text

from meguri.ledger import Ledger, StoreUnavailable
from meguri.ledger.schema import HEAD, MIGRATIONS, prepare, version
from meguri.ledger.store import open_store
from meguri.ledger.tables import metadata
from tests.ledger.events import to_market

ROOT = Path(__file__).parents[2]


def test_a_fresh_database_has_the_tables_that_the_code_speaks_of(ledger):
    with ledger.store.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []
        assert version(connection) == HEAD


def test_the_newest_migration_is_the_one_that_is_asked_for_and_follows_from_the_first():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [HEAD]
    assert scripts.get_bases() == ["0001"]


def test_preparing_again_changes_nothing(ledger):
    ledger.append(to_market())
    with ledger.store.writing() as connection:
        prepare(connection)
    assert ledger.count() == 3


def test_an_empty_database_has_no_version(place):
    store = open_store(place)
    with store.reading() as connection:
        assert version(connection) is None
    store.close()


def test_the_database_of_a_newer_meguri_is_left_alone(ledger, place, tmp_path):
    with ledger.store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="9999") as refused:
        Ledger.open(place, keys=tmp_path / "keys")
    assert "newer" in refused.value.mend
    with ledger.store.reading() as connection:
        assert version(connection) == "9999"


def test_a_wheel_brings_every_migration_and_the_data_that_code_reads(tmp_path):
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(built) as wheel:
        names = set(wheel.namelist())
    ours = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src/meguri/ledger").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert (
        {f"meguri/ledger/migrations/{name}" for name in ("env.py", "versions/v0001_first.py")}
        <= ours
        <= names
    )
