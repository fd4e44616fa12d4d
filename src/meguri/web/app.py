"""The web application: API and pages over one set of results, served on this machine."""

from __future__ import annotations

import gc
from pathlib import Path

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import License

from meguri import __version__
from meguri.errors import MeguriError, Said
from meguri.ledger.rounds import Rounds
from meguri.web import api, battery, ledger, nation, pages
from meguri.web.described import describe_options
from meguri.web.guard import bounded, secured
from meguri.web.ledger import pages as ledger_pages
from meguri.web.problems import answer_problem
from meguri.web.report import outflow_report
from meguri.web.results import Results
from meguri.web.settings import Settings, body_limits, is_loopback
from meguri.web.static_files import chart_bundle, prepare_bundle, static_file


def create_app(settings: Settings | None = None) -> Litestar:
    """The application; loading the statistics may raise InputError for a user's own table."""
    results = Results(settings or Settings())
    held = ledger.OpenedLedger(results.settings)
    importer = ledger.Importer(held)
    rounds = Rounds(lambda: held.to_read() if held.is_begun() else None)
    app = Litestar(
        route_handlers=[
            *api.HANDLERS,
            *nation.HANDLERS,
            *pages.HANDLERS,
            *ledger.HANDLERS,
            *battery.HANDLERS,
            *ledger_pages.HANDLERS,
            outflow_report,
            chart_bundle,
            static_file,
        ],
        state=State(
            {
                "results": results,
                "ledger": held,
                "importer": importer,
                "epcis_jobs": ledger.Jobs(),
                "rates": ledger.Rates(),
                "places": ledger.places(),
            }
        ),
        exception_handlers={
            MeguriError: answer_problem,
            HTTPException: answer_problem,
            Exception: answer_problem,
        },
        before_send=[secured],
        compression_config=CompressionConfig(
            backend="gzip",
            gzip_compress_level=6,
            exclude=[r"\.png", r"\.parquet", r"\.xlsx", r"\.pdf", "/static/vega-", "/ledger/log/"],
        ),
        openapi_config=OpenAPIConfig(
            title="Meguri",
            version=__version__,
            description="How many used EVs leave Japan and what they carry away. The same options as on the page.",
            license=License(name="Apache-2.0", identifier="Apache-2.0"),
            path="/api/openapi.json",
            render_plugins=[JsonRenderPlugin(path="/")],
            use_handler_docstrings=True,
        ),
        request_max_body_size=max(results.settings.most_events_bytes, results.settings.most_part_bytes),
        on_startup=[
            results.prepare,
            lambda: prepare_bundle(results.settings.home),
            importer.resume,
            rounds.start,
        ],
        on_shutdown=[importer.end, rounds.stop, held.close],
    )
    app.asgi_handler = bounded(app.asgi_handler, body_limits(results.settings))
    describe_options(app.openapi_schema, results.statistics)
    ledger.describe_bodies(app.openapi_schema)
    return app


def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    home: Path | None = None,
    data: tuple[Path, ...] = (),
    db: str | Path | None = None,
    keys: Path | None = None,
    local: bool | None = None,
    trusted_logs: tuple[str, ...] = (),
) -> None:
    """Serve until interrupted. Raises MeguriError where the port is taken.

    What is loaded by then stays until the end, so it is kept out of garbage collection (a full one takes some 50 ms).
    Pages may record where the server is `local`: by default, where only this machine reaches it.
    """
    import socket

    from granian.constants import Interfaces
    from granian.server.embed import Server

    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as fault:
            raise MeguriError(
                Said(
                    "The address {host}:{port} cannot be used: {reason}",
                    host=host,
                    port=port,
                    reason=Said.of(fault.strerror or ""),
                ),
                where="serve",
                mend=Said("End what uses it, or choose another: --port {free}.", free=port + 1),
            ) from fault
    import asyncio

    settings = Settings(
        home=home,
        data=data,
        db=db,
        keys=keys,
        local=is_loopback(host) if local is None else local,
        host=host,
        trusted_logs=trusted_logs,
    )
    app = create_app(settings)
    gc.collect()
    gc.freeze()
    server = Server(app, address=host, port=port, interface=Interfaces.ASGI, log_enabled=False)
    try:
        asyncio.run(server.serve())
    except KeyboardInterrupt:
        server.stop()  # type: ignore[no-untyped-call]
