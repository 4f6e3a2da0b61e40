"""The benchmarks of character models. Data only.

test        bits a character of the test texts, with the form and the copied share of as many samples
validation  some texts of the validation split: what chooses the best model
"""

from collections.abc import Mapping
from typing import Any

from lab_core.benchmark import Benchmark
from lab_core.score import Score

COLUMNS = {"form": "form", "copied": "copied", "distinct": "distinct"}
REGISTERED = {  # short name -> data set, title, form of its texts, texts of the test and of a selection
    "austen": ("austen", "Jane Austen's novels", "", 24, 4),
    "tang": ("tang-five", "Tang poems of five-character lines", "verse", 155, 60),
    "c": ("sqlite-c", "C source of SQLite", "brackets", 40, 8),
}


def benchmarks() -> list[Benchmark]:
    """One for each embedded text, and the template for the user's own."""
    found = [
        _benchmark(data, f"{title}: next character", data, form, *counts) for data, title, form, *counts in REGISTERED.values()
    ]
    return [*found, _benchmark("{data}", "{data}: next character", "{data_path}", "", 40, 8)]


def _benchmark(data: str, title: str, source: str, form: str, test: int, validation: int) -> Benchmark:
    parameters: Mapping[str, Any] = {"data": source, "form": form} if form else {"data": source}
    return Benchmark(
        id=f"characters/{data}",
        title=title,
        needs="sample",
        produces="text",
        unit="text",
        score=Score("bits/char", higher_is_better=False, digits=3),
        evaluator="lab_sequences.characters.evaluation:CharacterEvaluator",
        pool="lab_metrics.text.likelihood:bits_per_character",
        protocols={"test": {"count": test, "split": "test"}, "validation": {"count": validation, "split": "validation"}},
        default_protocol="test",
        selection_protocol="validation",
        parameters=parameters,
        columns={name: title for name, title in COLUMNS.items() if form or name != "form"},
        suites=("text",),
    )
