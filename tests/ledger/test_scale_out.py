"""The statements that the documents give for a larger ledger are run: parted by battery it tells the same, and keeps its laws."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from meguri.battery import Part
from meguri.ledger import Conflict, Ledger, StoreUnavailable
from meguri.ledger.fsck import fsck
from meguri.ledger.schema import refuses_twice
from tests.ledger.events import battery, to_market, told

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "scale-out.md"
RIGHTS, PARTS, CITUS = re.findall(
    r"^```sql\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)

STAND_INS = """
CREATE FUNCTION create_distributed_table(part regclass, by_column text, colocate_with text DEFAULT 'default')
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = part AND NOT tgisinternal) THEN
    RAISE EXCEPTION 'cannot distribute relation "%" because it has triggers', part;
  END IF;
  IF EXISTS (
    SELECT FROM pg_index WHERE indrelid = part AND indisunique AND NOT EXISTS (
      SELECT FROM pg_attribute WHERE attrelid = part AND attname = by_column AND attnum = ANY (indkey))
  ) THEN
    RAISE EXCEPTION 'cannot create constraint on "%": it lacks the distribution column', part;
  END IF;
END $$;
"""
"""What Citus demands of a table before it distributes it."""


def execute(url: str, statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def begun(postgres_url: str, keys: Path) -> str:
    """The address of a ledger with a life in it."""
    with Ledger.open(postgres_url, origin="registry.example/meguri", keys=keys) as ledger:
        ledger.append([held for number in range(1, 9) for held in to_market(number)])
        ledger.append([told("installed", 2, vehicle="ZE0-123456"), told("removed", 3)])
        ledger.append([told("split", 4, parts=[Part(id=battery(99), mass_kg=3.5)])])
    return postgres_url


@pytest.fixture
def server(begun: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The same, as the role that servers run as."""
    yield begun.replace("postgres:@", "meguri_server:@").replace("postgres@", "meguri_server@")
    execute(begun, "DROP OWNED BY meguri_server; DROP ROLE meguri_server")


@pytest.mark.parametrize("statements", [PARTS, STAND_INS + CITUS], ids=["parts", "citus"])
def test_a_ledger_parted_by_battery_is_the_same_ledger(begun, server, keys, statements):
    with Ledger.open(begun, keys=keys) as ledger:
        before = {name: ledger.life(name) for name in (battery(1), battery(99))}
        root, size = ledger.root, ledger.size
    execute(begun, statements)
    execute(begun, RIGHTS)
    with Ledger.open(server, keys=keys) as ledger:
        assert (ledger.root, ledger.size) == (root, size)
        assert {name: ledger.life(name) for name in before} == before
        assert fsck(ledger.store, ledger.key.verifying).faults == ()
        with ledger.store.reading() as connection:
            assert not refuses_twice(connection)
        first = told("measured", 5, 2, note="a name")
        (receipt,) = ledger.append([first])
        assert ledger.append([first, told("measured", 6, 2)])[0] == receipt
        with pytest.raises(Conflict):
            ledger.append([told("measured", 5, 3, id=first.id)])
        assert ledger.event(first.id).battery == battery(2)
        ledger.erase(first.id, ["interest"], "a wish")
        assert fsck(ledger.store, ledger.key.verifying).faults == ()


def test_the_statements_fit_the_tables_as_they_are_made(begun):
    execute(begun, STAND_INS)
    with pytest.raises(psycopg.errors.RaiseException, match="triggers"):
        execute(begun, "SELECT create_distributed_table('event', 'battery_id')")
    execute(begun, "DROP TRIGGER event_stays ON event; DROP TRIGGER event_holds ON event")
    with pytest.raises(psycopg.errors.RaiseException, match="distribution column"):
        execute(begun, "SELECT create_distributed_table('event', 'battery_id')")


def test_the_role_of_a_server_cannot_change_what_is_recorded(begun, server, keys):
    execute(begun, RIGHTS)
    with Ledger.open(server, keys=keys) as ledger:
        ledger.append(to_market(50))
        for statement in (
            "DELETE FROM event",
            "UPDATE event SET line = ''",
            "UPDATE link SET stage = 'market'",
            "DELETE FROM seal",
            "ALTER TABLE event DISABLE TRIGGER ALL",
            "DROP TABLE event",
        ):
            with pytest.raises(StoreUnavailable, match=r"denied|owner"), ledger.store.writing() as connection:
                connection.exec_driver_sql(statement)
