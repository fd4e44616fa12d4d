"""The same numbers for any chunking and any number of workers; counts give quantiles close to the exact ones."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from meguri.flows import ExportTable, Range, ensemble, parse_options, quantiles
from meguri.flows.draws import BLOCK, Columns, noise, triangular
from meguri.flows.ensemble import figures as figures_of
from meguri.flows.inputs import Plan, plan
from meguri.statistics import Statistics

COLUMNS = Columns(uniform=(("a", 1), ("b", 2)), normal=(("z", 3),))


@pytest.fixture(scope="module")
def made(figures: Statistics, exports: ExportTable) -> Callable[..., Plan]:
    def make(draws: int, **words: str) -> Plan:
        return plan(figures, parse_options({"draws": str(draws), **words}, figures), exports)

    return make


@settings(max_examples=30)
@given(cut=st.integers(1, 2 * BLOCK + 100), seed=st.integers(0, 2**32))
def test_a_draw_has_the_same_numbers_wherever_it_is_made(cut: int, seed: int) -> None:
    last = 2 * BLOCK + 101
    whole, head, tail = (
        noise(COLUMNS, seed, 0, last),
        noise(COLUMNS, seed, 0, cut),
        noise(COLUMNS, seed, cut, last),
    )
    for name in ("a", "b", "z"):
        np.testing.assert_array_equal(whole[name], np.concatenate([head[name], tail[name]]))
    with pytest.raises(KeyError):
        whole["c"]


def test_columns_of_different_seeds_and_names_differ() -> None:
    one, two = noise(COLUMNS, 1, 0, 50), noise(COLUMNS, 2, 0, 50)
    assert not np.array_equal(one["a"], two["a"])
    assert one["b"].shape == (50, 2)
    assert not np.array_equal(one["b"][:, 0], one["b"][:, 1])


@given(
    ends=st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3).map(sorted),
    uniform=arrays.arrays(float, 20, elements=st.floats(0, 1, exclude_max=True)),
)
def test_a_triangular_draw_lies_in_its_range_and_rises_with_its_uniform(
    ends: list[float], uniform: np.ndarray
) -> None:
    chosen = Range(*ends)
    values = triangular(chosen, np.sort(uniform))
    slack = 1e-9 * max(1.0, *map(abs, ends))
    assert (values >= ends[0] - slack).all()
    assert (values <= ends[2] + slack).all()
    assert (np.diff(values) >= -slack).all()


@given(table=arrays.arrays(float, (37, 3), elements=st.floats(-1e9, 1e9)))
def test_exact_quantiles_are_numpys(table: np.ndarray) -> None:
    ours = quantiles.exact([np.asfortranarray(table)], threads=1)
    np.testing.assert_allclose(ours, np.quantile(table, quantiles.LEVELS, axis=0), rtol=1e-12, atol=1e-6)


@settings(max_examples=6)
@given(chunk=st.integers(1, 2500))
def test_chunking_does_not_change_a_bit(chunk: int, made: Callable[..., Plan], figures: Statistics) -> None:
    one = made(2001)
    whole = ensemble.quantiles(figures, one)
    np.testing.assert_array_equal(ensemble.quantiles(figures, one, chunk_draws=max(chunk, 150)), whole)


def test_workers_do_not_change_a_bit(made: Callable[..., Plan], figures: Statistics) -> None:
    one = made(2001, method="whitepaper")
    seen: list[tuple[int, int]] = []
    parallel = ensemble.quantiles(
        figures, one, chunk_draws=700, workers=2, progress=lambda done, of: seen.append((done, of))
    )
    np.testing.assert_array_equal(parallel, ensemble.quantiles(figures, one))
    assert seen[-1] == (3, 3)


def test_large_ensembles_count_in_bounded_memory_whatever_the_chunks(
    made: Callable[..., Plan], figures: Statistics, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = made(12_000)
    columns = figures_of(figures, one, 0, 12_000)
    monkeypatch.setattr(ensemble, "EXACT_DRAWS", 1000)
    seen: list[int] = []
    counted = ensemble.quantiles(figures, one, progress=lambda done, of: seen.append(of))
    np.testing.assert_array_equal(counted, ensemble.quantiles(figures, one, chunk_draws=3100))
    np.testing.assert_array_equal(counted, ensemble.quantiles(figures, one, chunk_draws=5000, workers=2))
    width = quantiles.grid_of(figures_of(figures, one, 0, 10_000)).width
    ranks = np.array(quantiles.LEVELS)
    low, high = (np.quantile(np.concatenate(columns, axis=1), ranks + off, axis=0) for off in (-0.002, 0.002))
    assert (counted >= low - width).all()
    assert (counted <= high + width).all()
    assert seen == [1]


def test_a_figure_without_spread_keeps_its_value_when_counted() -> None:
    constant = np.full((100, 1), 94_000.0)
    grid = quantiles.grid_of([constant])
    np.testing.assert_allclose(grid.quantiles(grid.count([constant])), 94_000.0, rtol=1e-8)
