"""Events in other people's words: EPCIS documents and their hashes, sheets, columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meguri.ledger.exchange.cells import CellFault, read_cell
from meguri.ledger.exchange.columns import COMMON, WORDS, Column, columns_of
from meguri.ledger.exchange.epcis import epcis_event, epcis_results, from_epcis, to_epcis
from meguri.ledger.exchange.epcis_matching import answers, matches, words
from meguri.ledger.exchange.epcis_query import (
    Query,
    QueryParameterException,
    QueryTooComplexException,
    QueryTooLargeException,
    parse_query,
)
from meguri.ledger.exchange.event_hash import event_hashes, prehash
from meguri.ledger.exchange.reading import form_of, iter_file, read_file
from meguri.ledger.exchange.sheets import Place, Rows, read_sheet
from meguri.ledger.exchange.template import FORMATS, template

if TYPE_CHECKING:
    from meguri.ledger.exchange.parquet import export_parquet, read_parquet

__all__ = [
    "COMMON",
    "FORMATS",
    "WORDS",
    "CellFault",
    "Column",
    "Place",
    "Query",
    "QueryParameterException",
    "QueryTooComplexException",
    "QueryTooLargeException",
    "Rows",
    "answers",
    "columns_of",
    "epcis_event",
    "epcis_results",
    "event_hashes",
    "export_parquet",
    "form_of",
    "from_epcis",
    "iter_file",
    "matches",
    "parse_query",
    "prehash",
    "read_cell",
    "read_file",
    "read_parquet",
    "read_sheet",
    "template",
    "to_epcis",
    "words",
]


def __getattr__(name: str) -> Any:
    if name in ("export_parquet", "read_parquet"):
        from meguri.ledger.exchange import parquet

        return getattr(parquet, name)
    raise AttributeError(name)
