"""The text of the report, section by section, with the computed numbers in it."""

from __future__ import annotations

from typing import Final

from meguri.flows import bases
from meguri.report import charts, files
from meguri.report.language import mark
from meguri.report.names import chip, method_name, quantity_name
from meguri.report.numbers import with_interval
from meguri.report.outflow import tables
from meguri.report.outflow.blocks import (
    Block,
    Document,
    Formula,
    Formulas,
    Heading,
    Listing,
    Paragraph,
    Picture,
)
from meguri.report.outflow.changes import changes
from meguri.report.outflow.edition import Edition
from meguri.report.wording import headlines, interval_meaning, outflow_headline, sensitivity_sentence

FORMULAS: Final = (
    mark("s[y]: new BEVs sold in year y"),
    mark("Σ s[y] since 2009"),
    mark("U[y] = Σ u up to y"),
    mark("e[y]: drawn from the published statements"),
    mark("E[y] = before 2017 + Σ e up to y"),
    mark("U[y] ÷ E[y], as the paper's text words it"),
    mark("Σ m since 2017"),
    mark("Σ value since 2017"),
)
"""Formulas of the estimate that hold words."""
TALL: Final = ("japan",)


def document(edition: Edition) -> Document:
    """The whole report."""
    say, estimate = edition.say, edition.estimate
    date = files.data_date(edition.statistics, estimate)
    return Document(
        lang=edition.lang,
        title=say("Used EVs leaving Japan, to {year}").format(year=edition.year),
        subtitle=say("Data as of {date} · {method} · {draws} draws").format(
            date=date,
            method=method_name(estimate.options.method, edition.lang),
            draws=f"{estimate.options.draws:,}",
        ),
        date=date,
        foot=f"Meguri {estimate.version} · {estimate.fingerprint[:16]}",
        contents=say("Contents"),
        blocks=[
            *_summary(edition),
            *_exports(edition),
            *_ratio(edition),
            *_metals(edition),
            *_comparison(edition),
            *_uncertainty(edition),
            *_method(edition),
            Heading(say("By year"), "by-year"),
            tables.by_year(edition),
            tables.places(edition),
            Heading(say("What changed since the last edition"), "changes"),
            *changes(edition),
            Heading(say("Sources"), "sources"),
            tables.sources(edition),
            Heading(say("How to cite"), "cite"),
            Paragraph(files.cite(estimate, edition.lang)),
            Paragraph(
                say("Fingerprint of inputs, options and version: {mark}").format(mark=estimate.fingerprint)
            ),
        ],
    )


def _summary(edition: Edition) -> list[Block]:
    lang, say = edition.lang, edition.say
    told = [
        f"{one.sentence}［{chip(one.status, lang)}］"
        if lang == "ja"
        else f"{one.sentence} [{chip(one.status, lang)}]"
        for one in headlines(edition.estimate, lang)
    ]
    return [
        Heading(say("In short"), "summary"),
        Paragraph(outflow_headline(edition.estimate, lang).sentence, lead=True),
        Listing(told),
        Paragraph(interval_meaning(lang)),
        Paragraph(sensitivity_sentence(edition.table("sensitivity"), f"outflow_ratio:{edition.year}", lang)),
        _picture("flow", edition),
    ]


def _exports(edition: Edition) -> list[Block]:
    say = edition.say
    held = edition.table("statements")
    against = int(held["contradicts"].sum())
    return [
        Heading(say("Exports of used BEVs"), "exports"),
        Paragraph(
            say(
                "A battery leaves the country in the car that carries it. Whoever counts used BEVs at the border therefore "
                "counts the batteries that Japan can no longer reuse or recycle."
            )
        ),
        Paragraph(
            say(
                "Customs have had a heading for them since 2017. Of its monthly figures only a part is public, so the exports "
                "of each year and destination are drawn from everything that was published about them: totals of years and "
                "months, shares, comparisons with the year before. {count} such statements are used; where one contradicts the "
                "rest, the table further below says so ({against} of them)."
            ).format(count=held.height, against=against)
        ),
        *_told("exports", edition),
        *_told("destinations", edition),
        *_told("world", edition),
    ]


def _ratio(edition: Edition) -> list[Block]:
    lang, say, year = edition.lang, edition.say, edition.year
    inverse = edition.estimate.figure(f"outflow_ratio_inverse:{year}")
    return [
        Heading(say("The outflow ratio"), "ratio"),
        Paragraph(
            say(
                "The outflow ratio of a year divides all used BEVs exported up to that year by all that had become used cars "
                "by then. Sums are compared rather than single years, because in a single year more cars may leave than become used."
            )
        ),
        *_told("yearly", edition),
        _picture("cumulative", edition),
        _picture("cumulative_used", edition),
        *_told("outflow_ratio", edition),
        Paragraph(
            say(
                "The text of the white paper of 2025 divides the other way round in its step ⑥; its published values are "
                "exports divided by used cars, as here. Taken by its words, the figure for {year} would be {inverse}."
            ).format(year=year, inverse=with_interval(inverse, lang))
        ),
        Paragraph(
            say(
                "Cars that left before 2017 appear in no statistics. They are part of the estimate as an unknown of limited size; "
                "cars that were sold as used more than once count once."
            )
        ),
    ]


def _metals(edition: Edition) -> list[Block]:
    say = edition.say
    _, content, price = bases(edition.estimate.options)
    told = [
        say(
            "The metals of a year's exports follow the model years of the cars that become used in it: the energy of their "
            "packs and the chemistry of their cells."
        )
        if content == "by_model_year"
        else say("Every exported car is taken to hold the same amount of lithium, nickel and cobalt."),
        say("Their value is that of the metals at the prices and exchange rates of each year.")
        if price == "by_year"
        else say("Their value uses one price for all years."),
        say("What a recycler would earn is less: not everything is recovered, and recovery costs."),
    ]
    return [
        Heading(say("Lithium, nickel and cobalt"), "metals"),
        Paragraph(("" if edition.lang == "ja" else " ").join(told)),
        *_told("mass", edition),
        *_told("value", edition),
        tables.alternatives(edition),
    ]


def _comparison(edition: Edition) -> list[Block]:
    say = edition.say
    return [
        Heading(say("Beside what is published"), "published"),
        Paragraph(
            say(
                "Where a figure of the white paper differs from ours by more than two per cent, the table says why. Some of its "
                "figures were themselves used here; with them agreement is no confirmation, and the table says so."
            )
        ),
        tables.anchors(edition),
        Paragraph(
            say(
                "The survey of when people part with a car is public for about two thirds of its answers. How the rest is read is a "
                "choice, and the ratio depends on it."
            )
        ),
        *_told("readings", edition),
        tables.band(edition),
        Paragraph(
            say(
                "Two counts that were not used in the estimate check it: BEVs in use should be those sold less those exported and "
                "scrapped, and BEVs bought with a subsidy cannot be more than were sold."
            )
        ),
        tables.stock(edition),
        tables.subsidised(edition),
        *_told("japan", edition),
    ]


def _uncertainty(edition: Edition) -> list[Block]:
    lang, say = edition.lang, edition.say
    held = edition.table("sensitivity")
    figures = held["figure"].unique(maintain_order=True)
    return [
        Heading(say("What is uncertain, and why"), "uncertainty"),
        Listing([sensitivity_sentence(held, figure, lang) for figure in figures]),
        Paragraph(
            say(
                "In the chart the dark bar is the part of the variance that would go if this one thing were known; the pale bar "
                "adds its interplay with the others."
            )
        ),
        _picture("sensitivity", edition),
        tables.statements(edition),
    ]


def _method(edition: Edition) -> list[Block]:
    lang, say = edition.lang, edition.say
    steps = [
        Formula(step.number, quantity_name(step.gives[0], lang), say(step.formula))
        for step in edition.estimate.provenance.steps
    ]
    return [
        Heading(say("Method"), "method"),
        Paragraph(
            say(
                "The steps are those of section 3.3 of the white paper of 2025. They are carried out {draws} times; each time "
                "everything that is not known exactly takes another value within its range. Tables and charts show the middle "
                "result and the range that holds nine in ten."
            ).format(draws=f"{edition.estimate.options.draws:,}")
        ),
        Formulas(steps),
        Paragraph(
            say(
                "y is a calendar year; k the years since purchase; p[k] the share of cars that become used cars k years after "
                "purchase, from the survey; content and price are per vehicle and per kilogram."
            )
        ),
        tables.assumed(edition),
    ]


def _told(name: str, edition: Edition) -> list[Block]:
    """A chart's message as a paragraph, then the chart."""
    return [Paragraph(charts.describe(name, edition.frames, edition.lang)), _picture(name, edition)]


def _picture(name: str, edition: Edition) -> Picture:
    lang, say = edition.lang, edition.say
    drawn = [
        row["status"]
        for rows in charts.rows(name, edition.frames, lang).values()
        for row in rows
        if "status" in row
    ]
    taken = [edition.table(table) for table in charts.CHARTS[name].takes if table in edition.frames.tables]
    held = drawn or [status for table in taken if "status" in table.columns for status in table["status"]]
    statuses = dict.fromkeys(held)
    gap = "・" if lang == "ja" else ", "
    return Picture(
        chart=name,
        caption=charts.title(name, lang),
        note=say("Status: {statuses}.").format(statuses=gap.join(chip(status, lang) for status in statuses))
        if statuses
        else "",
        alternative=charts.describe(name, edition.frames, lang),
        tall=name in TALL,
    )
