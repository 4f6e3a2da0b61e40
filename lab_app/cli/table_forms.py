"""A table for other programs: CSV, Markdown or HTML on standard output instead of the terminal's form."""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Annotated, Any, Literal

import typer

from lab_app.cli.fitted_table import Column
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


@dataclass(frozen=True)
class Section:
    """A table with its heading: what it is about beside it, notes below it; ``dim`` rows are fainter in a terminal."""

    title: str
    columns: Sequence[Column]
    about: Sequence[str] = ()
    notes: Sequence[str] = ()
    dim: Sequence[int] = ()

    @property
    def filled(self) -> list[Column]:
        """The columns that have any text."""
        return [column for column in self.columns if any(column.cells)]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        return list(zip(*(column.cells for column in self.filled), strict=True))


def print_sections(sections: Sequence[Section], form: Form, *, title: str, notes: Sequence[str] = ()) -> None:
    """Print them as Markdown or as one HTML page, ``notes`` at the end."""
    if form == "html":
        _print_html(title, sections, notes)
    else:
        _print_markdown(sections, notes)


def print_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """One table; None is an empty cell. A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_safe(cell) for cell in row] for row in rows])


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _print_markdown(sections: Sequence[Section], notes: Sequence[str]) -> None:
    for section in sections:
        print(f"## {_markdown('  '.join((section.title, *section.about)))}\n")
        names = [column.name for column in section.filled]
        print(f"| {' | '.join(map(_markdown, names))} |\n|{' --- |' * len(names)}")
        for row in section.rows:
            print(f"| {' | '.join(map(_markdown, row))} |")
        print("".join(f"\n{_markdown(note)}\n" for note in section.notes))
    for note in notes:
        print(f"{_markdown(note)}\n")


def _markdown(text: str) -> str:
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").split())


def _print_html(title: str, sections: Sequence[Section], notes: Sequence[str]) -> None:
    parts: list[str] = []
    for section in sections:
        head = "".join(f"<th>{escape(column.name)}</th>" for column in section.filled)
        rows = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in section.rows)
        about = f"<p>{escape(', '.join(section.about))}</p>\n" if section.about else ""
        below = _paragraphs(section.notes)
        parts.append(f"<h2>{escape(section.title)}</h2>\n{about}<table>\n<tr>{head}</tr>\n{rows}\n</table>\n{below}")
    print(_PAGE.format(title=escape(title), body="\n".join([*parts, _paragraphs(notes)])))


def _paragraphs(notes: Sequence[str]) -> str:
    return "".join(f"<p>{escape(note)}</p>\n" for note in notes)


def _cell(text: str) -> str:
    number = text[:1].isdigit() or (text[:1] == "-" and text[1:2].isdigit())
    return f"<td{' class=number' if number else ''}>{escape(text)}</td>"
