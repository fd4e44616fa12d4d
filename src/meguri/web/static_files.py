"""Styles and scripts of the pages, under an address that changes with their content, and the chart bundle.

The bundle (Vega, Vega-Lite and Vega-Embed) is made by vl-convert from what it carries, once per version, and kept.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import tempfile
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

from meguri.report import stylesheet
from meguri.statistics import default_home
from meguri.web.answers import FOREVER, REVALIDATE, assets_tag

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_making = Lock()


@cache
def bundle_name() -> str:
    """File name of the chart bundle, naming the version it is made of."""
    made_of = version("vl-convert-python")
    return f"vega-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}.js"


def bundle(home: Path | None) -> bytes:
    """The chart bundle, gzipped; made at the first call, which takes seconds."""
    place = (home or default_home()) / "cache" / f"{bundle_name()}.gz"
    with _making:
        if place.exists():
            return place.read_bytes()
        import vl_convert

        made = vl_convert.javascript_bundle()  # type: ignore[call-arg]
        packed = gzip.compress(made.encode(), 9, mtime=0)
        with contextlib.suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=place.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(packed)
            Path(draft).replace(place)
        return packed


def prepare_bundle(home: Path | None) -> None:
    """Make the bundle beside everything else, so that it is there when a page asks for it."""
    Thread(target=bundle, args=(home,), daemon=True).start()


@get("/static/{name:str}", sync_to_thread=True, include_in_schema=False)
def chart_bundle(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    if name != bundle_name():
        raise NotFoundException
    packed = bundle(request.app.state.results.settings.home)
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=TYPES[".js"])
    return Response(gzip.decompress(packed), headers=headers, media_type=TYPES[".js"])


@get("/static/{version:str}/{name:str}", sync_to_thread=True, include_in_schema=False)
def static_file(version: str, name: str) -> Response[bytes]:
    held = files().get(name)
    if held is None:
        raise NotFoundException
    keep = FOREVER if version == assets_tag() else REVALIDATE
    return Response(held, headers={"Cache-Control": keep}, media_type=TYPES[Path(name).suffix])


@cache
def files() -> Mapping[str, bytes]:
    """Styles, scripts and pictures by name; the colours come from the palette of the charts."""
    held = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in TYPES}
    return {**held, "palette.css": stylesheet().encode()}
