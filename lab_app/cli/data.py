"""``lab data``: which data sets there are, where they lie, whether they are whole; and what is in a user's own folder."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lab_app.cli import any_case, prepare
from lab_app.cli.common import Json, emit, registry, say
from lab_core.data import DataSet, Examination, damage, fetch, folder_of, ready_folder, where
from lab_core.errors import LabError, UsageError, unknown

app = typer.Typer(
    no_args_is_help=True, help="Data sets: list, describe, find, verify, download; examine and prepare your own images."
)
for _name, _command in prepare.COMMANDS.items():
    app.command(_name)(_command)
_MOST_PROBLEMS = 20


def _ids(incomplete: str) -> list[str]:
    return [card.id for card in registry().data_sets() if card.id.startswith(incomplete)]


Id = Annotated[str, typer.Argument(metavar="ID", callback=any_case.data_set, autocompletion=_ids)]


@app.command("list")
def list_data(
    kind: Annotated[str | None, typer.Option(help="Only this kind, such as images or text.")] = None, json: Json = False
) -> None:
    """Every data set: embedded ones work offline, the others after lab data fetch."""
    cards = list(registry().data_sets())
    if kind is not None and kind not in {card.kind for card in cards}:
        raise unknown("kind of data", kind, {card.kind for card in cards})
    chosen = [card for card in cards if kind in (None, card.kind)]
    if json:
        emit([_document(card) for card in chosen])
        return
    rows = [_row(card) for card in chosen]
    table = Table(box=box.SIMPLE, pad_edge=False)
    for number, column in enumerate(("data set", "kind", "items", "size", "where")):
        widest = max((len(row[number]) for row in rows), default=0)
        table.add_column(column, justify="right" if column in ("items", "size") else "left", no_wrap=True, min_width=widest)
    table.add_column("title", no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(f"[cyan]{row[0]}[/]", *row[1:5], escape(row[5]))
    Console().print(table)


def _row(card: DataSet) -> tuple[str, str, str, str, str, str]:
    items = f"{sum(card.splits.values()):,}" if card.splits else ""
    size = f"{card.size / 1e6:,.1f} MB" if card.size else ""
    return card.id, card.kind, items, size, "yours" if card.examiner else where(card), card.title


@app.command("info")
def info(data_id: Id, json: Json = False) -> None:
    """A data set's card: contents, origin, licence, shapes, splits, checksums."""
    card = registry().data_set(data_id)
    if json:
        emit(_document(card))
        return
    console = Console(highlight=False)
    console.print(f"[bold]{card.id}[/]  {escape(card.title)}")
    grid = Table.grid(padding=(0, 2))
    for name, value in _facts(card):
        grid.add_row(f"[dim]{name}[/]", escape(value))
    console.print(grid)


@app.command("path")
def path(data_id: Id, json: Json = False) -> None:
    """The folder that a data set's files lie in."""
    folder = ready_folder(registry().data_set(data_id))
    if json:
        emit({"id": data_id, "path": str(folder)})
    else:
        print(folder)


@app.command("check")
def check(
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID|DIR]...", callback=any_case.data_set, autocompletion=_ids, show_default="all that are here"),
    ] = None,
    json: Json = False,
) -> None:
    """Verify the files of data sets by their checksums, or report what your own folder of images contains and what to do."""
    here = [card.id for card in registry().data_sets() if card.examiner is None and where(card) != "not here"]
    documents: list[dict[str, object]] = []
    for target in targets or here:
        if registry().has_data_set(target):
            documents.append(_check_set(registry().data_set(target), quiet=json))
        else:
            documents.append(_check_folder(target, quiet=json))
    if json:
        emit(documents)
    if not all(document["ok"] for document in documents):
        raise typer.Exit(1)


@app.command("fetch")
def fetch_data(
    data_ids: Annotated[list[str], typer.Argument(metavar="ID...", callback=any_case.data_set, autocompletion=_ids)],
    json: Json = False,
) -> None:
    """Download data sets. An interrupted download is continued; every file is verified."""
    documents: list[dict[str, object]] = []
    for card in [registry().data_set(data_id) for data_id in data_ids]:
        if card.embedded:
            say(f"{card.id} is embedded: nothing to download")
        documents.append({"id": card.id, "path": str(fetch(card))})
    if json:
        emit(documents)
    else:
        print("\n".join(str(document["path"]) for document in documents))


@app.command("export")
def export(
    data_id: Id,
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="New folder; ID-SPLIT by default.")] = None,
    count: Annotated[int, typer.Option(help="Items, the first ones of the split.", min=1)] = 20,
    split: Annotated[str, typer.Option(help="train, validation or test, or several joined by '+'.")] = "train",
    json: Json = False,
) -> None:
    """Write the first items of a set as files: images as PNG, everything else as a row of items.csv."""
    from lab_app.cli.data_export import export_items

    folder = to or Path(f"{data_id}-{split}")
    found = export_items(registry().data_set(data_id), split, count, folder)
    if json:
        emit(found)
        return
    for name, about in found["items"].items():
        print("  ".join([name, *(f"{column}: {value}" for column, value in about.items())]))
    if found["labels"]:
        print(f"labels of {split}: {', '.join(f'{name} {number:,}' for name, number in found['labels'].items())}")
    say(f"exported   {len(found['items']):,} of {found['count']:,} items -> {folder}/")


@app.command("align")
def align(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Photographs, one folder per person.")],
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="New folder; DIR-aligned by default.")] = None,
    size: Annotated[int, typer.Option(help="Height and width of a face's picture, in pixels.", min=16, max=1024)] = 160,
    margin: Annotated[int, typer.Option(help="Margin around the face, in pixels of that picture.", min=0, max=400)] = 32,
    pairs: Annotated[
        list[str] | None, typer.Option("--with", metavar="KEY=VALUE", help="Further options of align-faces; repeatable.")
    ] = None,
    json: Json = False,
) -> None:
    """Cut out the face of each photograph at one size, in the same folders; photographs without a face are listed."""
    from lab_app.cli.data_align import align_folder

    place = to or folder.with_name(f"{folder.resolve().name}-aligned")
    found = align_folder(folder, place, [f"size={size}", f"margin={margin}", *(pairs or ())], registry(), quiet=json)
    if json:
        emit(found)
    if not found["aligned"]:
        raise typer.Exit(1)


def _check_set(card: DataSet, *, quiet: bool) -> dict[str, object]:
    problems = damage(card)
    if not quiet:
        print(f"{card.id}: {'; '.join(problems) if problems else f'whole, {len(card.files)} files, {card.size / 1e6:,.1f} MB'}")
    if problems and not card.embedded:
        say(f"Delete {folder_of(card)} and run lab data fetch {card.id}.")
    return {"id": card.id, "ok": not problems, "problems": problems}


def _check_folder(target: str, *, quiet: bool) -> dict[str, object]:
    from lab_core.imports import load_object

    if not Path(target).exists() and "/" not in target:
        raise unknown("data set or folder", target, [card.id for card in registry().data_sets()])
    if not Path(target).is_dir():
        raise UsageError(f"{target} is not a folder.", "Give a folder of images, or the id of a data set: lab data list")
    examiner = next((card for card in registry().data_sets() if card.examiner is not None), None)
    if examiner is None or examiner.examiner is None:
        raise LabError("No installed plugin knows how to look into a folder.", "Install lab-datasets.")
    found: Examination = load_object(examiner.examiner, what=f"Data set {examiner.id}")(Path(target))
    if not quiet:
        _print(target, found)
    return {"path": target, "ok": found.usable, **msgspec.to_builtins(found)}


def _print(target: str, found: Examination) -> None:
    console = Console(highlight=False)
    console.print(f"[bold]{escape(target)}[/]  {escape(found.layout)}")
    grid = Table.grid(padding=(0, 2))
    for name, value in found.facts.items():
        grid.add_row(f"[dim]{escape(name)}[/]", escape(value))
    console.print(grid)
    for name, why in list(found.problems.items())[:_MOST_PROBLEMS]:
        console.print(f"[red]{escape(name)}[/]: {escape(why)}", soft_wrap=True)
    if len(found.problems) > _MOST_PROBLEMS:
        console.print(f"and {len(found.problems) - _MOST_PROBLEMS:,} more files that can't be used (all with --json)")
    for line in found.advice:
        console.print(f"[cyan]{escape(line)}[/]", soft_wrap=True)


def _facts(card: DataSet) -> list[tuple[str, str]]:
    facts = [("kind", card.kind), ("what", card.what), ("from", card.origin), ("licence", card.licence)]
    facts += [("notice", card.notice)] if card.notice else []
    facts += [(name, shape) for name, shape in card.shapes.items()]
    facts += [("splits", ", ".join(f"{name} {count:,}" for name, count in card.splits.items()))] if card.splits else []
    facts += [("classes", ", ".join(card.classes))] if card.classes else []
    if card.examiner is None:
        state = where(card)
        facts.append(("where", f"{state}: {folder_of(card)}" if state != "not here" else f"lab data fetch {card.id}"))
    facts += [("file", f"{file.name}, {file.size:,} bytes, {_sum(file.sha256)}") for file in card.files]
    facts += [("instead", f"{card.alternative} is embedded and works offline")] if card.alternative else []
    return facts


def _sum(sha256: str) -> str:
    return f"sha256 {sha256}" if sha256 else "sum recorded at the first download"


def _document(card: DataSet) -> dict[str, object]:
    return {**msgspec.to_builtins(card), "embedded": card.embedded, "where": "yours" if card.examiner else where(card)}
