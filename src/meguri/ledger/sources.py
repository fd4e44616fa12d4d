"""Where the files of a log are read from: a folder, a web server, or any object store that fsspec knows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import fsspec
import httpx

from meguri.errors import NotFound, Said
from meguri.ledger.checkpoint import Checkpoint, open_checkpoint
from meguri.ledger.errors import Unreachable
from meguri.ledger.files import write_whole
from meguri.ledger.note import MOST_BYTES, VerifyingKey
from meguri.ledger.tiles import CHECKPOINT, MOST_BUNDLE_BYTES, TILE_BYTES, TileSource, parse_path

__all__ = ["FolderTiles", "HttpTiles", "StoreTiles", "open_tiles", "read_checkpoint"]

TRIES = 4
FIRST_PAUSE_S = 0.2
TIMEOUT_S = 20.0

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


def open_tiles(where: str | Path) -> TileSource:
    """The files of a log in a folder, below an http(s) address, or below an fsspec URL such as s3://bucket/log."""
    text = str(where)
    if text.startswith(("http://", "https://")):
        return HttpTiles(text)
    if "://" in text:
        return StoreTiles(text)
    return FolderTiles(Path(where))


def read_checkpoint(source: TileSource, key: VerifyingKey, *, origin: str | None = None) -> Checkpoint:
    """The newest checkpoint of a source, signed by its log. Raises NotFound, InputError or NotVerified."""
    return open_checkpoint(source.read(CHECKPOINT), key, origin=origin)


def most_bytes(path: str) -> int:
    """How long a file of a log can be. Raises NotFound for a path that no log has."""
    if path == CHECKPOINT:
        return MOST_BYTES
    return MOST_BUNDLE_BYTES if parse_path(path).is_entries else TILE_BYTES


class FolderTiles:
    """The files of a log in a folder."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def read(self, path: str) -> bytes:
        most = most_bytes(path)
        try:
            with (self.folder / path).open("rb") as file:
                return _bounded(file.read(most + 1), most, path)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as fault:
            raise _not_there(path, str(self.folder)) from fault
        except OSError as fault:
            raise _unreachable(str(self.folder / path), str(fault.strerror)) from fault


class StoreTiles:
    """The files of a log below an fsspec URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            found: tuple[Any, str] = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError, OSError) as fault:
            raise _unreachable(url, str(fault)) from fault
        self._store, self._root = found

    def read(self, path: str) -> bytes:
        most = most_bytes(path)
        try:
            held: bytes = self._store.cat_file(f"{self._root.rstrip('/')}/{path}", start=0, end=most + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as fault:
            raise _not_there(path, self.url) from fault
        except OSError as fault:
            raise _unreachable(f"{self.url}/{path}", str(fault)) from fault
        return _bounded(held, most, path)


class HttpTiles:
    """The files of a log below an http(s) address. Failures that pass are tried again, each time after twice the pause.

    Tiles never change, so that those read once are kept in the folder `cache`, if one is given.
    """

    def __init__(
        self,
        url: str,
        *,
        cache: Path | None = None,
        client: httpx.Client | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self._cache, self._pause = cache, pause
        self._client = client or httpx.Client(timeout=TIMEOUT_S)

    def read(self, path: str) -> bytes:
        most = most_bytes(path)
        kept = self._cache / path if self._cache and path != CHECKPOINT else None
        if kept and kept.is_file():
            return kept.read_bytes()
        held = fetch(self._client, f"{self.url}/{path}", most, path=path, pause=self._pause)
        if kept:
            write_whole(kept, held)
        return held

    def forget(self, path: str) -> None:
        """Remove a file from the cache, so that it is fetched anew."""
        if self._cache:
            (self._cache / path).unlink(missing_ok=True)

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> HttpTiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def fetch(
    client: httpx.Client,
    url: str,
    most: int,
    *,
    path: str = "",
    headers: Mapping[str, str] | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> bytes:
    """What is at an address, at most so many bytes; failures that pass are tried again, each time after twice the pause.

    `path` names the file in messages. Raises NotFound or Unreachable.
    """
    reason = ""
    for attempt in range(TRIES):
        if attempt:
            pause(FIRST_PAUSE_S * 2 ** (attempt - 1))
        try:
            with client.stream("GET", url, headers=headers) as answer:
                if answer.status_code == httpx.codes.OK:
                    return _drained(answer, most, path or url)
                if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
                    raise _not_there(path or url, url.removesuffix(f"/{path}"))
                reason = f"HTTP {answer.status_code}"
                if answer.status_code not in _PASSING:
                    break
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            reason = str(fault) or type(fault).__name__
    raise _unreachable(url, reason)


def _drained(answer: httpx.Response, most: int, path: str) -> bytes:
    held = bytearray()
    for part in answer.iter_bytes():
        held += part
        if len(held) > most:
            break
    return _bounded(bytes(held), most, path)


def _bounded(held: bytes, most: int, path: str) -> bytes:
    if len(held) > most:
        raise Unreachable(
            Said(
                "The file {path} of a log is longer than {bytes} bytes, as none can be.",
                path=path,
                bytes=most,
            ),
            where=path,
            mend=Said("Tell the log's operator; read the log from another place meanwhile."),
        )
    return held


def _not_there(path: str, where: str) -> NotFound:
    return NotFound(
        Said("The log has no file {path}.", path=path),
        where=where,
        mend=Said("See that the address is the log's own, and read its checkpoint again."),
    )


def _unreachable(where: str, reason: str) -> Unreachable:
    return Unreachable(
        Said("The log cannot be read: {reason}.", reason=Said.of(reason)),
        where=where,
        mend=Said("Check the address and the connection, then try again."),
    )
