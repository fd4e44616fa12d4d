"""One set of statistics and one drawn export table for all tests of the flows."""

import pytest

from meguri import statistics
from meguri.account import national_outflow
from meguri.flows import ExportTable, OutflowEstimate, parse_options
from meguri.statistics import Statistics


@pytest.fixture(scope="session")
def figures() -> Statistics:
    return statistics.load()


@pytest.fixture(scope="session")
def meguri(figures: Statistics) -> OutflowEstimate:
    return national_outflow(figures, parse_options({}, figures))


@pytest.fixture(scope="session")
def whitepaper(figures: Statistics) -> OutflowEstimate:
    return national_outflow(figures, parse_options({"method": "whitepaper"}, figures))


@pytest.fixture(scope="session")
def exports(meguri: OutflowEstimate) -> ExportTable:
    return meguri.exports
