"""How hard the faults are tried: a short form always, the full form with FULL=1 (`make faults`)."""

import os

import pytest


@pytest.fixture(scope="session")
def full() -> bool:
    return bool(os.environ.get("FULL"))
