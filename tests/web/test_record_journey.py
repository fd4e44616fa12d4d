"""A dismantler records in the yard: by typing, by a photograph, without scripts, without a connection, from a file."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Page, expect

from meguri.ledger import Ledger, Recorded
from meguri.web.battery.scan import read_codes
from tests.web.ledgers import served

PHONE = 390


class Yard:
    """A served ledger of its own, empty at first."""

    def __init__(self, address: str, db: Path) -> None:
        self.address, self.db = address, db
        self._count = 0

    def battery(self) -> str:
        """A battery that nobody has recorded yet."""
        self._count += 1
        return f"https://id.gs1.org/01/09520000000042/21/Y{self._count:04d}"

    def life(self, battery: str) -> tuple[Recorded, ...]:
        with Ledger.open(self.db) as ledger:
            return ledger.life(battery)

    def form(self, battery: str, word: str) -> str:
        return f"{self.address}/battery/record?battery={battery}&word={word}&lang=en"


@pytest.fixture(scope="module")
def yard(new_home: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    db = tmp_path_factory.mktemp("yard") / "ledger.db"
    with served(new_home(), db) as address:
        yield Yard(address, db)


def test_nothing_is_begun_by_looking(
    new_home: Callable[[], Path], tmp_path: Path, yard: Yard, open_page: Callable[..., Page]
) -> None:
    if yard.db.exists():
        pytest.skip("another journey has recorded before")
    page = open_page(f"{yard.address}/ledger?lang=en", scripts=False)
    expect(page.locator("main")).to_contain_text("No ledger has been begun here yet.")
    page.goto(f"{yard.address}/battery?q=Y0001&lang=en")
    expect(page.locator("main")).to_contain_text("meguri demo-fleet")
    assert not yard.db.exists()


def test_a_dismantler_records_a_removal_on_the_phone_and_sees_the_receipt(
    yard: Yard, open_page: Callable[..., Page]
) -> None:
    battery = yard.battery()
    page = open_page(f"{yard.address}/battery/record", width=PHONE)
    page.get_by_label("または識別子を入力").fill(battery)
    page.get_by_role("button", name="次へ").click()
    choice = page.get_by_role("link", name="車両からの取り外し")
    assert choice.bounding_box()["height"] >= 56  # type: ignore[index]
    choice.click()
    page.get_by_label("車台番号").fill("ZE1-123456")
    button = page.get_by_role("button", name="記録する", exact=True)
    assert button.bounding_box()["height"] >= 56  # type: ignore[index]
    button.click()
    expect(page.locator(".fresh")).to_contain_text("記録しました：車両からの取り外し")
    expect(page.locator("h1")).to_have_text("この電池は車から取り外されました。")
    (held,) = yard.life(battery)
    assert (held.type, held.event.vehicle) == ("removed", "ZE1-123456")  # type: ignore[union-attr]
    with page.expect_download() as download:
        page.locator(".fresh").get_by_role("link", name="受領証").click()
    assert held.id in download.value.path().read_text()


def test_without_scripts_and_by_keyboard_alone_one_records(
    yard: Yard, open_page: Callable[..., Page]
) -> None:
    battery = yard.battery()
    page = open_page(f"{yard.address}/battery/record?lang=en", scripts=False)
    page.get_by_label("Or type its identifier").focus()
    page.keyboard.type(battery)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Collected").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Mass").focus()
    page.keyboard.type("３０３．５")
    page.keyboard.press("Enter")
    expect(page.locator(".fresh")).to_contain_text("Recorded: Collected")
    assert yard.life(battery)[0].event.mass_kg == 303.5  # type: ignore[union-attr]


@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(
    scripts: bool, yard: Yard, open_page: Callable[..., Page]
) -> None:
    battery = yard.battery()
    page = open_page(yard.form(battery, "collected"), scripts=scripts)
    page.get_by_label("Mass").fill("heavy")
    page.get_by_text("More: who, where, a remark").click()
    page.get_by_label("Who handed it over").fill("Yamada")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#fault")).to_contain_text("what you typed is still there")
    expect(page.locator(".field.wrong")).to_contain_text("this is not a number")
    expect(page.get_by_label("Who handed it over")).to_have_value("Yamada")
    page.get_by_label("Mass").fill("300")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator(".fresh")).to_contain_text("Recorded: Collected")


def test_what_cannot_happen_is_refused_with_the_reason(yard: Yard, open_page: Callable[..., Page]) -> None:
    battery = yard.battery()
    page = open_page(yard.form(battery, "disposed"), width=PHONE)
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator(".fresh")).to_be_visible()
    page.goto(yard.form(battery, "removed"))
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#fault")).to_contain_text("cannot happen")
    assert len(yard.life(battery)) == 1


def test_a_mistake_is_corrected_by_a_later_word_and_both_are_shown(
    yard: Yard, open_page: Callable[..., Page]
) -> None:
    battery = yard.battery()
    page = open_page(yard.form(battery, "removed"), scripts=False)
    page.get_by_label("Distance driven").fill("6100")
    page.get_by_role("button", name="Record", exact=True).click()
    first = page.locator(".fresh").get_attribute("data-recorded")
    page.goto(yard.form(battery, "corrected"))
    page.get_by_label("The event that is corrected").fill(str(first))
    page.get_by_label("Why").fill("a digit was missing")
    page.get_by_text("More: who, where, a remark").click()
    page.get_by_label("Right values of its fields").fill("odometer_km=61000")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator(".fresh")).to_contain_text("Recorded: Corrected")
    told = page.locator(f"#e-{first}")
    expect(told).to_contain_text("corrected")
    told.locator("summary").click()
    expect(told).to_contain_text("61,000 km")
    page.goto(yard.form(battery, "corrected"))
    page.get_by_label("The event that is corrected").fill(str(first))
    page.get_by_label("Why").fill("it was another battery")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator(f"#e-{first}")).to_contain_text("taken back")
    expect(page.locator("h1")).to_contain_text("Nothing is recorded yet")


def picture(text: str) -> bytes:
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="png", scale=8, border=8)
    return out.getvalue()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_photograph_of_the_code_names_the_battery(
    scripts: bool, yard: Yard, open_page: Callable[..., Page]
) -> None:
    battery = yard.battery()
    page = open_page(f"{yard.address}/battery/record?lang=en", width=PHONE, scripts=scripts)
    page.locator("#photo").set_input_files(
        {"name": "code.png", "mimeType": "image/png", "buffer": picture(battery)}
    )
    if not scripts:
        page.get_by_role("button", name="Read the picture").click()
    expect(page.locator("h1")).to_have_text("What happened to it?")
    expect(page.locator(".kicker")).to_have_text(battery)


SEES = """
self.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect(video) {
    self.looked = (self.looked ?? 0) + 1;
    return self.looked > 2 && video.videoWidth && video.srcObject.active ? [{ rawValue: "BATTERY" }] : [];
  }
};
"""
"""A reader of codes, which Chromium has on phones only: it finds the code once pictures of the camera arrive."""


def test_the_camera_of_the_phone_reads_the_code(yard: Yard, open_page: Callable[..., Page]) -> None:
    battery = yard.battery()
    page = open_page(f"{yard.address}/battery/record?lang=en", width=PHONE)
    page.add_init_script(SEES.replace("BATTERY", battery))
    page.reload()
    button = page.get_by_role("button", name="Scan with the camera")
    assert button.bounding_box()["height"] >= 56  # type: ignore[index]
    button.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What happened")
    assert battery.rpartition("/")[2] in page.content()


def test_a_picture_without_a_code_or_too_large_says_what_to_do(
    yard: Yard, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{yard.address}/battery/record?lang=en", scripts=False)
    page.locator("#photo").set_input_files(
        {"name": "code.png", "mimeType": "image/png", "buffer": b"not a picture"}
    )
    page.get_by_role("button", name="Read the picture").click()
    expect(page.locator("main")).to_contain_text("Send a photograph as JPEG, PNG or WebP.")


def test_of_several_codes_the_one_that_names_a_battery_comes_first() -> None:
    from PIL import Image

    pictures = [
        Image.open(io.BytesIO(picture(text))).convert("L")
        for text in ("hello", "urn:uuid:" + "0" * 8 + "-0000-4000-8000-" + "0" * 12)
    ]
    sheet = Image.new("L", (sum(one.width for one in pictures), max(one.height for one in pictures)), 255)
    sheet.paste(pictures[0], (0, 0))
    sheet.paste(pictures[1], (pictures[0].width, 0))
    out = io.BytesIO()
    sheet.save(out, "JPEG")
    assert read_codes(out.getvalue())[0].startswith("urn:uuid:")


def test_what_is_recorded_without_a_connection_is_sent_later_and_recorded_once(
    yard: Yard, open_page: Callable[..., Page]
) -> None:
    battery = yard.battery()
    page = open_page(yard.form(battery, "removed"), width=PHONE)
    page.get_by_label("Distance driven").fill("61000")
    page.context.set_offline(True)
    page.get_by_role("button", name="Record", exact=True).click()
    queue = page.locator("[data-queue]")
    expect(queue).to_contain_text("Waiting: 1")
    expect(queue).to_contain_text("kept on this device")
    page.context.set_offline(False)
    expect(queue).to_contain_text("Sent and recorded: 1")
    (held,) = yard.life(battery)
    assert held.event.odometer_km == 61000  # type: ignore[union-attr]
    queue.get_by_role("link", name="Receipt").click()
    expect(page.locator(".fresh")).to_contain_text("Recorded: Removed")


def test_a_record_whose_answer_was_lost_is_sent_again_and_recorded_once(
    yard: Yard, open_page: Callable[..., Page]
) -> None:
    battery = yard.battery()
    page = open_page(yard.form(battery, "removed"), width=PHONE)

    def lose_the_answer(route: object) -> None:
        route.fetch()  # type: ignore[attr-defined]
        route.abort()  # type: ignore[attr-defined]

    page.evaluate("navigator.serviceWorker.ready.then((held) => held.unregister())")
    page.route("**/battery/record?lang=en", lose_the_answer, times=1)
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("[data-queue]")).to_contain_text("Waiting: 1")
    assert len(yard.life(battery)) == 1
    page.reload()
    expect(page.locator("[data-queue]")).to_contain_text("Sent and recorded: 1")
    assert len(yard.life(battery)) == 1


def test_the_recording_page_opens_where_there_is_no_connection(
    yard: Yard, open_page: Callable[..., Page]
) -> None:
    battery = yard.battery()
    page = open_page(f"{yard.address}/battery/record?lang=en", width=PHONE)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.context.set_offline(True)
    page.goto(f"{yard.address}/battery/record?battery={battery}&word=collected&lang=en")
    expect(page.locator("h1")).to_have_text("Record without a connection")
    form = page.locator("form[data-offline=collected]")
    form.get_by_label("Mass").fill("300")
    form.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("[data-queue]")).to_contain_text("Waiting: 1")
    page.context.set_offline(False)
    expect(page.locator("[data-queue]")).to_contain_text("Sent and recorded: 1")
    assert yard.life(battery)[0].event.mass_kg == 300  # type: ignore[union-attr]


def test_another_site_cannot_record_in_the_name_of_the_visitor(
    yard: Yard, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{yard.address}/battery/record")
    fields = {"word": "attested", "battery": yard.battery(), "id": "0" * 8 + "-0000-4000-8000-" + "0" * 12}
    for told in (dict[str, str](), {"token": "0" * 64}):
        assert page.request.post(f"{yard.address}/battery/record", form={**fields, **told}).status == 403


def upload(page: Page, name: str, content: bytes, kind: str = "text/csv") -> None:
    page.get_by_label("CSV, Excel").set_input_files({"name": name, "mimeType": kind, "buffer": content})
    page.get_by_role("button", name="See what would become of it").click()


def test_a_broken_file_is_told_row_by_row_and_the_good_rows_can_be_recorded(
    yard: Yard, open_page: Callable[..., Page]
) -> None:
    one, other = yard.battery(), yard.battery()
    rows = (
        "出来事,電池ID,日時,質量\n"
        f"回収,{one},令和8年4月1日 9:30,３０３\n"
        f"回収,{other},いつか,300\n"
        f"取り外し,{one},2026/4/2,\n"
    )
    page = open_page(f"{yard.address}/battery/import?lang=en", scripts=False)
    upload(page, "四月.csv", rows.encode("cp932"))
    expect(page.locator(".lead")).to_contain_text("2 of 3 rows cannot be recorded.")
    expect(page.locator(".lead")).to_contain_text("Nothing is recorded yet.")
    refused = page.locator("tr.off")
    expect(refused.first).to_contain_text("this is not a date")
    expect(refused.first).to_contain_text("3")
    expect(refused.last).to_contain_text("cannot happen")
    page.get_by_role("button", name="Record the 1 that can be").click()
    expect(page.locator(".fresh")).to_contain_text("1 events recorded from 四月.csv")
    assert [held.type for held in yard.life(one)] == ["collected"]


def test_the_same_file_twice_is_recorded_once(yard: Yard, open_page: Callable[..., Page]) -> None:
    battery = yard.battery()
    rows = f"type,battery,time\nremoved,{battery},2026-04-01 09:30\ncollected,{battery},2026-04-02 09:30\n"
    page = open_page(f"{yard.address}/battery/import?lang=en", scripts=False)
    for _ in range(2):
        upload(page, "april.csv", rows.encode())
        page.get_by_role("button", name="Record all 2").click()
    expect(page.locator(".fresh")).to_contain_text("2 were here already")
    assert len(yard.life(battery)) == 2


def test_a_template_downloaded_filled_in_and_sent_back_is_recorded(
    yard: Yard, open_page: Callable[..., Page]
) -> None:
    from openpyxl import load_workbook

    battery = yard.battery()
    page = open_page(f"{yard.address}/battery/import?lang=ja", scripts=False)
    with page.expect_download() as download:
        page.get_by_role("link", name="Excelのひな形").click()
    book = load_workbook(io.BytesIO(download.value.path().read_bytes()))
    sheet = (
        book["回収"] if "回収" in book.sheetnames else book[next(n for n in book.sheetnames if "回収" in n)]
    )
    fields = [cell.value for cell in sheet[2]]
    sheet.cell(4, fields.index("battery") + 1, battery)
    sheet.cell(4, fields.index("time") + 1, "2026-04-01 09:30")
    out = io.BytesIO()
    book.save(out)
    page.goto(f"{yard.address}/battery/import?lang=en")
    upload(page, "filled.xlsx", out.getvalue(), "application/vnd.ms-excel")
    page.get_by_role("button", name="Record all 1").click()
    assert [held.type for held in yard.life(battery)] == ["collected"]


def test_a_file_that_cannot_be_read_is_kept_and_said_why(yard: Yard, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{yard.address}/battery/import?lang=en", scripts=False)
    upload(page, "notes.csv", b"hello,world\n1,2\n")
    expect(page.locator("#fault")).to_contain_text("no row in it names the columns")
    page.get_by_role("button", name="Look at it again").click()
    expect(page.locator("#fault")).to_contain_text("no row in it names the columns")
