"""Names of quantities, places, elements, statuses and units in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from meguri.report.language import Language, mark, translator

QUANTITIES: Final[Mapping[str, str]] = {
    "new_sales": mark("New BEVs sold"),
    "new_sales_cum": mark("New BEVs sold since 2009"),
    "used_arising": mark("Used BEVs arising"),
    "used_arising_cum": mark("Used BEVs arisen so far"),
    "exports": mark("Used BEVs exported"),
    "exports_cum": mark("Used BEVs exported so far"),
    "outflow_ratio": mark("Outflow ratio"),
    "outflow_ratio_inverse": mark("Inverse of the outflow ratio"),
    "kept_home_cum": mark("Used BEVs kept at home"),
    "destination_share": mark("Share of the exports"),
    "mass_t": mark("Rare metals leaving"),
    "mass_t_cum": mark("Rare metals gone since 2017"),
    "value_jpy": mark("Value of the metals leaving"),
    "value_jpy_cum": mark("Value of the metals gone since 2017"),
}
ELEMENTS: Final[Mapping[str, str]] = {
    "Li": mark("Lithium"),
    "Ni": mark("Nickel"),
    "Co": mark("Cobalt"),
    "total": mark("Li + Ni + Co"),
}
STATUSES: Final[Mapping[str, str]] = {
    "published": mark("published"),
    "read_off_chart": mark("read off a chart"),
    "derived": mark("derived"),
    "assumed": mark("assumed"),
    "recalled": mark("recalled, to be checked"),
    "inferred": mark("inferred"),
    "modelled": mark("modelled"),
    "recorded": mark("recorded"),
}
UNITS: Final[Mapping[str, str]] = {
    "vehicle": mark("vehicles"),
    "t": "t",
    "JPY": mark("yen"),
    "1": mark("share"),
}
METHODS: Final[Mapping[str, str]] = {
    "meguri": mark("Meguri's method"),
    "whitepaper": mark("the white paper's method"),
}
PROCESSES: Final[Mapping[str, str]] = {
    "production": mark("New BEVs sold"),
    "first_use": mark("In first use, or gone otherwise"),
    "used_trade": mark("Became used BEVs"),
    "used_use": mark("Stayed in Japan"),
    "export_vehicle": mark("Left Japan"),
}
GROUPS: Final[Mapping[str, str]] = {
    "sales": mark("yearly sales of new BEVs"),
    "survey_reading": mark("how the survey of when people sell is read"),
    "survey_answers": mark("the answers that the survey does not itemise"),
    "export_statements": mark("what was published about exports"),
    "export_scope": mark("what the customs heading counts"),
    "exports_before_2017": mark("exports before 2017, which nobody counted"),
    "content": mark("how much metal the exported cars hold"),
    "prices": mark("metal prices"),
    "outlook": mark("the outlook after the last year of data"),
}
PLACES: Final = (
    mark("all"),
    mark("other"),
    mark("South Korea"),
    mark("China"),
    mark("Taiwan"),
    mark("Mongolia"),
    mark("Hong Kong"),
    mark("Thailand"),
    mark("Singapore"),
    mark("Malaysia"),
    mark("India"),
    mark("Pakistan"),
    mark("Sri Lanka"),
    mark("Bangladesh"),
    mark("United Arab Emirates"),
    mark("Georgia"),
    mark("United Kingdom"),
    mark("Ireland"),
    mark("Netherlands"),
    mark("Germany"),
    mark("Russia"),
    mark("Cyprus"),
    mark("Canada"),
    mark("United States of America"),
    mark("Kenya"),
    mark("Tanzania"),
    mark("Mauritius"),
    mark("South Africa"),
    mark("Australia"),
    mark("New Zealand"),
)
WORLD = mark("the world")
OTHERS = mark("other places")


def quantity_name(quantity: str, lang: Language) -> str:
    """Name of a quantity of the estimate; a name that is not known stays as it is."""
    return _said(QUANTITIES.get(quantity, quantity), lang)


def element_name(element: str, lang: Language) -> str:
    """Name of an element, or of Li + Ni + Co for `total`."""
    return _said(ELEMENTS.get(element, element), lang)


def place_name(place: str, lang: Language) -> str:
    """Name of a destination, or of several joined by ` + `. Names of the customs list are known; others stay."""
    if " + " in place:
        return ("と" if lang == "ja" else " + ").join(place_name(part, lang) for part in place.split(" + "))
    return _said({"all": WORLD, "other": OTHERS}.get(place, place), lang)


def chip(status: str, lang: Language) -> str:
    """The short word that a status is shown as."""
    return _said(STATUSES.get(status, status), lang)


def unit_name(unit: str, lang: Language) -> str:
    """Heading of a column in that unit."""
    return _said(UNITS.get(unit, unit), lang)


def process_name(process: str, lang: Language) -> str:
    """Name of a process of the account."""
    return _said(PROCESSES.get(process, process), lang)


def group_name(group: str, lang: Language) -> str:
    """Name of a group of assumptions whose uncertainty is told apart."""
    return _said(GROUPS.get(group, group), lang)


def method_name(method: str, lang: Language) -> str:
    """Name of a method of the estimate."""
    return _said(METHODS.get(method, method), lang)


def _said(message: str, lang: Language) -> str:
    return translator(lang)(message) if message else ""
