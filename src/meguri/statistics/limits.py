"""Limits on what is read from a file that somebody hands in: enough for any public table, little for a hostile one."""

from __future__ import annotations

MAX_FILE_BYTES = 64 * 2**20
MAX_LINE_BYTES = 2**20
MAX_ROWS = 400_000
MAX_COLUMNS = 1_000
MAX_CELLS = 4_000_000
MAX_CELL_CHARACTERS = 32_767
MAX_SHEETS = 100
MAX_SHEET_ROW = 1_048_576

MAX_UNZIPPED_BYTES = 96 * 2**20
MAX_UNZIP_RATIO = 100
MIN_BYTES_FOR_RATIO = 2**20
MAX_MEMBERS = 2_000
MAX_WORKBOOK_ROW_BYTES = 4 * 2**20

MAX_PROBLEMS = 100
MAX_SHOWN_CHARACTERS = 60
HEADER_WITHIN_ROWS = 20
