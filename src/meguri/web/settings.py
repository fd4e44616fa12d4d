"""What a server is started with: the user's tables, where results are kept, and the limits of a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`home` holds kept tables and the cache (default: the user's), `data` are files laid over for this run only.

    `page_draws` are the draws of a page that names none; `most_page_draws` and `most_api_draws` bound what may be asked.

    `db` is the ledger's database and `keys` the folder of its keys (defaults as on the command line). A `local` server lets the
    pages in this machine's browser record; `host` is the name it is reached by. `trusted_logs` are keys of other logs that
    this server witnesses. `requests_a_minute` bounds each address that comes without a key, `most_events_bytes` what is
    recorded in one request, `most_upload_bytes` a file sent in parts, and `most_part_bytes` such a part.
    """

    home: Path | None = None
    data: tuple[Path, ...] = ()
    page_draws: int = 10_000
    most_page_draws: int = 10_000
    most_api_draws: int = 100_000
    most_request_bytes: int = 16_384
    db: str | Path | None = None
    keys: Path | None = None
    local: bool = True
    host: str = "127.0.0.1"
    trusted_logs: tuple[str, ...] = ()
    requests_a_minute: int = 600
    most_events_bytes: int = 32 << 20
    most_part_bytes: int = 16 << 20
    most_upload_bytes: int = 16 << 30


def body_limits(settings: Settings) -> Callable[[str], int]:
    """The most bytes that a request to a path may carry."""
    larger = (
        ("/api/v1/events", settings.most_events_bytes),
        ("/api/v1/uploads/", settings.most_part_bytes),
        ("/battery/import", settings.most_events_bytes),
        ("/battery/record", 1 << 20),
        ("/battery/scan", settings.most_part_bytes),
        ("/epcis/", settings.most_events_bytes),
        ("/ledger/log/add-checkpoint", 1 << 20),
    )

    def most_of(path: str) -> int:
        return next((most for start, most in larger if path.startswith(start)), settings.most_request_bytes)

    return most_of


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
