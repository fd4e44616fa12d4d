"""Sheets that people fill in: each row becomes an event, or is told what is wrong with it; none is lost, none comes twice."""

import io
import zipfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from meguri.battery import EVENTS, ROLES, RULE, checked
from meguri.battery.words import EVENT_NAMES
from meguri.errors import InputError, OptionError
from meguri.ledger.exchange import book, read_file, read_sheet, template
from meguri.ledger.exchange.cells import read_cell
from meguri.ledger.exchange.columns import WORDS, columns_of
from meguri.ledger.exchange.names import code_of, label, names
from meguri.report import battery_words
from tests.ledger.events import battery

LANGUAGES = ("ja", "en")
B1 = battery(1)


def csv(*lines: str, encoding: str = "utf-8") -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode(encoding)


def xlsx(**sheets: list[list[object]]) -> bytes:
    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def with_examples(data: bytes, language: str) -> bytes:
    """A template whose examples are no longer marked as such."""
    mark = label("text", "example", language)
    if not data.startswith(b"PK"):
        return data.decode("utf-8-sig").replace(mark, "").encode("utf-8-sig")
    made = load_workbook(io.BytesIO(data))
    for sheet in made.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == mark:
                    cell.value = None
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", ["xlsx", "csv"])
class TestTemplates:
    def test_an_empty_template_holds_no_event_and_no_fault(self, language, form):
        rows = read_sheet(template("all", form, language))
        assert (rows.events, rows.problems, rows.ignored) == ([], [], [])

    def test_every_example_is_an_event_of_its_word(self, language, form):
        rows = read_sheet(with_examples(template("all", form, language), language))
        assert rows.problems == []
        assert [event.type for event in rows.events] == list(WORDS)


def words_of(data: bytes, language: str) -> list[str]:
    return [event.type for event in read_sheet(with_examples(data, language)).events]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_the_words_that_it_may_record(role):
    words = [word for word in WORDS if role in RULE[word].roles]
    if words:
        assert words_of(template(role, "csv", "ja"), "ja") == words
    else:
        with pytest.raises(OptionError):
            template(role, "csv", "ja")


def test_a_workbook_has_a_sheet_for_each_word_of_a_role():
    assert words_of(template("carrier", "xlsx", "en"), "en") == [
        word for word in WORDS if "carrier" in RULE[word].roles
    ]


def test_what_is_chosen_in_a_template_is_read_as_its_code():
    for language in LANGUAGES:
        for word in ("manufactured", "damaged", "shipped", "sorted", "registered", "audited"):
            held = load_workbook(io.BytesIO(template(word, "xlsx", language)))
            sheet, lists = held.worksheets[0], held["lists"]
            offered = {
                next(iter(rule.sqref.ranges)).min_col: [
                    cell.value for (cell,) in lists[rule.formula1.partition("!")[2].replace("$", "")]
                ]
                for rule in sheet.data_validations.dataValidation
                if rule.type == "list"
            }
            fields = [cell.value for cell in sheet[2]]
            chosen = [name for name, column in columns_of(word).items() if column.form in ("choice", "truth")]
            assert sorted(fields[place - 1] for place in offered) == sorted(chosen)
            assert held["lists"].sheet_state == "hidden"
            for place, values in offered.items():
                column = columns_of(word)[fields[place - 1]]
                read = [read_cell(value, column) for value in values]
                assert read == ([True, False] if column.form == "truth" else list(column.values))


def test_a_template_of_what_there_is_not_is_refused():
    for what, form in (("stolen", "csv"), ("enrolled", "csv"), ("measured", "pdf")):
        with pytest.raises(OptionError):
            template(what, form, "ja")


def test_names_in_sheets_are_those_of_the_pages():
    words = battery_words("ja")
    assert {word: label("event", word, "ja") for word in WORDS} == {
        word: words.events[word] for word in WORDS
    }
    assert {word: label("event", word, "en") for word in WORDS} == {word: EVENT_NAMES[word] for word in WORDS}
    assert {code: label("kind", code, "ja") for code in words.kinds} == dict(words.kinds)
    for field, values in words.values.items():
        assert {code: label(field, code, "ja") for code in values} == dict(values)


def test_no_name_means_two_fields_or_two_events():
    for kind, held in names().items():
        if kind != "text":
            for name in held.values():
                for written in (name.code, name.en, name.ja, *name.also):
                    assert code_of(kind, written) == name.code, written


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_has_a_heading(language):
    for word in WORDS:
        for field in columns_of(word):
            assert code_of("field", label("field", field, language)) == field


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_japanese_sheet_of_ones_own_is_read_in_any_encoding(encoding, delimiter):
    rows = read_sheet(
        csv(
            "引取り台帳　令和６年度",
            "",
            delimiter.join(("電池ID", "日付", "出来事", "事業者名", "重量", "担当印")),
            delimiter.join((B1, "令和6年4月1日", "回収", "株式会社めぐり", "２８０．５", "済")),
            encoding=encoding,
        )
    )
    (event,) = rows.events
    assert (event.type, event.battery, event.by, event.mass_kg) == ("collected", B1, "株式会社めぐり", 280.5)
    assert event.time == datetime(2024, 3, 31, 15, tzinfo=UTC)
    assert event.time.utcoffset() == timedelta(hours=9)
    assert rows.ignored == ["担当印"]
    assert rows.places[0].row == 4


def test_every_row_of_a_file_has_a_verdict_with_its_place():
    rows = read_sheet(
        xlsx(
            測定=[
                ["対象の識別子", "日時", "SoH", "備考"],
                [B1, datetime(2026, 4, 1, 9, 30), 87.5, None],  # noqa: DTZ001
                [B1, "not a day", 140, None],
                [B1, "2026-04-02", "=1+1", None],
                [None, "2026-04-03", 80, None],
                [None, None, None, None],
                [B1.replace("042", "043"), "2026-04-04", 80, None],
                [B1, "2026-04-05", 151, None],
                [B1, "2026-04-06", 80, "x" * 3000],
            ],
            sold=[["battery", "time"], [B1, "2026-04-01"]],
            explanations=[["what", "this is"]],
        ),
        "file.xlsx",
    )
    assert [(place.sheet, place.row) for place in rows.places] == [("測定", 2)]
    assert [(held.sheet, held.row, held.column) for held in rows.problems] == [
        ("測定", 3, "日時"),
        ("測定", 4, "SoH"),
        ("測定", 5, "対象の識別子"),
        ("測定", 7, "対象の識別子"),
        ("測定", 8, "SoH"),
        ("測定", 9, "備考"),
        ("sold", 2, "type"),
    ]
    assert all(held.what and held.mend and held.file == "file.xlsx" for held in rows.problems)
    assert rows.count == 8


def test_a_row_that_says_what_its_word_does_not_know_is_told_so():
    rows = read_sheet(
        csv("type,battery,time,soh_percent", f"removed,{B1},2026-04-01,80", f"removed,{B1},2026-04-01,")
    )
    assert len(rows.events) == 1
    (problem,) = rows.problems
    assert (problem.row, problem.column, problem.value) == (2, "soh_percent", "80")


@pytest.mark.parametrize("word", ["enrolled", "revoked", "erased", "stolen", ""])
def test_nobody_gets_a_key_or_erases_anything_by_a_sheet(word):
    rows = read_sheet(csv("type,battery,time", f"{word},{B1},2026-04-01"))
    assert rows.events == []
    assert rows.problems[0].column == "type"


def test_the_same_row_has_the_same_id_wherever_it_stands():
    first = csv(
        "type,battery,time,soh_percent", f"measured,{B1},2026-04-01,80", f"measured,{B1},2026-05-01,79"
    )
    longer = csv(
        "type,time,soh_percent,battery",
        f"測定,2026/5/1,79,{B1}",
        f"測定,令和8年4月1日,80.0 %,{B1}",
        f"測定,2026/6/1,78,{B1}",
    )
    ids = [event.id for event in read_sheet(first).events]
    assert [event.id for event in read_sheet(longer, "other.csv").events][:2] == ids
    assert len(set(ids)) == 2


def test_rows_that_say_the_same_are_events_of_their_own_the_same_ones_every_time():
    data = csv("type,battery,time", *[f"maintained,{B1},2026-04-01"] * 3)
    ids = [event.id for event in read_sheet(data).events]
    assert len(set(ids)) == 3
    assert [event.id for event in read_sheet(data).events] == ids


def test_an_id_that_is_given_stays_and_one_that_is_none_is_told():
    given_id = "01970000-0000-7000-8000-0000000000AB"
    rows = read_sheet(
        csv("id,type,battery,time", f"{given_id},measured,{B1},2026-04-01", f"7,measured,{B1},2026-04-01")
    )
    assert [event.id for event in rows.events] == [given_id.lower()]
    assert rows.problems[0].column == "id"


def test_events_come_in_the_order_of_time_and_of_the_file():
    rows = read_sheet(
        xlsx(
            collected=[["battery", "time"], [B1, "2026-04-03"], [battery(2), "2026-04-01"]],
            removed=[["battery", "time"], [B1, "2026-04-02"], [battery(2), "2026-04-01"]],
        )
    )
    assert [(event.type, event.battery) for event in rows.events] == [
        ("collected", battery(2)),
        ("removed", battery(2)),
        ("removed", B1),
        ("collected", B1),
    ]
    assert [(place.sheet, place.row) for place in rows.places] == [
        ("collected", 3),
        ("removed", 3),
        ("removed", 2),
        ("collected", 2),
    ]


def test_times_are_of_the_zone_that_is_asked_for():
    (event,) = read_sheet(csv("type,battery,time", f"measured,{B1},2026-04-01"), zone=UTC).events
    assert event.time == datetime(2026, 4, 1, tzinfo=UTC)


def test_what_is_read_is_recorded_and_sent_again_known(ledger):
    data = with_examples(template("dismantler", "xlsx", "ja"), "ja")
    events = read_file(data, "sheet.xlsx")
    ledger.append(events, elsewhere=True)
    size = ledger.size
    ledger.append(read_file(data, "again.xlsx"), elsewhere=True)
    assert ledger.size == size


def test_events_that_a_sheet_gives_are_ones_that_the_ledger_takes():
    rows = read_sheet(with_examples(template("all", "csv", "en"), "en"))
    assert checked(rows.events) == rows.events
    assert {type(event) for event in rows.events} == {EVENTS[word] for word in WORDS}


def bomb(member: str, size: int) -> bytes:
    out = io.BytesIO(xlsx(measured=[["battery", "time"]]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, bytes(size))
    return out.getvalue()


def with_sheet(text: str) -> bytes:
    """A workbook whose sheet has this XML."""
    made = io.BytesIO(xlsx(measured=[["battery", "time"]]))
    out = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, text if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return out.getvalue()


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' + SHEET.format(
    "<row><c t='str'><v>&b;</v></c></row>"
)


@pytest.mark.parametrize(
    "data",
    {
        "bomb": lambda: bomb("xl/media/x.png", 8 << 20),
        "styles": lambda: bomb("xl/more.xml", 9 << 20),
        "endless row": lambda: with_sheet(SHEET.format("<row>" + "<c r='A1'/>" * 800_000 + "</row>")),
        "wide": lambda: with_sheet(
            SHEET.format(
                "<row r='1'>" + "".join(f"<c r='{c}1'><v>1</v></c>" for c in ("A", "XFD")) + "</row>"
            )
        ),
        "entities": lambda: with_sheet(ENTITIES),
        "no xml": lambda: with_sheet("<worksheet"),
        "cut": lambda: xlsx(measured=[["battery", "time"]])[:-40],
        "zip": lambda: bomb("a.txt", 3).replace(b"xl/workbook.xml", b"xl/workb00k.xml"),
        "old": lambda: b"\xd0\xcf\x11\xe0" + bytes(2000),
        "binary": lambda: bytes(range(256)),
        "quotes": lambda: b'type,battery,time\n"measured,x',
        "nothing": lambda: b"",
        "prose": lambda: bytes("本日は晴天なり", "utf-8"),
        "latin": lambda: b"\x81\xff\xfd\xfd,\xa0\xff\n",
        "columns": lambda: csv(",".join(map(str, range(600)))),
    }.values(),
    ids=lambda make: "",
)
def test_a_file_that_is_hostile_broken_or_no_table_is_refused_whole(data):
    with pytest.raises(InputError):
        read_sheet(data(), "file")


def test_far_apart_cells_do_not_cost_what_lies_between_them(monkeypatch):
    monkeypatch.setattr(book, "MOST_CELLS", 100_000)
    rows = "".join(f"<row r='{n}'><c r='XFD{n}'/></row>" for n in range(1, 30))
    with pytest.raises(InputError, match="more than"):
        read_sheet(with_sheet(SHEET.format(rows)))


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(book, "MOST_ROWS", 3)
    line = f"measured,{B1},2026-04-01"
    assert len(read_sheet(csv("type,battery,time", line, line)).events) == 2
    with pytest.raises(InputError, match="more than 3 rows"):
        read_sheet(csv("type,battery,time", line, line, line))


def test_hidden_sheets_are_not_read():
    made = load_workbook(
        io.BytesIO(
            xlsx(
                measured=[["battery", "time"], [B1, "2026-04-01"]],
                removed=[["battery", "time"], [B1, "2026-04-01"]],
            )
        )
    )
    made["removed"].sheet_state = "hidden"
    out = io.BytesIO()
    made.save(out)
    assert [event.type for event in read_sheet(out.getvalue()).events] == ["measured"]


cells = st.text(max_size=12) | st.sampled_from(
    ["measured", B1, "2026-04-01", "80", '"', "=1", "測定", "id", "battery", "time", "type"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(cells, max_size=6), max_size=8), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_no_csv_brings_the_reader_down_and_each_row_is_an_event_or_a_fault(rows, encoding):
    head = "type,battery,time,soh_percent,note"
    body = [",".join(cell.replace("\r", " ").replace("\n", " ") for cell in row) for row in rows]
    try:
        found = read_sheet("\n".join([head, *body]).encode(encoding, "surrogatepass"))
    except InputError:
        return
    assert len(found.events) == len(found.places)
    told = {(held.sheet, held.row) for held in found.problems}
    assert told.isdisjoint((place.sheet, place.row) for place in found.places)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_spoilt_workbook_brings_the_reader_down(data):
    held = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        held[data.draw(st.integers(0, len(held) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(InputError):
        read_sheet(bytes(held))


GOOD = xlsx(measured=[["battery", "time", "soh_percent"], [B1, "2026-04-01", 80]])
