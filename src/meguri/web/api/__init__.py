"""The HTTP API: the same results as the pages and the command line, as JSON and as files."""

from meguri.web.api.charts import chart
from meguri.web.api.data import data_table, data_tables, source
from meguri.web.api.outflow import explained, outflow, outflow_table

HANDLERS = (outflow, outflow_table, explained, chart, data_tables, data_table, source)

__all__ = ["HANDLERS"]
