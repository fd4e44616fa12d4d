"""A photograph of a battery's code, read on the server where the browser cannot read it itself. The photograph is not kept."""

from __future__ import annotations

import io
import warnings
from typing import Annotated, Any, cast
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from PIL import Image

from meguri.battery import identify
from meguri.errors import InputError, MeguriError, Said
from meguri.web.language import language_of
from meguri.web.ledger.access import writer_of

__all__ = ["read_codes", "scan"]

MOST_PIXELS = 60_000_000
MOST_SIDE = 2400
FORMATS = ("JPEG", "PNG", "WEBP")
SCANNED = ("item", "batch", "position")

Photo = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]


@post("/battery/scan", sync_to_thread=True, include_in_schema=False)
def scan(request: Request[Any, Any, Any], data: Photo) -> Response[bytes]:
    writer_of(request, str(data.get("token", "")))
    photo = data.get("photo")
    if not isinstance(photo, UploadFile):
        raise _no_picture()
    found = read_codes(photo.file.read())
    if "text/html" not in request.headers.get("accept", ""):
        return Response(msgspec.json.encode({"codes": found}), media_type="application/json", status_code=200)
    query = urlencode({"battery": found[0], "lang": language_of(request)})
    return Response(b"", status_code=303, headers={"Location": f"/battery/record?{query}"})


def read_codes(photo: bytes) -> list[str]:
    """What the codes on a photograph say, those that name a battery first. Raises InputError."""
    import zxingcpp

    codes = [code.text for code in zxingcpp.read_barcodes(cast(Any, _picture(photo))) if code.text]
    if not codes:
        raise InputError(
            Said("No code was found on the picture."),
            where="photo",
            mend=Said("Go nearer, hold still, and avoid reflections; or type the identifier."),
        )
    return sorted(dict.fromkeys(codes), key=lambda code: not _names_one(code))


def _picture(photo: bytes) -> Image.Image:
    """A picture in grey, not larger than what codes need. Raises InputError for what is none, or too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            held = Image.open(io.BytesIO(photo), formats=FORMATS)
        if held.width * held.height > MOST_PIXELS:
            raise InputError(
                Said("The picture has more than {most:,} pixels.", most=MOST_PIXELS),
                where="photo",
                mend=Said("Take it with a lower resolution."),
            )
        held.draft("L", (MOST_SIDE, MOST_SIDE))
        grey = held.convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as fault:
        raise _no_picture() from fault
    grey.thumbnail((MOST_SIDE, MOST_SIDE))
    return grey


def _names_one(code: str) -> bool:
    try:
        return identify(code).level in SCANNED
    except MeguriError:
        return False


def _no_picture() -> InputError:
    return InputError(
        Said("This is not a picture that can be read here."),
        where="photo",
        mend=Said("Send a photograph as JPEG, PNG or WebP."),
    )
