"""What a server is started with: the user's tables, where results are kept, and the limits of a request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`home` holds kept tables and the cache (default: the user's), `data` are files laid over for this run only.

    `page_draws` are the draws of a page that names none; `most_page_draws` and `most_api_draws` bound what may be asked.
    """

    home: Path | None = None
    data: tuple[Path, ...] = ()
    page_draws: int = 10_000
    most_page_draws: int = 10_000
    most_api_draws: int = 100_000
    most_request_bytes: int = 16_384
