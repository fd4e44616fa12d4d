"""The first tables, and the guard that lets nobody change what is recorded."""

from __future__ import annotations

from alembic import op

from meguri.ledger.tables import metadata

revision = "0001"
down_revision = None

KEPT = ("event", "seal", "link")


def upgrade() -> None:
    connection = op.get_bind()
    metadata.create_all(connection)
    if connection.dialect.name == "sqlite":
        for table in KEPT:
            op.execute(
                f"CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'append only: nothing leaves {table}'); END"
            )
        for table in ("seal", "link"):
            op.execute(
                f"CREATE TRIGGER {table}_holds BEFORE UPDATE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'append only: nothing changes in {table}'); END"
            )
        op.execute(
            "CREATE TRIGGER event_holds BEFORE UPDATE OF idx, battery_id, version, type, time_us, recorded_us, "
            "stage, latest_us, flags, event_id, line ON event BEGIN SELECT RAISE(ABORT, 'append only: nothing changes in event'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'append only: nothing changes in %', TG_TABLE_NAME; END $$"
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_append_only()"
        )
    for table in ("seal", "link"):
        op.execute(
            f"CREATE TRIGGER {table}_holds BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_append_only()"
        )
    op.execute(
        "CREATE TRIGGER event_holds BEFORE UPDATE OF idx, battery_id, version, type, time_us, recorded_us, stage, "
        "latest_us, flags, event_id, line ON event FOR EACH ROW EXECUTE FUNCTION ledger_append_only()"
    )


def downgrade() -> None:
    metadata.drop_all(op.get_bind())
