"""Public figures as tables: each column with unit and meaning, each row with its source and status.

`load` gives the shipped tables with a user's own laid over them; `check`, `add`, `kept` and `remove` handle a user's
tables, `difference` tells what they change, and `Statistics.resolve` leads from a figure to its document.
"""

from meguri.statistics.collection import Statistics
from meguri.statistics.difference import Change, TableDifference, difference
from meguri.statistics.home import Kept, default_home, kept, remove
from meguri.statistics.intake import DataFile, Report
from meguri.statistics.loading import add, check, load
from meguri.statistics.package import Geometry, geometry
from meguri.statistics.sources import Source
from meguri.statistics.table import STATUSES, Field, Row, Table

__all__ = [
    "STATUSES", "Change", "DataFile", "Field", "Geometry", "Kept", "Report", "Row", "Source", "Statistics", "Table",
    "TableDifference", "add", "check", "default_home", "difference", "geometry", "kept", "load", "remove",
]  # fmt: skip
