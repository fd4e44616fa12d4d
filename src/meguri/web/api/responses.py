"""What the API answers with, as its description tells it."""

from __future__ import annotations

from typing import Any, Literal

from litestar.openapi import ResponseSpec

from meguri.web.problems import MEDIA_TYPE, Told

Form = Literal["json", "csv", "parquet", "xlsx"]
FORMS: tuple[Form, ...] = ("json", "csv", "parquet", "xlsx")
FORM_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "svg": "image/svg+xml",
    "png": "image/png",
}
JSON = ResponseSpec(Any, description="The result", generate_examples=False)
FILE = ResponseSpec(
    Any,
    description=f"Rows of the table as JSON, or a file: {', '.join(FORM_TYPES[form] for form in ('csv', 'parquet', 'xlsx'))}",
    generate_examples=False,
    media_type="*/*",
)
PICTURE = ResponseSpec(
    Any,
    description="The chart as SVG, PNG or a Vega-Lite document",
    generate_examples=False,
    media_type="*/*",
)
REFUSED = ResponseSpec(
    Told,
    description="What is not valid, where, and how to mend it",
    media_type=MEDIA_TYPE,
    generate_examples=False,
)
UNKNOWN = ResponseSpec(
    Told,
    description="There is no such name; the answer lists near ones",
    media_type=MEDIA_TYPE,
    generate_examples=False,
)
