"""Labelled sequences: a class for each of many short series.

CSV, a row a sequence      a column label (or class, target, y) and the values in their order; empty cells at the end are cut
CSV, a row a time          columns sequence (or id, series, sample), label, perhaps a time, and the values
NPZ                        series [n, t] or [n, t, d] (or x, data, values) and label [n] (or labels, y)

A folder with train and test files of these forms keeps them as its splits.
"""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab_core.data import Examination
from lab_core.errors import LabError, word
from lab_datasets.columns import FEWEST, Columns
from lab_datasets.layout import SPLIT_NAMES
from lab_datasets.own.packed import names_of, read_npz
from lab_datasets.own.reading import TABLES, as_float32, header_of, numbers, read_table
from lab_datasets.own.series import TIMES, check_times, read_times
from lab_datasets.splits import SPLITS, by_hash, missing_shares, parts_of

KINDS = ("sequences",)
LABELS = ("label", "class", "target", "y", "labels")
IDS = ("sequence", "sequence_id", "series", "series_id", "id", "sample", "case")
ARRAYS = ("series", "x", "X", "data", "values", "sequences")


class Labelled(NamedTuple):
    """Sequences float32 [t, d], the label of each as text, names of the d columns."""

    series: list[NDArray[np.float32]]
    labels: list[str]
    names: tuple[str, ...]


def recognise(path: Path) -> str | None:
    files = files_of(path)
    forms = {form_of(file) for file in files.values()}
    return next(iter(forms)) if len(forms) == 1 else None


def form_of(file: Path) -> str | None:
    if file.suffix.lower() == ".npz":
        names = names_of(file)
        both = any(name in names for name in ARRAYS) and any(name in names for name in LABELS)
        return "labelled sequences (NPZ)" if both else None
    names = header_of(file)
    if not set(names) & set(LABELS):
        return None
    if set(names) & set(IDS):
        return "labelled sequences (CSV, a row a time)"
    return "labelled sequences (CSV, a row a sequence)" if len(names) > 2 and not set(names) & set(TIMES[:6]) else None


def files_of(path: Path) -> dict[str, Path]:
    """Split -> file; one entry "" for a single file."""
    if path.is_file():
        return {"": path} if path.suffix.lower() in (*TABLES, ".npz") else {}
    tables = [file for file in sorted(path.iterdir()) if file.suffix.lower() in (*TABLES, ".npz")] if path.is_dir() else []
    named = {SPLIT_NAMES[file.stem.lower()]: file for file in tables if file.stem.lower() in SPLIT_NAMES}
    if "train" in named:
        return named
    return {"": tables[0]} if len(tables) == 1 else {}


def read(path: Path, split: str, options: Any) -> tuple[Columns, int]:
    """series (one array where all are of one length, else a list) and label."""
    data = {name: load(file) for name, file in files_of(path).items()}
    main = data.get("train") or data[""]
    keys = [hashlib.sha256(one.tobytes()).hexdigest() for one in main.series]  # equal sequences share a split
    assigned = by_hash(keys, **missing_shares(data, validation=options.validation, test=options.test))
    classes = _classes([label for part in data.values() for label in part.labels])
    chosen: list[tuple[NDArray[np.float32], str]] = []
    for name in parts_of(split):
        if name in data and name != "train":
            chosen += zip(data[name].series, data[name].labels, strict=True)
        else:
            chosen += [(main.series[place], main.labels[place]) for place in np.flatnonzero(assigned == name)]
    if not chosen:
        raise LabError(f"{path} holds no sequence for split {split}.", f"lab data check {word(path)}")
    series = [one for one, _ in chosen]
    equal = len({len(one) for one in series}) == 1
    numbers_of = {name: place for place, name in enumerate(classes)}
    columns = Columns(
        {
            "series": np.stack(series) if equal else series,
            "label": np.array([numbers_of[label] for _, label in chosen], np.int32),
        },
        {"series": "input", "label": "label"},
        kind="sequences",
        data=str(path),
        classes=classes,
        value_names=main.names,
    )
    return columns, sum(len(part.series) for part in data.values())


def _classes(labels: list[str]) -> tuple[str, ...]:
    names = sorted(set(labels))
    try:
        return tuple(sorted(names, key=float))
    except ValueError:
        return tuple(names)


def load(file: Path) -> Labelled:
    """All sequences of a file, checked; raises LabError naming line and column."""
    form = form_of(file)
    found = _from_npz(file) if file.suffix.lower() == ".npz" else _long(file) if form and form.endswith("time)") else _wide(file)
    if not found.series:
        raise LabError(f"{file} holds no sequence.")
    if len({one.shape[1] for one in found.series}) > 1:
        raise LabError(f"{file}: sequences with different numbers of columns.")
    return found


def _wide(file: Path) -> Labelled:
    names, rows = read_table(file)
    lower = [name.lower() for name in names]
    label = next(lower.index(name) for name in LABELS if name in lower)
    series: list[NDArray[np.float32]] = []
    labels: list[str] = []
    for line, cells in rows:
        values = [(name, cell) for place, (name, cell) in enumerate(zip(names, cells, strict=True)) if place != label]
        while values and not values[-1][1]:
            values.pop()
        row = [number for name, cell in values for number in numbers(file, name, [(line, cell)], gaps=True)]
        if not row:
            raise LabError(f"{file}, line {line:,}: a sequence without values.")
        if not cells[label]:
            raise LabError(f"{file}, line {line:,}, column {names[label]!r}: no label.")
        series.append(as_float32(file, np.array(row)[:, None], ("value",)))
        labels.append(cells[label])
    return Labelled(series, labels, ("value",))


def _long(file: Path) -> Labelled:
    names, rows = read_table(file)
    lower = [name.lower() for name in names]
    label = next(lower.index(name) for name in LABELS if name in lower)
    identity = next(lower.index(name) for name in IDS if name in lower)
    time = next((lower.index(name) for name in TIMES if name in lower), None)
    others = [place for place in range(len(names)) if place not in (label, identity, time)]
    groups: dict[str, list[tuple[int, list[str]]]] = {}
    for line, cells in rows:
        groups.setdefault(cells[identity], []).append((line, cells))
    series: list[NDArray[np.float32]] = []
    labels: list[str] = []
    for key, group in groups.items():
        found = {cells[label] for _, cells in group}
        if len(found) > 1 or "" in found:
            raise LabError(f"{file}: sequence {key!r} has the labels {sorted(found)}; one is expected.")
        if time is not None:
            check_times(file, read_times(file, names[time], group, time), [line for line, _ in group])
        columns = [numbers(file, names[place], [(line, cells[place]) for line, cells in group], gaps=True) for place in others]
        series.append(as_float32(file, np.array(columns).T, [names[place] for place in others]))
        labels.append(found.pop())
    return Labelled(series, labels, tuple(names[place] for place in others))


def _from_npz(file: Path) -> Labelled:
    found = read_npz(file)
    series = next(found[name] for name in ARRAYS if name in found)
    labels = next(found[name] for name in LABELS if name in found)
    if series.dtype.kind not in "fiu" or series.ndim not in (2, 3):
        raise LabError(f"{file}: series is {series.dtype} {list(series.shape)}; numbers [n, t] or [n, t, d] are expected.")
    if len(series) != len(labels) or labels.ndim != 1:
        raise LabError(f"{file}: {len(series):,} sequences and labels {list(labels.shape)}.")
    wide = series if series.ndim == 3 else series[..., None]
    names = tuple(f"value{place + 1}" for place in range(wide.shape[2])) if wide.shape[2] > 1 else ("value",)
    values = as_float32(file, wide.reshape(-1, wide.shape[2]), names).reshape(wide.shape)
    return Labelled(list(values), [str(label) for label in labels.tolist()], names)


def examine(path: Path) -> Examination:
    """Sequences, lengths, classes, gaps; or the first problem of each file."""
    layout = recognise(path) or "nothing"
    data: dict[str, Labelled] = {}
    problems: dict[str, str] = {}
    for name, file in files_of(path).items():
        try:
            data[name] = load(file)
        except LabError as error:
            problems[file.name] = str(error)
    every = [one for part in data.values() for one in part.series]
    if not every:
        return Examination(layout=layout, facts={}, problems=problems, usable=False)
    labels = [label for part in data.values() for label in part.labels]
    lengths = [len(one) for one in every]
    facts = {
        "sequences": f"{len(every):,}",
        "length": f"{min(lengths):,} to {max(lengths):,}" if min(lengths) < max(lengths) else f"{lengths[0]:,}",
        "columns": ", ".join(next(iter(data.values())).names),
        "labels": ", ".join(f"{name} {labels.count(name):,}" for name in _classes(labels)[:20]),
        "gaps": f"{np.mean([np.isnan(one).mean() for one in every]):.1%}",
    }
    if len(data) > 1:
        facts["splits"] = ", ".join(f"{name} {len(data[name].series):,}" for name in SPLITS if name in data)
    advice: list[str] = []
    if len(set(labels)) < 2:
        advice.append("There is one class only; a classifier needs two.")
    usable = not problems and len(every) >= FEWEST
    if len(every) < FEWEST:
        advice.append(f"{len(every)} sequences: at least {FEWEST} are needed.")
    return Examination(
        layout=layout, facts=facts, problems=problems, advice=(*advice, f"Use it: --set data={path}"), usable=usable
    )
