"""One small fleet for all tests of the room."""

import pytest

from meguri.simulate import draw_fleet, events
from meguri.statistics import load

VEHICLES = 4000
SEED = 7


@pytest.fixture(scope="session")
def statistics():
    return load()


@pytest.fixture(scope="session")
def fleet(statistics):
    return draw_fleet(VEHICLES, SEED, statistics)


@pytest.fixture(scope="session")
def lives(fleet):
    """All true events of the fleet."""
    return list(events(fleet))
