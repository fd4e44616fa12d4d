"""The ledger over HTTP: its public log, its events for programs, and its pages."""

from litestar import Router

from meguri.web.ledger.about import about, anomalies, form, recorders
from meguri.web.ledger.batteries import battery
from meguri.web.ledger.described import describe_bodies
from meguri.web.ledger.epcis_capture import Jobs, capture, capture_event, capture_job, capture_jobs
from meguri.web.ledger.epcis_query import (
    epcis_collection,
    epcis_events,
    epcis_events_of,
    epcis_one_event,
)
from meguri.web.ledger.epcis_terms import epcis_terms
from meguri.web.ledger.events import event, event_feed, event_opening, proof, receipt, record_events
from meguri.web.ledger.importing import Importer
from meguri.web.ledger.log import checkpoint, cosigned, tile
from meguri.web.ledger.opened import OpenedLedger, has_ledger, ledger_of, ledger_to_write
from meguri.web.ledger.openings import openings
from meguri.web.ledger.pressure import places
from meguri.web.ledger.rates import Rates, admitted
from meguri.web.ledger.uploads import (
    begin_upload,
    continue_upload,
    end_upload,
    upload_state,
    upload_terms,
)

HANDLERS = (
    Router(
        path="/",
        before_request=admitted,
        route_handlers=[
            epcis_terms,  # this and the next first: else Litestar gives their paths an OPTIONS of its own
            upload_terms,
            about,
            anomalies,
            battery,
            begin_upload,
            capture,
            capture_event,
            capture_job,
            capture_jobs,
            checkpoint,
            continue_upload,
            cosigned,
            end_upload,
            epcis_collection,
            epcis_events,
            epcis_events_of,
            epcis_one_event,
            event,
            event_feed,
            event_opening,
            form,
            openings,
            proof,
            receipt,
            record_events,
            recorders,
            tile,
            upload_state,
        ],
    ),
)

__all__ = [
    "HANDLERS",
    "Importer",
    "Jobs",
    "OpenedLedger",
    "Rates",
    "describe_bodies",
    "has_ledger",
    "ledger_of",
    "ledger_to_write",
    "places",
]
