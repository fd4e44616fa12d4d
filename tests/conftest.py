"""How every test runs: Hypothesis without a clock and reproducible in CI, and no one's own kept tables in reach."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("local", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")

DRAWN = Path(__file__).parent.parent / ".cache" / "drawn"
"""Export tables drawn by earlier tests, named by the hash of what they were drawn from."""


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes an empty home whose cache is shared by all tests, so that the export table is drawn once."""

    def make() -> Path:
        home = tmp_path_factory.mktemp("meguri-home")
        DRAWN.mkdir(parents=True, exist_ok=True)
        (home / "cache").symlink_to(DRAWN)
        return home

    return make


@pytest.fixture(autouse=True, scope="session")
def _own_home(new_home: Callable[[], Path]) -> Iterator[Path]:
    """Tests keep their tables in a folder of their own, never in the home of whoever runs them."""
    home = new_home()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEGURI_HOME", str(home))
        yield home
