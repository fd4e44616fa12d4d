"""Whatever bytes arrive, they are taken whole or refused with a reason; nothing else comes out, and nothing stays half done."""

import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meguri.battery import CLASSES, EVENTS, decode_events, identify
from meguri.errors import InputError, MeguriError
from meguri.ledger import Ledger, SigningKey, VerifyingKey, seal
from meguri.ledger.checkpoint import Checkpoint, open_checkpoint
from meguri.ledger.evidence import Evidence
from meguri.ledger.exchange import event_hashes, from_epcis, parse_query, read_file, template, to_epcis
from meguri.ledger.fsck import fsck
from meguri.ledger.lines import event_of_line, read_closing, read_statements, recorders_of
from meguri.ledger.mirror import parse_recorders
from meguri.ledger.note import open_note, parse_note
from meguri.ledger.proofs import verify_consistency, verify_inclusion
from meguri.ledger.seal import Opening, Sealed, sealed_form, unseal
from meguri.ledger.tiles import parse_path, unpack_entries
from meguri.ledger.tlog_proof import Policy, parse_proof, verify_proof
from meguri.ledger.verify import verify_log
from meguri.ledger.witness import Request
from tests.faults.postgres import Server
from tests.ledger.events import battery, to_market, told
from tests.ledger.exchange.drawn import event as drawn
from tests.ledger.logs import LOG_KEY, Files, entries_of, files_of, recording

EXAMPLES = 4000 if os.environ.get("FULL") else 60
hard = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
few = settings(max_examples=EXAMPLES // 4, suppress_health_check=list(HealthCheck))

ORIGIN = "registry.example/meguri"
FILES = files_of(entries_of(3, 1, 260))
NOTE = FILES["checkpoint"]
KEY = SigningKey("yard.example", b"\6" * 32)
EVENTS_SENT = [*to_market(), told("measured", 2, soh_percent=84.5, note="ノート"), told("exported", 3)]
SEALED = msgspec.json.encode(sealed_form(seal(EVENTS_SENT, KEY, ORIGIN)))
ARRAY = msgspec.json.encode(EVENTS_SENT)
EPCIS = msgspec.json.encode(to_epcis(EVENTS_SENT))
LETTERS = st.characters()
"""Every code point, NUL and halves of surrogate pairs too."""

TEXTS = st.text(LETTERS, max_size=20) | st.sampled_from(
    [
        "\0",
        "a\0b",
        "\ud800",
        "\udfff",
        "x" * 70_000,
        "\x1b[31m",
        "{x}",
        "{",
        "%s",
        "\u202e",
        "٣",
        "é" * 500,
        '"',
        "\\",
        "\n",
    ]
)
NUMBERS = (
    st.integers(-(10**30), 10**30)
    | st.floats()
    | st.sampled_from([10**400, 1e308, -0.0, 2**53, 2**63, 2**64])
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)
DEEP = [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000]


def json_bytes(value: Any) -> bytes:
    """JSON as loose writers make it: NaN, lone surrogates as escapes, numbers of any length."""
    return json.dumps(value).encode()


def cut_and_joined(*whole: bytes) -> st.SearchStrategy[bytes]:
    """Right bytes with some changed, cut out, doubled, or put in."""

    @st.composite
    def spoilt(draw: st.DrawFn) -> bytes:
        held = bytearray(draw(st.sampled_from(whole)))
        for _ in range(draw(st.integers(1, 3))):
            at = draw(st.integers(0, max(0, len(held) - 1)))
            way = draw(st.sampled_from(["flip", "cut", "put", "double"]))
            if way == "flip" and held:
                held[at] ^= draw(st.integers(1, 255))
            elif way == "cut":
                del held[at : at + draw(st.integers(1, 60))]
            elif way == "put":
                held[at:at] = draw(st.binary(max_size=8) | TEXTS.map(json_bytes) | NUMBERS.map(json_bytes))
            else:
                held[at:at] = held[at : at + draw(st.integers(1, 60))]
        return bytes(held)

    return spoilt()


def quietly(read: Callable[[Any], Any], given: Any) -> None:
    """Read it; only what a person can act on may come out."""
    with suppress(MeguriError):
        read(given)


BYTES = {
    "events": (decode_events, (ARRAY, msgspec.json.encode(EVENTS_SENT[0]) + b"\n" * 2)),
    "note": (parse_note, (NOTE,)),
    "signed note": (lambda held: open_note(held, [LOG_KEY.verifying]), (NOTE,)),
    "checkpoint": (lambda held: open_checkpoint(held, LOG_KEY.verifying), (NOTE,)),
    "bundle": (unpack_entries, (FILES["tile/entries/001.p/11"],)),
    "evidence": (Evidence.parse, (Evidence.of_shorter(NOTE.decode(), NOTE.decode(), 1).text.encode(),)),
    "request": (Request.parse, (Request(0, (b"\0" * 32,), NOTE.decode()).text.encode(),)),
    "recorders": (parse_recorders, (f"# keys\n{KEY.vkey} 0 -\n".encode(),)),
    "file": (read_file, (ARRAY, EPCIS, template("measured", "csv", "ja"), template("measured", "xlsx", "en"))),
    "sealed": (lambda held: unseal(_sealed(held)), (SEALED,)),
}  # fmt: skip
TEXT = {
    "checkpoint": Checkpoint.parse,
    "proof": parse_proof,
    "path": parse_path,
    "identifier": identify,
    "verifying key": VerifyingKey.parse,
    "signing key": SigningKey.parse,
}


def _sealed(held: bytes) -> Sealed:
    try:
        return msgspec.json.decode(held, type=Sealed)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError("not sealed") from fault


@pytest.mark.parametrize("kind", BYTES)
@given(data=st.data())
@few
def test_any_bytes_are_read_or_refused_with_a_reason(kind, data):
    read, whole = BYTES[kind]
    quietly(read, data.draw(st.binary(max_size=200) | JSON.map(json_bytes) | cut_and_joined(*whole)))


@pytest.mark.parametrize("kind", BYTES)
@pytest.mark.parametrize(
    "held", [*DEEP, b"", b"\0" * 100_000, b"\xff" * 1000, b"9" * 100_000, b"-" * 100_000, b"\n" * 100_000]
)
def test_what_is_deep_long_or_empty_is_read_or_refused_with_a_reason(kind, held):
    quietly(BYTES[kind][0], held)


@pytest.mark.parametrize("kind", TEXT)
@given(data=st.data())
@few
def test_any_text_is_read_or_refused_with_a_reason(kind, data):
    whole = {
        "checkpoint": NOTE.decode().partition("\n\n")[0] + "\n",
        "proof": f"c2sp.org/tlog-proof@v1\nindex 1\n\n{NOTE.decode()}",
        "path": "tile/entries/x001/000.p/17",
        "identifier": battery(),
        "verifying key": KEY.vkey,
        "signing key": KEY.private,
    }[kind]
    touched = cut_and_joined(whole.encode()).map(lambda held: held.decode(errors="surrogateescape"))
    quietly(TEXT[kind], data.draw(TEXTS | touched))


@given(cut_and_joined(f"c2sp.org/tlog-proof@v1\nindex 1\n\n{NOTE.decode()}".encode()))
@few
def test_a_proof_that_was_touched_proves_nothing_new(held):
    quietly(
        lambda text: verify_proof(text, b"entry", Policy(LOG_KEY.verifying)), held.decode(errors="replace")
    )


@given(
    st.integers(-3, 2**64),
    st.integers(-3, 2**64),
    st.lists(st.binary(max_size=40), max_size=70),
    st.binary(max_size=40),
)
@hard
def test_no_proof_of_any_shape_breaks_its_reader(first, second, proof, root):
    assert verify_inclusion(root, first, second, proof, root) in (True, False)
    assert verify_consistency(first, second, proof, root, root) in (True, False)


@given(st.lists(st.binary(max_size=60) | cut_and_joined(*recording(2, seed=1)), max_size=40))
@few
def test_lines_of_any_form_are_told_from_statements_and_closings(lines):
    ids, spoilt = read_statements(lines)
    assert len(ids) == 16 * (len(lines) if spoilt is None else spoilt)
    recorders_of(lines)
    for line in lines:
        read_closing(line)
        event_of_line(line)


@given(st.data())
@few
def test_a_log_of_spoilt_files_is_judged_and_nothing_else(data):
    path = data.draw(st.sampled_from(sorted(FILES)))
    files = Files(FILES | {path: data.draw(cut_and_joined(FILES[path]))})
    verdict = verify_log(files, LOG_KEY.verifying, processes=1)
    assert verdict.fault is not None or files == FILES or path == "checkpoint"


def workbook(rows: list[list[Any]]) -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"nan_inf_to_errors": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("measured")
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell)
    return held.getvalue()


CELLS = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers(-(10**15), 10**15)
    | st.text(st.characters(codec="utf-8"), max_size=30)
)
HEADS = st.sampled_from(
    ["battery", "time", "type", "note", "soh_percent", "id", "country", "parts", "電池", "?", ""]
)


@given(
    st.lists(HEADS, min_size=1, max_size=6),
    st.lists(st.lists(CELLS, max_size=6), max_size=4),
    st.sampled_from(["xlsx", "csv"]),
)
@few
def test_any_sheet_is_read_or_refused_with_a_reason(heads, rows, form):
    if form == "xlsx":
        quietly(read_file, workbook([heads, *rows]))
    else:
        quietly(
            read_file,
            "\n".join(",".join(map(str, cells)) for cells in [heads, *rows]).encode(errors="replace"),
        )


@given(
    st.dictionaries(
        HEADS | st.sampled_from(["body", "event", "line"]),
        st.lists(TEXTS | NUMBERS | JSON, min_size=2, max_size=2),
        max_size=4,
    )
)
@few
def test_any_columns_are_read_or_refused_with_a_reason(columns):
    held = io.BytesIO()
    try:
        pl.DataFrame(columns, strict=False).write_parquet(held)
    except Exception:  # noqa: BLE001
        return
    quietly(read_file, held.getvalue())
    quietly(read_file, held.getvalue()[:-9])


@given(
    st.dictionaries(
        st.sampled_from(["epcisBody", "eventList", "@context", "type", "event", "eventTime"]) | TEXTS,
        JSON,
        max_size=5,
    )
)
@few
def test_any_json_is_an_epcis_document_or_refused_with_a_reason(document):
    quietly(event_hashes, document)
    quietly(from_epcis, document)


@given(
    st.dictionaries(
        st.sampled_from(["eventType", "GE_eventTime", "EQ_bizStep", "MATCH_epc", "perPage", "orderBy"])
        | TEXTS,
        st.lists(TEXTS, max_size=2),
        max_size=4,
    )
)
@few
def test_any_question_in_the_words_of_epcis_is_understood_or_refused_with_a_reason(parameters):
    quietly(parse_query, parameters)


@contextmanager
def empty(kind: str, folder: Path) -> Iterator[Path | str]:
    """An empty database of either kind."""
    if kind == "sqlite":
        yield folder / "ledger.db"
        return
    with tempfile.TemporaryDirectory(prefix="meguri-pg-") as base:
        server = Server.new(Path(base), 5601)
        server.start()
        yield server.url()
        server.stop()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger that must be sound after all that was thrown at it."""
    folder = tmp_path_factory.mktemp("fuzzed")
    with (
        empty(request.param, folder) as place,
        Ledger.open(place, origin=ORIGIN, keys=folder / "keys") as ledger,
    ):
        ledger.enrol(KEY.name, KEY.vkey, ["registry"])
        ledger.append(to_market(1))
        yield ledger
        assert fsck(ledger.store, ledger.key.verifying).faults == ()
        keys = {held.signer: held.key for held in ledger.recorders()}
        assert verify_log(ledger.tiles, ledger.key.verifying, recorder_keys=keys, processes=1).holds
        assert len(ledger.read(limit=1000)) == min(ledger.count(), 1000)


def recorded(ledger: Ledger, append: Callable[[], Any]) -> None:
    """Record it whole, or be told why not and find the ledger as it was."""
    size, root = ledger.size, ledger.root
    try:
        receipts = list(append())
    except MeguriError:
        assert (ledger.size, ledger.root) == (size, root)
        return
    assert ledger.size in (size, size + len(receipts) + 1)
    for receipt in receipts:
        assert ledger.event(receipt.event).index == receipt.index
        ledger.life(receipt.battery)


@given(st.lists(st.sampled_from(sorted(EVENTS)).flatmap(drawn), max_size=3), st.booleans())
@few
def test_any_events_are_recorded_whole_or_not_at_all(kept, events, elsewhere):
    recorded(kept, lambda: kept.append(events, elsewhere=elsewhere))


FIELDS_SENT = st.sampled_from(sorted({name for kind in EVENTS.values() for name in kind.__struct_fields__}))


@given(
    st.sampled_from(sorted(EVENTS)).flatmap(drawn),
    st.dictionaries(FIELDS_SENT | TEXTS, JSON, max_size=2),
    st.booleans(),
)
@few
def test_an_event_with_anything_in_its_fields_is_recorded_whole_or_not_at_all(kept, event, more, elsewhere):
    data = json_bytes([msgspec.to_builtins(event, builtin_types=()) | more])
    recorded(kept, lambda: kept.append(data, elsewhere=elsewhere))


@given(st.sampled_from(sorted(EVENTS)).flatmap(drawn), st.data())
@few
def test_an_event_made_of_anything_here_is_recorded_whole_or_not_at_all(kept, event, data):
    name = data.draw(st.sampled_from(event.__struct_fields__))
    spoilt = msgspec.structs.replace(event, **{name: data.draw(TEXTS | NUMBERS | JSON)})
    recorded(kept, lambda: kept.append([spoilt], elsewhere=True))


@given(st.data())
@few
def test_a_sealed_recording_of_anything_is_recorded_whole_or_not_at_all(kept, data):
    """Signed as it stands, so that only its form and meaning can be refused."""
    event = data.draw(st.sampled_from(sorted(EVENTS)).flatmap(drawn))
    form = sealed_form(seal([event], KEY, ORIGIN))
    (opening,) = form.events
    body: dict[Any, Any] = dict(opening.body)
    name = data.draw(st.sampled_from(CLASSES))
    body[name] = msgspec.Raw(
        data.draw(JSON.map(json_bytes) | st.sampled_from([bytes(body[name]), *DEEP[1:]]))
    )
    changed = Opening(entry=opening.entry, body=body, salts=opening.salts)
    recorded(
        kept, lambda: kept.append_sealed(msgspec.structs.replace(form, events=(changed,)), elsewhere=True)
    )


@given(
    st.text(LETTERS, max_size=30),
    st.text(LETTERS, max_size=30),
    st.sampled_from(["enrol", "rotate", "revoke"]),
)
@few
def test_a_recorder_of_any_name_is_enrolled_or_refused(kept, name, told_of, way):
    vkey = KEY.vkey
    with suppress(MeguriError):
        vkey = SigningKey.generate(name).vkey
    acts: dict[str, Callable[[], Any]] = {
        "enrol": lambda: [kept.enrol(name, vkey, ["tester"], told_of)],
        "rotate": lambda: [kept.rotate(name, vkey)],
        "revoke": lambda: [kept.revoke(name, told_of)],
    }
    recorded(kept, acts[way])


@given(TEXTS)
@few
def test_any_name_is_looked_up_or_refused_with_a_reason(kept, name):
    for look in (kept.resolve, kept.life, kept.event, kept.prove, kept.receipt):
        quietly(look, name)
