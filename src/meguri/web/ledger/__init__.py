"""The ledger over HTTP: its public log, its events for programs, and its pages."""

from litestar import Router

from meguri.web.ledger.about import about, anomalies, form, recorders
from meguri.web.ledger.batteries import battery
from meguri.web.ledger.described import describe_bodies
from meguri.web.ledger.events import event, event_feed, event_opening, proof, receipt, record_events
from meguri.web.ledger.log import checkpoint, cosigned, tile
from meguri.web.ledger.opened import OpenedLedger, has_ledger, ledger_of, ledger_to_write
from meguri.web.ledger.pressure import places
from meguri.web.ledger.rates import Rates, admitted

HANDLERS = (
    Router(
        path="/",
        before_request=admitted,
        route_handlers=[
            about,
            anomalies,
            battery,
            checkpoint,
            cosigned,
            event,
            event_feed,
            event_opening,
            form,
            proof,
            receipt,
            record_events,
            recorders,
            tile,
        ],
    ),
)

__all__ = [
    "HANDLERS",
    "OpenedLedger",
    "Rates",
    "describe_bodies",
    "has_ledger",
    "ledger_of",
    "ledger_to_write",
    "places",
]
