"""How the documents are built: `make docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "Meguri"
author = "Meguri contributors"
copyright = "Meguri contributors, Apache-2.0"
extensions = ["myst_parser", "reference_pages"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "_ext", "examples", "reference/generated/parts"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.strikethrough"]
html_theme = "furo"
html_title = "Meguri"
html_static_path = ["_static"]
html_css_files = ["meguri.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0F6E6E", "color-brand-content": "#0F6E6E"},
    "dark_css_variables": {"color-brand-primary": "#5FB8B3", "color-brand-content": "#5FB8B3"},
}
