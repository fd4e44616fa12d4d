"""What this server has estimated: one set of statistics, and the results of the options asked for so far."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from threading import BoundedSemaphore, Thread

import msgspec
import polars as pl

from meguri import __version__, flows
from meguri.account import national_outflow
from meguri.errors import NotFound, OptionError, Said
from meguri.flows import OutflowEstimate, OutflowOptions
from meguri.report import Language
from meguri.statistics import Statistics, load
from meguri.web.kept import Kept
from meguri.web.settings import Settings

CHECKS: Mapping[str, Callable[[Statistics, OutflowEstimate], pl.DataFrame]] = {
    "anchors": flows.anchors,
    "statements": lambda _, estimate: flows.statements(estimate),
    "readings": flows.compare_readings,
    "band": flows.ratio_band,
    "alternatives": flows.alternatives,
    "stock-check": flows.stock_check,
    "subsidy-check": lambda statistics, _: flows.subsidy_check(statistics),
    "sensitivity": flows.sensitivity,
}
"""Tables that examine an estimate, by the name in their address."""

AT_ONCE = 2


class Results:
    """Estimates and their checks, made on request and kept."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.statistics = load(extra=settings.data, home=settings.home)
        self._estimates: Kept[OutflowEstimate] = Kept(24)
        self._checks: Kept[pl.DataFrame] = Kept(64)
        self._explained: Kept[flows.Explanation] = Kept(64)
        self._reports: Kept[bytes] = Kept(8)
        self.drawings: Kept[str] = Kept(256)
        self._working = BoundedSemaphore(AT_ONCE)

    def prepare(self) -> None:
        """Make the default estimate beside everything else, so that the first visitor does not wait for it."""
        Thread(target=lambda: self.estimate(self.options({}, page=True)), daemon=True).start()

    @cached_property
    def data_date(self) -> str:
        """ISO date on which the newest row became public."""
        return max(str(table.frame["known_from"].max() or "") for table in self.statistics.tables.values())

    def options(self, words: Mapping[str, str], *, page: bool) -> OutflowOptions:
        """Options from query words, within the server's limits. Raises OptionError."""
        words = {"draws": str(self.settings.page_draws), **words} if page else words
        options = flows.parse_options(words, self.statistics)
        most = self.settings.most_page_draws if page else self.settings.most_api_draws
        if options.draws > most:
            raise OptionError(
                Said("{draws:,} draws are more than this server makes", draws=options.draws),
                where="draws",
                mend=Said(
                    "Ask for at most {most:,}, or run `meguri estimate outflow --draws {draws}` yourself.",
                    most=most,
                    draws=options.draws,
                ),
            )
        return options

    def tag(self, options: OutflowOptions | None) -> str:
        """What fixes every result under the options: version, statistics and the options themselves."""
        told = [__version__, self.statistics.fingerprint, options]
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()

    def estimate(self, options: OutflowOptions) -> OutflowEstimate:
        """The estimate under the options."""

        def make() -> OutflowEstimate:
            with self._working:
                return national_outflow(self.statistics, options, home=self.settings.home)

        return self._estimates.get(options, make)

    def check(self, name: str, options: OutflowOptions) -> pl.DataFrame:
        """One of `CHECKS` under the options. Raises NotFound."""
        if name not in CHECKS:
            raise NotFound(
                Said("There is no check “{name}”", name=name),
                mend=Said("Checks: {checks}.", checks=tuple(CHECKS)),
            )
        estimate = self.estimate(options)

        def make() -> pl.DataFrame:
            with self._working:
                return CHECKS[name](self.statistics, estimate)

        return self._checks.get((name, options), make)

    def table(self, name: str, options: OutflowOptions) -> pl.DataFrame:
        """A table of the estimate or a check, by its name. Raises NotFound."""
        if name in CHECKS:
            return self.check(name, options)
        tables = self.estimate(options).tables
        if name not in tables:
            raise NotFound(
                Said("There is no table “{name}”", name=name),
                mend=Said("Tables: {tables}.", tables=(*flows.TABLES, *CHECKS)),
            )
        return tables[name]

    def report(self, options: OutflowOptions, language: Language, kind: str) -> bytes:
        """The outflow report as `html` or `pdf`."""
        from meguri.report.outflow import as_html, as_pdf, document, edition

        estimate = self.estimate(options)

        def make() -> bytes:
            with self._working:
                made = edition(self.statistics, estimate, language)
                return (as_pdf if kind == "pdf" else as_html)(made, document(made))

        return self._reports.get((kind, language, options), make)

    def explanation(self, figure: str, options: OutflowOptions) -> flows.Explanation:
        """How a figure came about. Raises NotFound."""
        estimate = self.estimate(options)
        return self._explained.get(
            (figure, options), lambda: flows.explain(self.statistics, estimate, figure)
        )
