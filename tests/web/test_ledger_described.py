"""The ledger's API keeps what its description promises, whatever is sent to it, and stays whole."""

from collections.abc import Callable
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from meguri.ledger import Ledger, VerifyingKey
from meguri.ledger.api_keys import new_key
from meguri.ledger.fsck import fsck
from meguri.web import create_app
from meguri.web.settings import Settings
from tests.ledger.events import battery, to_market

OURS = ("/api/v1/", "/ledger/", "/epcis/")
EXAMPLES = 150


def test_no_request_breaks_a_promise_or_the_ledger(new_home: Callable[[], Path]) -> None:
    home = new_home()
    with Ledger.open(home / "ledger.db") as ledger:
        ledger.append([event for number in range(3) for event in to_market(number)])
        known = [held.id for held in ledger.read()]
        _, key = new_key(
            ledger.store, "schemathesis", access="authority", recorder="house", per_minute=1_000_000
        )
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", create_app(Settings(home=home)))
    found = [one.ok() for one in schema.get_all_operations()]
    cases = {one.label: one.as_strategy() for one in found if one.path.startswith(OURS)}
    assert len(cases) >= 15

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(case=st.one_of(*cases.values()), event=st.sampled_from(known), is_known=st.booleans())
    def holds(case: schemathesis.Case, event: str, is_known: bool) -> None:
        right = {"event": event, "battery": battery(), "path": "0/000.p/3", "value": f"{battery()}/events"}
        if is_known:
            told = case.path_parameters or {}
            case.path_parameters = {name: right.get(name, value) for name, value in told.items()}
        case.query = {name: value for name, value in (case.query or {}).items() if name != "wait"}
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {key}"}
        case.call_and_validate(checks=[not_a_server_error, content_type_conformance, status_code_conformance])

    holds()
    with Ledger.open(home / "ledger.db") as ledger:
        assert fsck(ledger.store, VerifyingKey.parse(ledger.vkey)).is_sound
