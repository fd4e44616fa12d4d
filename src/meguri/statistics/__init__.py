"""Public figures as tables: each column with unit and meaning, each row with its source and status."""

from meguri.statistics.collection import Statistics
from meguri.statistics.loading import load
from meguri.statistics.package import Geometry, geometry
from meguri.statistics.sources import Source
from meguri.statistics.table import STATUSES, Field, Row, Table

__all__ = ["STATUSES", "Field", "Geometry", "Row", "Source", "Statistics", "Table", "geometry", "load"]
