"""The files of a log have one name and one form each (C2SP tlog-tiles)."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.errors import InputError, NotFound
from meguri.ledger.tiles import (
    ENTRIES,
    TilePath,
    all_tiles,
    entries_path,
    levels_of,
    pack_entries,
    parse_path,
    read_entries,
    read_entry,
    read_hashes,
    tile_path,
    tiles_of,
    unpack_entries,
    width_of,
)
from meguri.ledger.tree import Tree, leaf_hashes
from tests.ledger.small_log import SmallLog

PUBLISHED = json.loads((Path(__file__).parent / "data" / "tlog" / "c2sp_examples.json").read_text())

sizes = st.integers(0, 2**63 - 1)
paths = st.builds(TilePath, st.integers(ENTRIES, 63), st.integers(0, 10**21 - 1), st.integers(1, 256))


@pytest.mark.parametrize("example", PUBLISHED["tile_paths"])
def test_a_published_number_is_written_in_threes(example: dict[str, str | int]) -> None:
    n = int(example["index"])
    assert tile_path(0, n) == f"tile/0/{example['path']}"
    assert entries_path(n, 112) == f"tile/entries/{example['path']}.p/112"


@pytest.mark.parametrize("example", PUBLISHED["tile_shapes"])
def test_published_shapes_of_trees(example: dict) -> None:
    size = example["tree_size"]
    full: dict[str, int] = {}
    partial: dict[str, int] = {}
    for level in range(levels_of(size)):
        for tile in tiles_of(size, level):
            if tile.width == 256:
                full[str(level)] = full.get(str(level), 0) + 1
            else:
                partial[str(level)] = tile.width
    assert (full, partial) == (example["full"], example["partial_width"])


@given(paths)
def test_a_path_and_what_it_names_are_one(path: TilePath) -> None:
    assert parse_path(path.text) == path
    assert path.is_entries == path.text.startswith("tile/entries/")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoint",
        "tile",
        "tile/0",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/00/000",
        "tile/-1/000",
        "tile/64/000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/1000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/1\n",
        "tile/0/０００",
        "tile/0/" + "x999/" * 7 + "999",
        "tile/entries/x000/000",
        "tile/Entries/000",
        "tile/0/../../etc/passwd",
        "../tile/0/000",
    ],
)
def test_no_other_path_is_a_file_of_a_log(path: str) -> None:
    with pytest.raises(NotFound):
        parse_path(path)


@given(st.one_of(st.text(), paths.map(lambda path: path.text)), st.data())
def test_whatever_is_read_as_a_path_is_written_so(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, max(0, len(text) - 1)))
    slipped = text[:place] + data.draw(st.sampled_from("0123456789x./p")) + text[place + 1 :]
    try:
        found = parse_path(slipped)
    except NotFound:
        return
    assert found.text == slipped


@given(sizes, st.integers(0, 7))
def test_partial_tiles_are_as_wide_as_the_specification_says(size: int, level: int) -> None:
    nodes = size // 256**level
    n, partial = divmod(nodes, 256)
    assert width_of(size, level, n) == partial
    assert width_of(size, level, n + 1) == 0
    assert n == 0 or width_of(size, level, n - 1) == 256
    assert (nodes > 0) == (level < levels_of(size))


@given(st.integers(0, 300_000))
def test_the_tiles_of_a_tree_hold_each_entry_once_and_none_is_empty(size: int) -> None:
    tiles = list(all_tiles(size))
    assert len({tile.text for tile in tiles}) == len(tiles)
    assert all(1 <= tile.width <= 256 for tile in tiles)
    for level in range(ENTRIES, levels_of(size)):
        assert sum(tile.width for tile in tiles if tile.level == level) == size // 256 ** max(level, 0)


def test_the_growing_tree_fills_tiles_as_they_are_defined() -> None:
    entries = [str(number).encode() for number in range(700)]
    tree, kept = Tree(), {}
    for start in range(0, 700, 90):
        for tile in tree.extend(leaf_hashes(entries[start : start + 90])):
            kept[tile_path(tile.level, tile.n, tile.width)] = tile.hashes
    kept |= {tile_path(tile.level, tile.n, tile.width): tile.hashes for tile in tree.edges()}
    log = SmallLog(*entries)
    assert kept == {path: held for path, held in log.files.items() if path.startswith(("tile/0", "tile/1"))}


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    bundle = pack_entries(entries)
    assert unpack_entries(bundle) == unpack_entries(bundle, len(entries)) == entries
    assert bundle == b"".join(len(entry).to_bytes(2) + entry for entry in entries)


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=20), st.data())
def test_a_bundle_that_is_cut_off_or_has_more_is_refused(entries: list[bytes], data: st.DataObject) -> None:
    bundle = pack_entries(entries)
    end = data.draw(st.integers(0, len(bundle) - 1))
    for spoilt in (bundle[:end], bundle + b"\0", bundle + b"\0\0"):
        with pytest.raises(InputError):
            unpack_entries(spoilt, len(entries))
    for count in (len(entries) - 1, len(entries) + 1):
        with pytest.raises(InputError):
            unpack_entries(bundle, count)


def test_an_entry_has_at_most_65535_bytes_and_a_bundle_256_entries() -> None:
    longest = b"x" * 65_535
    assert unpack_entries(pack_entries([longest] * 2)) == [longest] * 2
    with pytest.raises(InputError):
        pack_entries([longest + b"x"])
    assert len(unpack_entries(bytes(2 * 256))) == 256
    with pytest.raises(InputError):
        unpack_entries(bytes(2 * 257))


def test_a_full_tile_serves_where_the_partial_one_is_gone() -> None:
    log = SmallLog(*(str(number).encode() for number in range(256)))
    assert read_hashes(log, 0, 0, 3) == log.files["tile/0/000"][:96]
    assert read_entries(log, 0, 3) == log.entries[:3]
    assert read_entry(log, 2, 3) == b"2"
    with pytest.raises(NotFound):
        read_hashes(log, 0, 1)
    with pytest.raises(NotFound):
        read_entries(log, 1)


def test_a_file_of_another_length_is_named() -> None:
    log = SmallLog(b"a", b"b")
    for path in ("tile/0/000.p/2", "tile/entries/000.p/2"):
        for spoilt in (log.files[path][:-1], log.files[path] + b"\0"):
            log.files[path] = spoilt
            with pytest.raises(InputError) as refused:
                (read_entries if "entries" in path else lambda *a: read_hashes(a[0], 0, *a[1:]))(log, 0, 2)
            assert refused.value.where == path
