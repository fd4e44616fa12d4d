"""A log reads the same from a folder, a bucket and a server; what cannot be known is not taken for absent."""

from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import httpx
import pytest

from meguri.errors import NotFound
from meguri.ledger.errors import NotVerified, Unreachable
from meguri.ledger.note import SigningKey
from meguri.ledger.sources import TRIES, FolderTiles, HttpTiles, StoreTiles, open_tiles, read_checkpoint
from meguri.ledger.tiles import CHECKPOINT, TileSource
from tests.ledger.small_log import SmallLog

LOG = SmallLog(*(str(number).encode() for number in range(300)))
URL = "https://log.example/prefix/"

Serve = Callable[[httpx.Request], httpx.Response]


def served(serve: Serve, cache: Path | None = None) -> HttpTiles:
    client = httpx.Client(transport=httpx.MockTransport(serve))
    return HttpTiles(URL, cache=cache, client=client, pause=lambda seconds: None)


def serve_log(request: httpx.Request) -> httpx.Response:
    held = LOG.files.get(request.url.path.removeprefix("/prefix/"))
    return httpx.Response(404) if held is None else httpx.Response(200, content=held)


@pytest.fixture(params=["folder", "bucket", "server"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TileSource]:
    if request.param == "server":
        with served(serve_log) as tiles:
            yield tiles
        return
    where = str(tmp_path) if request.param == "folder" else f"memory://{tmp_path.name}"
    for path, held in LOG.files.items():
        with fsspec.open(f"{where}/{path}", "wb", auto_mkdir=True) as file:
            file.write(held)
    yield open_tiles(where)


def test_every_file_reads_as_it_was_written(source: TileSource) -> None:
    assert {path: source.read(path) for path in LOG.files} == LOG.files


def test_the_checkpoint_is_read_only_with_the_right_key(source: TileSource) -> None:
    assert read_checkpoint(source, LOG.key.verifying) == LOG.checkpoint
    with pytest.raises(NotVerified):
        read_checkpoint(source, SigningKey(LOG.key.name, b"\2" * 32).verifying)


@pytest.mark.parametrize(
    "path", ["tile/0/005", "tile/7/000", "tile/entries/x001/000", "tile", "../secret", "/etc/passwd", ""]
)
def test_what_is_not_there_is_not_found(source: TileSource, path: str, tmp_path: Path) -> None:
    (tmp_path.parent / "secret").write_text("x")
    with pytest.raises(NotFound):
        source.read(path)


def test_an_address_tells_how_it_is_read(tmp_path: Path) -> None:
    assert isinstance(open_tiles(tmp_path), FolderTiles)
    assert isinstance(open_tiles("some/folder"), FolderTiles)
    assert isinstance(open_tiles("memory://log"), StoreTiles)
    with open_tiles("https://log.example") as tiles:  # type: ignore[attr-defined]
        assert isinstance(tiles, HttpTiles)
    with pytest.raises(Unreachable):
        open_tiles("nosuchscheme://log")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failure_that_passes_is_tried_again(status: int) -> None:
    answers = iter([httpx.Response(status)] * (TRIES - 1))
    assert served(lambda asked: next(answers, None) or serve_log(asked)).read(CHECKPOINT)
    with pytest.raises(Unreachable, match=str(status)):
        served(lambda asked: httpx.Response(status)).read(CHECKPOINT)


@pytest.mark.parametrize("status", [301, 401, 403])
def test_a_refusal_is_not_taken_for_absence(status: int) -> None:
    asked: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(status, headers={"location": "https://elsewhere.example/"})

    with pytest.raises(Unreachable, match=str(status)):
        served(serve).read(CHECKPOINT)
    assert asked == [f"{URL}checkpoint"]


def test_a_connection_that_breaks_is_tried_again_and_then_named() -> None:
    tried = []

    def serve(request: httpx.Request) -> httpx.Response:
        tried.append(request)
        raise httpx.ConnectError("no route to host")

    with pytest.raises(Unreachable, match="no route to host"):
        served(serve).read(CHECKPOINT)
    assert len(tried) == TRIES


@pytest.mark.parametrize(("path", "most"), [(CHECKPOINT, 1_000_000), ("tile/0/000", 8192)])
def test_nobody_is_made_to_read_without_end(path: str, most: int, tmp_path: Path) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 65_536

    with pytest.raises(Unreachable, match=str(most)):
        served(lambda asked: httpx.Response(200, content=endless())).read(path)
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_bytes(b"x" * (most + 1))
    with pytest.raises(Unreachable, match=str(most)):
        FolderTiles(tmp_path).read(path)


def test_tiles_are_fetched_once_and_the_checkpoint_anew(tmp_path: Path) -> None:
    asked: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return serve_log(request)

    tiles = served(serve, tmp_path)
    for _ in range(3):
        assert tiles.read("tile/0/000") == LOG.files["tile/0/000"]
        tiles.read(CHECKPOINT)
    assert asked.count("/prefix/tile/0/000") == 1
    assert asked.count("/prefix/checkpoint") == 3
    assert FolderTiles(tmp_path).read("tile/0/000") == LOG.files["tile/0/000"]
    tiles.forget("tile/0/000")
    tiles.read("tile/0/000")
    assert asked.count("/prefix/tile/0/000") == 2
