"""One edition of the outflow report: its figures and checks gathered, its headline figures kept for the next edition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from meguri import flows
from meguri.account import account_of
from meguri.errors import InputError, Said
from meguri.flows import OutflowEstimate
from meguri.report import charts, files
from meguri.report.language import Language, Translate, translator
from meguri.report.wording import headlines, last_year, outflow_headline
from meguri.statistics import Statistics


class Kept(msgspec.Struct, frozen=True):
    """A headline figure of an edition."""

    figure: str
    label: str
    unit: str
    p05: float
    p50: float
    p95: float
    status: str


class Record(msgspec.Struct, frozen=True):
    """What an edition leaves for the next: what it was made of and its headline figures."""

    lang: Language
    data_date: str
    year: int
    version: str
    fingerprint: str
    statistics: str
    options: dict[str, str]
    figures: list[Kept]


@dataclass(frozen=True)
class Edition:
    """An estimate with all that the report says about it."""

    statistics: Statistics
    estimate: OutflowEstimate
    lang: Language
    frames: charts.Frames
    record: Record
    previous: Record | None

    @property
    def year(self) -> int:
        return self.frames.year

    @property
    def say(self) -> Translate:
        return translator(self.lang)

    def table(self, name: str) -> pl.DataFrame:
        """One of the estimate's tables or checks."""
        return self.frames[name]


def edition(
    statistics: Statistics, estimate: OutflowEstimate, lang: Language, previous: Record | None = None
) -> Edition:
    """Gather the checks of an estimate (some seconds) for the report."""
    account = account_of(estimate, last_year(estimate))
    frames = charts.frames(
        estimate,
        account=account.flows,
        balances=account.balances,
        anchors=flows.anchors(statistics, estimate),
        statements=flows.statements(estimate),
        readings=flows.compare_readings(statistics, estimate),
        band=flows.ratio_band(statistics, estimate),
        alternatives=flows.alternatives(statistics, estimate),
        stock=flows.stock_check(statistics, estimate),
        subsidy=flows.subsidy_check(statistics),
        sensitivity=flows.sensitivity(statistics, estimate, _uncertain(estimate)),
        subsidies=statistics.table("cev_subsidies_by_prefecture_year").frame,
        prefectures=statistics.table("prefectures").frame,
    )
    return Edition(statistics, estimate, lang, frames, record(statistics, estimate, lang), previous)


def _uncertain(estimate: OutflowEstimate) -> tuple[str, ...]:
    """Figures whose uncertainty is explained."""
    year = last_year(estimate)
    return (
        f"outflow_ratio:{year}",
        f"used_arising_cum:{year}",
        f"mass_t_cum:{year}:total",
        f"value_jpy_cum:{year}:total",
    )


def record(statistics: Statistics, estimate: OutflowEstimate, lang: Language) -> Record:
    """What this edition leaves for the next."""
    year = last_year(estimate)
    told = [outflow_headline(estimate, lang), *headlines(estimate, lang)]
    rows: list[tuple[str, Mapping[str, Any]]] = [(one.label, estimate.figure(one.figure)) for one in told]
    return Record(
        lang=lang,
        data_date=files.data_date(statistics, estimate),
        year=year,
        version=estimate.version,
        fingerprint=estimate.fingerprint,
        statistics=statistics.fingerprint,
        options=estimate.options.to_query(),
        figures=[
            Kept(row["figure"], label, row["unit"], row["p05"], row["p50"], row["p95"], row["status"])
            for label, row in rows
        ],
    )


def read_record(path: Path) -> Record:
    """The record of an earlier edition. Raises InputError naming the file and the fault."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Record)
    except (OSError, msgspec.MsgspecError) as fault:
        raise InputError(
            Said("The last edition cannot be read: {fault}", fault=str(fault)),
            where=str(path),
            mend=Said("Give the file outflow.ja.json or outflow.en.json that an earlier report left."),
        ) from fault
