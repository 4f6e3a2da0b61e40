"""The scores that commands compare: of the runs folder, and of the recorded runs that came with the plugins."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lab_app.cli.common import registry, say

if TYPE_CHECKING:
    from lab_app.records.shipped import ShippedFile
    from lab_app.results.courses import Course
    from lab_app.results.results import Result

S = TypeVar("S", bound="Result | Course")


def registered_only(scored: "Sequence[S]") -> "list[S]":
    """Those on a registered benchmark. Any other is named: how its scores are ranked and pooled is known to its plugin only."""
    from lab_app.results.results import registered_benchmark

    runs: dict[str, set[str]] = {}
    for one in scored:
        runs.setdefault(one.benchmark, set()).add(one.run)
    gone = {name for name in runs if registered_benchmark(name, registry()) is None}
    for name in sorted(gone):
        count = "1 run" if len(runs[name]) == 1 else f"{len(runs[name])} runs"
        say(f"left out: {count} scored on {name}, a benchmark whose plugin is not installed")
    return [one for one in scored if one.benchmark not in gone]


def results_in(runs_dir: Path, files: "list[ShippedFile]") -> "list[Result]":
    """Every score of the runs folder, and of shipped files."""
    from lab_app.records.shipped import shipped_results
    from lab_app.results.results import stored_results
    from lab_app.runs.store import Store

    stored = stored_results(Store(runs_dir), registry()) if runs_dir.is_dir() else []
    return [*stored, *shipped_results(files, registry())]


def trained_only(results: "Sequence[Result]", runs_dir: Path) -> "list[Result]":
    """The results without those of runs that ended before their first update, which are named: they score no method."""
    from lab_app.results.results import untrained_runs

    untrained = untrained_runs(results, runs_dir, registry())
    for run in sorted(untrained):
        say(f"left out: {run}, which ended before its first update")
    return [one for one in results if one.run not in untrained]


def shipped() -> "list[ShippedFile]":
    from lab_app.records.shipped import shipped_files

    files, problems = shipped_files(registry())
    for problem in problems:
        say(f"shipped results left out: {problem}")
    return files
