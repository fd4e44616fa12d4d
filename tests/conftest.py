"""How every test runs: Hypothesis without a clock and reproducible in CI, and no one's own kept tables in reach."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("local", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(autouse=True, scope="session")
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Tests keep their tables in a folder of their own, never in the home of whoever runs them."""
    home = tmp_path_factory.mktemp("meguri-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEGURI_HOME", str(home))
        yield home
