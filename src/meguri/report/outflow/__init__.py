"""The outflow report: the section of next year's white paper, as a page and as a PDF, in Japanese or English."""

from meguri.report.outflow.blocks import Document
from meguri.report.outflow.edition import Edition, Record, edition, read_record
from meguri.report.outflow.html import as_html
from meguri.report.outflow.pdf import as_pdf
from meguri.report.outflow.sections import document
from meguri.report.outflow.writing import write_report

__all__ = [
    "Document",
    "Edition",
    "Record",
    "as_html",
    "as_pdf",
    "document",
    "edition",
    "read_record",
    "write_report",
]
