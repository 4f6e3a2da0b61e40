"""A table for other programs: CSV, Markdown or HTML on standard output instead of the terminal's form."""

import csv
import sys
from collections.abc import Sequence
from html import escape
from typing import Annotated, Any, Literal

import typer

from lab_core.errors import UsageError

Form = Literal["text", "json", "csv", "markdown", "html"]
Csv = Annotated[bool, typer.Option("--csv", help="Comma-separated values: one row a line, numbers at full precision.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="A Markdown table.")]
Html = Annotated[bool, typer.Option("--html", help="One HTML page.")]

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:15px/1.4 system-ui,sans-serif;margin:2rem}}table{{border-collapse:collapse;margin:0 0 1.5rem}}
th,td{{padding:.2rem .7rem;border-bottom:1px solid #ddd;text-align:left}}td.number{{text-align:right}}
p{{color:#666;margin:.2rem 0}}</style>
<h1>{title}</h1>
{body}</html>"""


def form_of(*, json: bool, csv: bool = False, markdown: bool = False, html: bool = False) -> Form:
    """The one form that was asked for; raises UsageError for several."""
    wanted: list[Form] = []
    for given, name in ((json, "json"), (csv, "csv"), (markdown, "markdown"), (html, "html")):
        if given:
            wanted.append(name)  # pyright: ignore[reportArgumentType]
    if len(wanted) > 1:
        raise UsageError(f"{' and '.join(f'--{name}' for name in wanted)} exclude each other.", "Give one of them.")
    return wanted[0] if wanted else "text"


class Sheet:
    """A heading, rows of cells below column names, and notes. Cells are values for CSV and texts for the other forms."""

    def __init__(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], notes: Sequence[str] = ()) -> None:
        kept = [place for place in range(len(columns)) if any(row[place] not in ("", None) for row in rows)]
        self.title, self.notes = title, tuple(notes)
        self.columns = [columns[place] for place in kept]
        self.rows = [[row[place] for place in kept] for row in rows]


def print_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """One table; None is an empty cell. A text that a spreadsheet would run as a formula gets an apostrophe."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_safe(cell) for cell in row] for row in rows])


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def print_markdown(sheets: Sequence[Sheet]) -> None:
    """A heading and a table for each sheet."""
    for sheet in sheets:
        print(f"## {_markdown(sheet.title)}\n")
        print(f"| {' | '.join(map(_markdown, sheet.columns))} |\n|{' --- |' * len(sheet.columns)}")
        for row in sheet.rows:
            print(f"| {' | '.join(_markdown(cell) for cell in row)} |")
        print("".join(f"\n{_markdown(note)}\n" for note in sheet.notes))


def _markdown(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").split())


def print_html(title: str, sheets: Sequence[Sheet]) -> None:
    """One page with every sheet; everything is escaped."""
    parts: list[str] = []
    for sheet in sheets:
        head = "".join(f"<th>{escape(name)}</th>" for name in sheet.columns)
        rows = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in sheet.rows)
        notes = "".join(f"<p>{escape(note)}</p>" for note in sheet.notes)
        parts.append(f"<h2>{escape(sheet.title)}</h2>\n<table>\n<tr>{head}</tr>\n{rows}\n</table>\n{notes}")
    print(_PAGE.format(title=escape(title), body="\n".join(parts)))


def _cell(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    number = text[:1].isdigit() or (text[:1] in "-+" and text[1:2].isdigit())
    return f"<td{' class=number' if number else ''}>{escape(text)}</td>"
