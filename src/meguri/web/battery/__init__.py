"""Pages of batteries: search, the life of one, recording by hand, taking in files."""

from litestar import Router

from meguri.web.battery.intake import confirmed, examined, import_page, import_template
from meguri.web.battery.offline import service_worker
from meguri.web.battery.pages import battery_page, battery_search
from meguri.web.battery.record import offline_page, record, record_page
from meguri.web.battery.scan import scan
from meguri.web.ledger.rates import admitted

HANDLERS = (
    Router(
        path="/",
        before_request=admitted,
        route_handlers=[
            battery_search,
            record_page,
            offline_page,
            record,
            scan,
            import_page,
            import_template,
            examined,
            confirmed,
            battery_page,
            service_worker,
        ],
    ),
)

__all__ = ["HANDLERS"]
