"""Charts as SVG and PNG, by the Vega that ships in a wheel: no browser, no network, the same bytes each time."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import altair as alt

PATH_DATA: Final = re.compile(r' d="([^"]{400,})"')
DECIMALS: Final = re.compile(r"(\d+\.\d)\d+")
VEGA_LITE: Final = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def svg(spec: Mapping[str, Any]) -> str:
    """The drawing as an SVG document; outlines are rounded to a tenth of a pixel, which keeps maps small."""
    drawn: str = _converter().vegalite_to_svg(dict(spec), vl_version=VEGA_LITE, allowed_base_urls=[])
    return PATH_DATA.sub(lambda path: f' d="{DECIMALS.sub(chr(92) + "1", path[1])}"', drawn)


def png(spec: Mapping[str, Any], *, scale: float = 2.0) -> bytes:
    """The drawing as a PNG picture, `scale` pixels per unit. Not for the theme `page`, whose colours a picture cannot know."""
    drawn: bytes = _converter().vegalite_to_png(
        dict(spec), vl_version=VEGA_LITE, scale=scale, allowed_base_urls=[]
    )
    return drawn


@functools.cache
def _converter() -> Any:
    import cvttf_NotoSansCJK_Regular
    import vl_convert

    vl_convert.register_font_directory(str(Path(cvttf_NotoSansCJK_Regular.get_TTF_path()).parent))
    return vl_convert
