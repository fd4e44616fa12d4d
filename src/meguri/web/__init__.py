"""Pages and an HTTP API over the same results."""

from meguri.web.app import create_app, serve
from meguri.web.settings import Settings

__all__ = ["Settings", "create_app", "serve"]
