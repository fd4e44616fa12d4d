"""One small estimate that the tests of this room share."""

import pytest

from meguri.account import national_outflow
from meguri.flows import OutflowEstimate, parse_options
from meguri.statistics import Statistics, load


@pytest.fixture(scope="session")
def statistics() -> Statistics:
    return load()


@pytest.fixture(scope="session")
def estimate(statistics: Statistics) -> OutflowEstimate:
    return national_outflow(statistics, parse_options({"draws": "2000"}, statistics))


@pytest.fixture(scope="session")
def nowcast(statistics: Statistics) -> OutflowEstimate:
    """An estimate that goes beyond the data."""
    return national_outflow(statistics, parse_options({"draws": "2000", "until": "2027"}, statistics))
