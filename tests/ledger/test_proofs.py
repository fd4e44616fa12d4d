"""A proof convinces of what is so, and of nothing else."""

import json
from base64 import b64decode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meguri.errors import InputError, NotFound, OptionError
from meguri.ledger.proofs import (
    consistency_proof,
    consistency_ranges,
    inclusion_proof,
    inclusion_ranges,
    root_from_tiles,
    verify_consistency,
    verify_inclusion,
)
from meguri.ledger.tiles import parse_path, tile_path
from meguri.ledger.tree import HASH_BYTES, leaf_hash, node_hash, root_of
from tests.ledger.logs import Files, files_of
from tests.ledger.small_log import root_by_definition

PUBLISHED = Path(__file__).parent / "data" / "merkle"
REFERENCE = json.loads((PUBLISHED / "reference_tree.json").read_text())
MOST = 1100
ENTRIES = [b"%d" % k for k in range(MOST)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]

sizes = st.integers(1, MOST) | st.sampled_from([1, 2, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025])


@cache
def files_at(size: int) -> Files:
    """The files of the log when it had so many entries."""
    return files_of(ENTRIES[:size])


def published(name: str) -> list[dict[str, object]]:
    return json.loads((PUBLISHED / name).read_text())


def decoded(held: list[str] | None) -> list[bytes]:
    return [b64decode(one) for one in held or []]


@pytest.mark.parametrize("case", published("inclusion.json"), ids=lambda case: case["path"])
def test_published_inclusion_proofs_hold_or_fail_as_published(case) -> None:
    leaf, root = b64decode(case["leafHash"]), b64decode(case["root"])
    holds = verify_inclusion(leaf, case["leafIdx"], case["treeSize"], decoded(case["proof"]), root)
    assert holds is not case["wantErr"]


@pytest.mark.parametrize("case", published("consistency.json"), ids=lambda case: case["path"])
def test_published_consistency_proofs_hold_or_fail_as_published(case) -> None:
    old_root, new_root = b64decode(case["root1"]), b64decode(case["root2"])
    holds = verify_consistency(case["size1"], case["size2"], decoded(case["proof"]), old_root, new_root)
    assert holds is not case["wantErr"]


def test_reference_tree_has_the_published_roots() -> None:
    entries = [bytes.fromhex(held) for held in REFERENCE["leaf_inputs_hex"]]
    for size, root in enumerate(REFERENCE["root_by_tree_size"]):
        assert root_from_tiles(files_of(entries[:size]), size).hex() == root
    for case in REFERENCE["hash_cases"]:
        told = {name: held.encode() for name, held in case.items() if name.endswith("_utf8")}
        found = leaf_hash(told["data_utf8"]) if case["op"] == "leaf" else node_hash(*told.values())
        assert found.hex() == case["hex"]


def test_subtrees_have_the_published_hashes_and_proofs() -> None:
    most, leaves = 130, [leaf_hash(bytes([k])) for k in range(130)]
    hashes, inclusions, consistencies = sha256(), sha256(), sha256()

    def line(head: str, ranges: list[tuple[int, int]], start: int = 0) -> bytes:
        path = "".join(f" {root_of(leaves[start + a : start + b]).hex()}" for a, b in ranges)
        return f"{head}{path}\n".encode()

    def subtrees(size: int) -> Iterator[tuple[int, int]]:
        for end in range(size + 1):
            for start in range(end + 1):
                if start % (1 << max(0, end - start - 1).bit_length()) == 0:
                    yield start, end

    for start, end in subtrees(most):
        hashes.update(line(f"[{start}, {end})", [(start, end)]))
        for index in range(start, end):
            ranges = inclusion_ranges(index - start, end - start)
            inclusions.update(line(f"{index} [{start}, {end})", ranges, start))
    for size in range(most + 1):
        for start, end in subtrees(size):
            ranges = consistency_ranges((start, end), size) if start < end else []
            consistencies.update(line(f"[{start}, {end}) {size}", ranges))
    expected = REFERENCE["accumulated_subtree_vectors"]
    assert hashes.hexdigest() == expected["subtree_hash"]
    assert inclusions.hexdigest() == expected["subtree_inclusion"]
    assert consistencies.hexdigest() == expected["subtree_consistency"]


@given(sizes, st.data())
def test_every_entry_of_every_tree_is_proven_to_be_in_it_and_nowhere_else(size, data) -> None:
    index = data.draw(st.integers(0, size - 1))
    root, proof = root_by_definition(ENTRIES[:size]), inclusion_proof(files_at(size), index, size)
    assert root_from_tiles(files_at(size), size) == root
    assert verify_inclusion(LEAVES[index], index, size, proof, root)
    other = data.draw(st.integers(0, MOST).filter(lambda place: place != index))
    assert not verify_inclusion(LEAVES[index], other, size, proof, root)
    if other < MOST:
        assert not verify_inclusion(LEAVES[other], index, size, proof, root)


@given(sizes, st.data())
@example(1, None)
def test_every_tree_is_proven_to_continue_every_earlier_one(size, data) -> None:
    old = data.draw(st.integers(1, size)) if data else 1
    before, after = root_by_definition(ENTRIES[:old]), root_by_definition(ENTRIES[:size])
    proof = consistency_proof(files_at(size), old, size)
    assert verify_consistency(old, size, proof, before, after)
    assert not verify_consistency(0, size, proof, before, after)
    if old < size:
        assert not verify_consistency(old, size, proof, after, after)
        assert not verify_consistency(old, size, proof, before, before)
        assert not verify_consistency(size, old, proof, after, before)


@given(sizes, st.data())
def test_a_proof_with_any_byte_changed_dropped_or_added_fails(size, data) -> None:
    old = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, size - 1))
    before, after = root_by_definition(ENTRIES[:old]), root_by_definition(ENTRIES[:size])
    source = files_at(size)
    for proof, holds in (
        (
            inclusion_proof(source, index, size),
            lambda p: verify_inclusion(LEAVES[index], index, size, p, after),
        ),
        (consistency_proof(source, old, size), lambda p: verify_consistency(old, size, p, before, after)),
    ):
        assert holds(proof)
        assert not holds([*proof, after])
        assert not holds([before, *proof])
        if proof:
            place, byte = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, HASH_BYTES - 1))
            spoilt = bytearray(proof[place])
            spoilt[byte] ^= data.draw(st.integers(1, 255))
            assert not holds([*proof[:place], bytes(spoilt), *proof[place + 1 :]])
            assert not holds([*proof[:place], *proof[place + 1 :]])
            assert not holds([*proof[:place], proof[place][:-1], *proof[place + 1 :]])


@pytest.mark.parametrize("size", [100_000_000, 2**40 + 12345])
def test_a_proof_in_a_great_log_reads_few_tiles(size) -> None:
    class Great:
        """Tiles whose hashes are of no entries: what matters is which are read."""

        def __init__(self) -> None:
            self.read_paths: list[str] = []

        def read(self, path: str) -> bytes:
            self.read_paths.append(path)
            return b"\5" * HASH_BYTES * parse_path(path).width

    source = Great()
    assert len(inclusion_proof(source, size // 3, size)) <= size.bit_length()
    assert len(source.read_paths) <= 2 * 6
    assert len(set(source.read_paths)) == len(source.read_paths)
    source.read_paths.clear()
    assert len(consistency_proof(source, size // 3, size)) <= size.bit_length() + 1
    assert len(source.read_paths) <= 2 * 6


@pytest.mark.parametrize(("place", "size"), [(0, 0), (5, 5), (-1, 5), (7, 5)])
def test_what_is_not_in_a_tree_has_no_proof(place, size) -> None:
    with pytest.raises(OptionError):
        inclusion_proof(files_at(MOST), place, size)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5), (-1, 5)])
def test_no_tree_continues_a_longer_or_an_empty_one_by_proof(old, new) -> None:
    with pytest.raises(OptionError):
        consistency_proof(files_at(MOST), old, new)


def test_a_proof_needs_whole_tiles() -> None:
    source = files_of(ENTRIES[:300])
    del source[tile_path(0, 0)]
    with pytest.raises(NotFound):
        inclusion_proof(source, 5, 300)
    source[tile_path(0, 0)] = b"\0" * 8191
    with pytest.raises(InputError):
        inclusion_proof(source, 5, 300)
