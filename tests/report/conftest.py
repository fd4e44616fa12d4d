"""One small estimate that the tests of this room share."""

import pytest

from meguri import flows
from meguri.account import account_of, national_outflow
from meguri.flows import OutflowEstimate, parse_options
from meguri.report import charts
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


@pytest.fixture(scope="session")
def frames(statistics: Statistics, estimate: OutflowEstimate) -> charts.Frames:
    """Everything that the charts take."""
    account = account_of(estimate)
    return charts.frames(
        estimate,
        account=account.flows,
        balances=account.balances,
        anchors=flows.anchors(statistics, estimate),
        statements=flows.statements(estimate),
        readings=flows.compare_readings(statistics, estimate),
        sensitivity=flows.sensitivity(statistics, estimate, ("outflow_ratio:2024",)),
        subsidies=statistics.table("cev_subsidies_by_prefecture_year").frame,
        prefectures=statistics.table("prefectures").frame,
    )
