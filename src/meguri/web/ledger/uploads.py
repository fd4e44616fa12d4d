"""Big files over HTTP, sent in parts that can be resumed (tus 1.0: core, creation, termination), then taken in with progress."""

from __future__ import annotations

import binascii
import os
import time
from base64 import b64decode
from email.utils import formatdate
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, patch, post, route
from litestar.concurrency import sync_to_thread
from litestar.enums import HttpMethod
from litestar.params import HeaderParameter, PathParameter

from meguri.errors import OptionError, Said
from meguri.web.api.responses import JSON, UNKNOWN
from meguri.web.language import program_language
from meguri.web.ledger.access import key_of, settings_of, writer_of
from meguri.web.ledger.importing import Importer
from meguri.web.ledger.responses import NOTHING, WRITE, problem
from meguri.web.ledger.upload import KEPT_S, Upload, new_upload_id
from meguri.web.problems import TurnedAway

VERSION = "1.0.0"
PART_TYPE = "application/offset+octet-stream"
TUS = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}

UploadId = Annotated[str, PathParameter(description="The upload's id", max_length=64)]
Version = Annotated[
    str, HeaderParameter(name="Tus-Resumable", description="Version of tus, 1.0.0", max_length=20)
]
ANSWERS = {
    **WRITE,
    404: UNKNOWN,
    412: problem("Another version of tus"),
    415: problem("A part is application/offset+octet-stream"),
}


@post(
    "/api/v1/uploads",
    sync_to_thread=True,
    status_code=201,
    operation_id="begin_upload",
    summary="Begin to send a file of events in parts (tus creation)",
    description="The file may be in any form that can be imported; `filename` in Upload-Metadata tells which.",
    tags=["uploads"],
    responses={201: JSON, **ANSWERS},
)
def begin_upload(
    request: Request[Any, Any, Any],
    length: Annotated[int, HeaderParameter(name="Upload-Length", description="Bytes in all", ge=0, lt=2**53)],
    version: Version = VERSION,
    metadata: Annotated[
        str,
        HeaderParameter(
            name="Upload-Metadata",
            description="`filename` and base64, as in tus; `elsewhere`",
            max_length=2000,
        ),
    ] = "",
) -> Response[bytes]:
    recorder = writer_of(request).recorder
    _check_version(version)
    most, told = settings_of(request).most_upload_bytes, _metadata(metadata)
    if length > most:
        raise TurnedAway(
            413,
            Said("The request is too large"),
            where="Upload-Length",
            mend=Said("Send at most {most:,} bytes.", most=most),
        )
    importer = importer_of(request)
    made = importer.uploads.begin(
        Upload(
            id=new_upload_id(),
            owner=_owner(request),
            name=told.get("filename", "")[:200],
            length=length,
            recorder=recorder,
            elsewhere="elsewhere" in told,
        )
    )
    if made.state == "waiting":
        importer.wake()
    return _answer(201, made, {**TUS, "Location": f"/api/v1/uploads/{made.id}"}, request)


@get(
    "/api/v1/uploads/{upload:str}",
    sync_to_thread=True,
    operation_id="upload",
    summary="How much of a file is here, and how much of it is recorded",
    tags=["uploads"],
    responses={200: JSON, **ANSWERS},
)
def upload_state(request: Request[Any, Any, Any], upload: UploadId) -> Response[bytes]:
    writer_of(request)
    uploads = importer_of(request).uploads
    held = uploads.find(upload, _owner(request))
    sizes = {"Upload-Offset": str(uploads.offset(held)), "Upload-Length": str(held.length)}
    return _answer(200, held, {**TUS, **sizes}, request)


@patch(
    "/api/v1/uploads/{upload:str}",
    status_code=204,
    operation_id="continue_upload",
    summary="Send the next part of a file",
    tags=["uploads"],
    responses={204: NOTHING, **ANSWERS},
)
async def continue_upload(
    request: Request[Any, Any, Any],
    upload: UploadId,
    offset: Annotated[
        int, HeaderParameter(name="Upload-Offset", description="Where it begins", ge=0, lt=2**53)
    ],
    version: Version = VERSION,
) -> Response[None]:
    await sync_to_thread(writer_of, request)
    _check_version(version)
    if request.headers.get("content-type", "") != PART_TYPE:
        raise TurnedAway(
            415,
            Said("A part of a file has another type."),
            where="Content-Type",
            mend=Said("Send it as {type}.", type=PART_TYPE),
        )
    importer = importer_of(request)
    held = importer.uploads.find(upload, _owner(request))
    handle, at = importer.uploads.take_turn(held, offset), offset
    try:
        async for part in request.stream():
            at += len(part)
            if at > held.length:
                raise TurnedAway(
                    413,
                    Said("More came than the length that was told."),
                    where="Upload-Offset",
                    mend=Said("Begin the upload again with its right length."),
                )
            await sync_to_thread(_write, handle, part)
    finally:
        at = await sync_to_thread(importer.uploads.end_turn, held, handle)
    if at == held.length:
        importer.wake()
    headers = {**TUS, "Upload-Offset": str(at), "Upload-Expires": _expires(time.time())}
    return Response(None, status_code=204, headers=headers)


@delete(
    "/api/v1/uploads/{upload:str}",
    sync_to_thread=True,
    status_code=204,
    operation_id="end_upload",
    summary="Give up a file that is not whole, or forget one that was taken in",
    tags=["uploads"],
    responses={204: NOTHING, **ANSWERS},
)
def end_upload(request: Request[Any, Any, Any], upload: UploadId, version: Version = VERSION) -> None:
    writer_of(request)
    _check_version(version)
    uploads = importer_of(request).uploads
    held = uploads.find(upload, _owner(request))
    if held.state in ("waiting", "importing"):
        raise TurnedAway(
            409,
            Said("The file is being taken in."),
            mend=Said("Wait until it is done; what is recorded stays."),
        )
    uploads.remove(held)


@route("/api/v1/uploads", http_method=[HttpMethod.OPTIONS], sync_to_thread=False, include_in_schema=False)
def upload_terms(request: Request[Any, Any, Any]) -> Response[None]:
    terms = {
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,expiration,termination",
        "Tus-Max-Size": str(settings_of(request).most_upload_bytes),
    }
    return Response(None, status_code=204, headers={**TUS, **terms})


def importer_of(request: Request[Any, Any, Any]) -> Importer:
    held = request.app.state.importer
    assert isinstance(held, Importer)
    return held


def _answer(
    status: int, upload: Upload, headers: dict[str, str], request: Request[Any, Any, Any]
) -> Response[bytes]:
    told = {
        "id": upload.id,
        "name": upload.name,
        "length": upload.length,
        "state": upload.state,
        "recorded": upload.recorded,
        "problem": upload.problem[program_language(request)] if upload.problem else None,
    }
    return Response(
        msgspec.json.encode(told),
        status_code=status,
        headers={**headers, "Upload-Expires": _expires(upload.changed)},
        media_type="application/json",
    )


def _expires(changed: float) -> str:
    """When an upload that is left alone is forgotten."""
    return formatdate(changed + KEPT_S, usegmt=True)


def _owner(request: Request[Any, Any, Any]) -> str:
    key = key_of(request)
    return f"key {key.id}" if key else "local"


def _write(handle: int, part: bytes) -> None:
    view = memoryview(part)
    while view:
        view = view[os.write(handle, view) :]


def _check_version(version: str) -> None:
    if version != VERSION:
        raise TurnedAway(
            412,
            Said("Version “{version}” of tus is not spoken here.", version=Said.of(version)),
            where="Tus-Resumable",
            mend=Said("Use version {known}.", known=VERSION),
            headers={"Tus-Version": VERSION},
        )


def _metadata(told: str) -> dict[str, str]:
    """Names and values of Upload-Metadata. Raises OptionError."""
    found = {}
    for pair in filter(None, map(str.strip, told.split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as fault:
            raise OptionError(
                Said("The value of “{name}” is not base64.", name=Said.of(name)),
                where="Upload-Metadata",
                mend=Said("Write names and base64 values, parted by a space, pairs by commas."),
            ) from fault
    return found
