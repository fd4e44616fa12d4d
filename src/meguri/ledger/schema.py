"""The database's tables, made and renewed by migrations (Alembic)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from meguri.errors import Said
from meguri.ledger.errors import StoreUnavailable

HEAD = "0001"
MIGRATIONS = Path(__file__).parent / "migrations"


def version(connection: Connection) -> str | None:
    """The newest migration that the database has had; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def prepare(connection: Connection) -> None:
    """Bring the tables up to date. Raises StoreUnavailable for a database of a newer Meguri."""
    found = version(connection)
    if found == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as fault:
        raise StoreUnavailable(
            Said("The database is at version {found}, which this Meguri does not know.", found=found or "-"),
            where="alembic_version",
            mend=Said("Use the Meguri that wrote it, or a newer one."),
        ) from fault


def refuses_twice(connection: Connection) -> bool:
    """Whether the database itself refuses an event id that is there. Parted by battery, it cannot."""
    return any(
        held["column_names"] == ["event_id"] for held in inspect(connection).get_unique_constraints("event")
    )
