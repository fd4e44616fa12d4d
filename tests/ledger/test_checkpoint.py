"""A checkpoint says one thing in one way, and only its log can have said it."""

import json
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.errors import InputError
from meguri.ledger.checkpoint import Checkpoint, open_checkpoint, open_cosigned, sign_checkpoint
from meguri.ledger.errors import NotVerified
from meguri.ledger.note import SigningKey, cosignature_of, sign_note

PUBLISHED = json.loads((Path(__file__).parent / "data" / "tlog" / "c2sp_examples.json").read_text())
LOG = SigningKey("registry.example/log", b"\1" * 32)
WITNESS = SigningKey("witness.example/w1", b"\2" * 32).as_cosigner()
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

lines = st.text(st.characters(codec="utf-8").filter(lambda one: one >= " "), min_size=1)
checkpoints = st.builds(
    Checkpoint,
    lines,
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(lines, max_size=3).map(tuple),
)


@pytest.mark.parametrize("example", PUBLISHED["checkpoint_parse"])
def test_a_published_checkpoint_is_read(example: dict[str, str | int]) -> None:
    read = Checkpoint.parse(str(example["text"]))
    assert (read.origin, read.size, read.root) == (
        example["origin"],
        example["size"],
        b64decode(str(example["root_b64"])),
    )
    assert read.text == example["text"]


@given(checkpoints)
def test_what_was_signed_is_what_is_opened(checkpoint: Checkpoint) -> None:
    note = sign_checkpoint(checkpoint, LOG)
    assert open_checkpoint(note, LOG.verifying, origin=checkpoint.origin) == checkpoint
    assert open_checkpoint(note.encode(), LOG.verifying, origin=checkpoint.origin).text == checkpoint.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        "o\n1\n",
        f"\n1\n{ROOT}\n",
        f"o\n01\n{ROOT}\n",
        f"o\n-1\n{ROOT}\n",
        f"o\n+1\n{ROOT}\n",
        f"o\n1 \n{ROOT}\n",
        f"o\n１\n{ROOT}\n",
        f"o\n1_0\n{ROOT}\n",
        f"o\n0x1\n{ROOT}\n",
        f"o\n{1 << 63}\n{ROOT}\n",
        f"o\n{'9' * 5000}\n{ROOT}\n",
        f"o\n1\n{ROOT}",
        f"o\n1\n{ROOT}\n\n",
        f"o\n1\n{ROOT}\n\nextension\n",
        f"o\n1\n{ROOT[:-1]}\n",
        f"o\n1\n{ROOT} \n",
        f"o\n1\n{ROOT.replace('I=', 'J=')}\n",
        "o\n1\nAAAA\n",
        f"o\n1\n{ROOT.replace('/', '_')}\n",
    ],
)
def test_there_is_no_second_way_to_write_a_checkpoint(text: str) -> None:
    with pytest.raises(InputError):
        Checkpoint.parse(text)


def test_a_log_may_say_more_below_and_signs_that_too() -> None:
    checkpoint = Checkpoint(LOG.name, 7, b"\3" * 32, ("one", "two"))
    note = sign_checkpoint(checkpoint, LOG)
    assert open_checkpoint(note, LOG.verifying).extensions == ("one", "two")
    with pytest.raises(NotVerified):
        open_checkpoint(note.replace("two", "too"), LOG.verifying)


def test_only_the_log_itself_can_say_how_long_it_is() -> None:
    checkpoint = Checkpoint(LOG.name, 7, b"\3" * 32)
    by_witness = sign_note(checkpoint.text, []) + cosignature_of(checkpoint.text, WITNESS, 1).line
    with pytest.raises(NotVerified):
        open_checkpoint(by_witness, LOG.verifying)
    with pytest.raises(NotVerified, match="own key"):
        open_cosigned(by_witness, LOG.verifying, [WITNESS.verifying])
    with pytest.raises(NotVerified):
        open_checkpoint(sign_checkpoint(checkpoint, SigningKey(LOG.name, b"\4" * 32)), LOG.verifying)


def test_a_key_speaks_for_one_log_unless_told_otherwise() -> None:
    other = sign_checkpoint(Checkpoint("registry.example/other", 7, b"\3" * 32), LOG)
    with pytest.raises(NotVerified, match=r"registry\.example/other"):
        open_checkpoint(other, LOG.verifying)
    assert open_checkpoint(other, LOG.verifying, origin="registry.example/other").size == 7


def test_what_witnesses_signed_travels_with_the_checkpoint() -> None:
    checkpoint = Checkpoint(LOG.name, 7, b"\3" * 32)
    signed = cosignature_of(checkpoint.text, WITNESS, 1_700_000_000)
    note = sign_checkpoint(checkpoint, LOG, [signed])
    read, opened = open_cosigned(note, LOG.verifying, [WITNESS.verifying])
    assert (read, opened.by(WITNESS.verifying)) == (checkpoint, signed)
    assert open_checkpoint(note, LOG.verifying) == checkpoint
    spoilt = sign_checkpoint(checkpoint, LOG, [cosignature_of("another\n", WITNESS, 1)])
    with pytest.raises(NotVerified, match=r"witness\.example"):
        open_cosigned(spoilt, LOG.verifying, [WITNESS.verifying])
