"""The nation's pages: the first view, the outflow dashboard, and the pages that examine it."""

from meguri.web.nation.dashboard import dashboard, nation, rows_of_chart
from meguri.web.nation.explained import explain_page
from meguri.web.nation.exports import exports
from meguri.web.nation.identified import identified
from meguri.web.nation.live import live
from meguri.web.nation.white_paper import white_paper

HANDLERS = (nation, dashboard, live, rows_of_chart, identified, white_paper, exports, explain_page)

__all__ = ["HANDLERS"]
