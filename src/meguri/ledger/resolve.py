"""From any name of a battery to the identifier that its events carry."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from meguri.battery import alias, canonical
from meguri.errors import InputError, NotFound, Said
from meguri.ledger.tables import alias as table
from meguri.ledger.tables import event, link


def battery_of(connection: Connection, name: str) -> str:
    """The identifier of a battery, from an identifier of any form or an alias that it bears now. Raises NotFound."""
    for read in (canonical, alias):
        try:
            asked = read(name)
        except InputError:
            continue
        for held in (event, link):
            if connection.execute(select(held.c.idx).where(held.c.battery_id == asked).limit(1)).first():
                return asked
        found = connection.execute(
            select(table.c.battery_id).where(table.c.alias == asked, table.c.until_idx.is_(None))
        ).scalar()
        if found:
            return str(found)
    raise NotFound(
        Said("No battery “{name}” is recorded here.", name=name),
        where=name,
        mend=Said(
            "Scan its code again, or give its identifier, its GB/T code, its serial number or its vehicle."
        ),
    )


def leave_vehicle(connection: Connection, battery: str, index: int) -> None:
    """Let a battery bear its vehicle's number no more, from the event at `index` on."""
    connection.execute(
        update(table)
        .where(table.c.battery_id == battery, table.c.alias.startswith("vin:"), table.c.until_idx.is_(None))
        .values(until_idx=index)
    )
