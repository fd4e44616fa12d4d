"""A copy of a ledger made over HTTP: as much of it as the follower's key opens."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from meguri.battery import Part
from meguri.ledger import Ledger
from meguri.ledger.api_keys import new_key
from meguri.ledger.follow import follow
from meguri.ledger.share import open_source
from meguri.web import create_app
from meguri.web.settings import Settings
from tests.ledger.events import battery, to_market, told


@pytest.fixture(scope="module")
def served(new_home: Callable[[], Path]) -> Iterator[tuple[TestClient, Ledger]]:
    app = create_app(Settings(home=new_home()))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        ledger: Ledger = app.state.ledger.to_write()
        ledger.append([*to_market(1), told("measured", 2, soh_percent=81.0)])
        ledger.append([told("removed", 3, note="worn")], elsewhere=True)
        ledger.append([told("split", 4, parts=[Part(id=battery(9), mass_kg=3.5)])])
        yield client, ledger


@pytest.mark.parametrize(
    ("access", "seen"), [(None, None), ("public", None), ("interest", "worn"), ("authority", "worn")]
)
def test_a_follower_gets_what_its_key_opens(served, tmp_path, access, seen):
    client, ledger = served
    key = new_key(ledger.store, "a copy", access=access)[1] if access else None
    source = open_source("http://127.0.0.1", key, client=client)
    lag = follow(source, ledger.key.verifying, tmp_path / "copy.db")
    assert (lag.behind, lag.access) == (0, access or "public")
    with Ledger.open_replica(tmp_path / "copy.db") as copy:
        told_ = {held.type: held.event for held in copy.life(battery(1))}
        assert told_["removed"].note == seen
        assert bool(told_["split"].parts) is (seen is not None)
        assert copy.root == ledger.root
