"""The HTTP API: the same results, in every format, with errors that say what to do."""

import io
import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

DRAWS = {"draws": "500"}
TABLES = ("by_year", "by_destination", "metals", "value")
CHECKS = (
    "anchors",
    "statements",
    "readings",
    "band",
    "alternatives",
    "stock-check",
    "subsidy-check",
    "sensitivity",
)


def test_the_estimate_is_one_document_with_its_tables(client: TestClient) -> None:
    answer = client.get("/api/outflow", params=DRAWS)
    told = answer.json()
    assert set(told["tables"]) == set(TABLES)
    assert told["draws"] == 500
    row = told["tables"]["by_year"][0]
    assert {"year", "quantity", "unit", "p05", "p50", "p95", "status", "sources"} <= set(row)


@pytest.mark.parametrize("table", [*TABLES, *CHECKS])
def test_every_table_comes_as_json_csv_parquet_and_xlsx(table: str, client: TestClient) -> None:
    rows = client.get(f"/api/outflow/{table}.json", params=DRAWS).json()
    frame = pl.read_csv(
        io.BytesIO(client.get(f"/api/outflow/{table}.csv", params=DRAWS).content), infer_schema_length=None
    )
    parquet = pl.read_parquet(io.BytesIO(client.get(f"/api/outflow/{table}.parquet", params=DRAWS).content))
    counted = len(
        rows if isinstance(rows, list) else rows[next(key for key in rows if isinstance(rows[key], list))]
    )
    assert counted == frame.height == parquet.height > 0
    workbook = client.get(f"/api/outflow/{table}.xlsx", params=DRAWS)
    assert workbook.content[:2] == b"PK"
    assert "attachment" in workbook.headers["content-disposition"]


def test_an_unchanged_result_is_not_sent_twice(client: TestClient) -> None:
    first = client.get("/api/outflow", params=DRAWS)
    again = client.get("/api/outflow", params=DRAWS, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert not again.content
    other = client.get(
        "/api/outflow",
        params={**DRAWS, "price_level": "1.1"},
        headers={"If-None-Match": first.headers["etag"]},
    )
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/outflow?price_level=99", 400),
        ("/api/outflow?draws=1000000000", 400),
        ("/api/outflow?draws=900000", 400),
        ("/api/outflow?nonsense=1", 400),
        ("/api/outflow?method=whitepaper&method=meguri", 400),
        ("/api/outflow/nonsense.csv", 400),
        ("/api/outflow/explain/nonsense:1", 404),
        ("/api/sources/nonsense:1", 404),
        ("/api/data/nonsense.csv", 404),
        ("/api/charts/nonsense.svg", 400),
        ("/api/nonsense", 404),
        ("/nowhere", 404),
    ],
)
def test_an_error_is_a_problem_document_that_says_what_to_do(
    address: str, status: int, client: TestClient
) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    told = answer.json()
    assert told["status"] == status
    assert told["title"]
    assert told["what"]
    assert "Traceback" not in answer.text


def test_a_person_gets_the_same_problem_as_a_page(client: TestClient) -> None:
    answer = client.get(
        "/nation/outflow?price_level=99", headers={"Accept": "text/html", "Accept-Language": "ja"}
    )
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert "price_level" in answer.text


@pytest.mark.parametrize(
    "address", ["/", "/nation/outflow", "/api/outflow?draws=100", "/nowhere", "/api/data"]
)
def test_every_answer_forbids_what_it_does_not_need(address: str, client: TestClient) -> None:
    headers = client.get(address).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("address", ["/", "/api/data", "/api/nonsense"])
def test_a_head_tells_what_a_get_would(address: str, client: TestClient) -> None:
    head, get = client.head(address), client.get(address)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


def test_requests_beyond_the_limits_are_refused(client: TestClient) -> None:
    assert client.get("/api/outflow?x=" + "a" * 20_000).status_code == 414
    assert client.post("/api/outflow", content=b"x" * 5_000_000).status_code in (405, 413)


def test_the_description_names_every_option(client: TestClient) -> None:
    told = client.get("/api/openapi.json").json()
    assert told["openapi"].startswith("3.")
    names = {parameter["name"] for parameter in told["paths"]["/api/outflow"]["get"]["parameters"]}
    assert {"method", "draws", "seed", "until", "as_of", "survey_reading", "price_level"} <= names


def test_charts_come_as_svg_png_and_specification(client: TestClient) -> None:
    svg = client.get("/api/charts/outflow_ratio.svg", params={**DRAWS, "lang": "ja"})
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert "2024" in svg.text
    assert client.get("/api/charts/outflow_ratio.png", params=DRAWS).content[:4] == b"\x89PNG"
    spec = json.loads(client.get("/api/charts/outflow_ratio.json", params=DRAWS).content)
    assert "vega-lite" in json.dumps(spec)


def test_a_source_leads_to_its_row_and_document(client: TestClient) -> None:
    told = client.get("/api/sources/new_bev_sales:2022").json()
    assert "58813" in json.dumps(told)
    assert client.get("/sources/new_bev_sales:2022", headers={"Accept": "text/html"}).status_code == 200


@settings(max_examples=60)
@given(
    name=st.text(min_size=1, max_size=12),
    value=st.text(max_size=30),
    path=st.sampled_from(
        ["/api/outflow", "/nation/outflow", "/search", "/nation/outflow/live", "/api/outflow/by_year.csv"]
    ),
)
def test_no_query_makes_the_server_fail(name: str, value: str, path: str, client: TestClient) -> None:
    answer = client.get(path, params={"draws": "50", name: value})
    assert answer.status_code < 500


@settings(max_examples=60)
@given(path=st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
def test_no_path_makes_the_server_fail(path: str, client: TestClient) -> None:
    from urllib.parse import quote

    for root in (
        "/",
        "/sources/",
        "/data/",
        "/api/data/",
        "/nation/outflow/explain/",
        "/static/",
        "/report/",
    ):
        assert client.get(root + quote(path, safe="")).status_code < 500
