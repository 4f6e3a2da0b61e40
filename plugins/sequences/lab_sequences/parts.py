"""The parts of this plugin: folders, each with ``tasks.py`` (``tasks()``) and ``benchmarks.py`` (``benchmarks()``)."""

from importlib import import_module
from typing import Any

PARTS = ("characters", "classification", "forecasting", "words")


def collect(kind: str) -> list[Any]:
    """Every record of a kind ("tasks" or "benchmarks")."""
    return [record for part in PARTS for record in getattr(import_module(f"lab_sequences.{part}.{kind}"), kind)()]
