"""The API keeps what its own description promises, for requests made up from that description."""

from collections.abc import Callable
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from meguri.web import create_app
from meguri.web.settings import Settings


def test_no_request_that_the_description_allows_breaks_its_promise(new_home: Callable[[], Path]) -> None:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", create_app(Settings(home=new_home())))
    cases = [found.ok().as_strategy() for found in schema.get_all_operations()]
    assert len(cases) >= 5

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(case=st.one_of(cases))
    def holds(case: schemathesis.Case) -> None:
        case.query = {**(case.query or {}), "draws": "50"}
        case.call_and_validate(checks=[not_a_server_error, content_type_conformance, status_code_conformance])

    holds()
