"""The script that keeps the recording page for where there is no connection: `/sw.js`, for the pages under `/battery/`."""

from __future__ import annotations

from litestar import Response, get

from meguri.web.answers import REVALIDATE, assets_tag
from meguri.web.static_files import files

__all__ = ["service_worker"]


@get("/sw.js", sync_to_thread=False, include_in_schema=False)
def service_worker() -> Response[bytes]:
    named = f'const STATIC = "/static/{assets_tag()}";\n'.encode()
    return Response(
        named + files()["sw.js"], headers={"Cache-Control": REVALIDATE}, media_type="text/javascript"
    )
