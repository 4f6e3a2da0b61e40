"""Performance profiles: which share of all runs scores above each threshold (Dolan and More 2002; Agarwal et al. 2021)."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from lab_app.results import charts, statistics
from lab_app.results.leaderboard import SuiteEntry, SuiteTable
from lab_core.errors import UsageError

_POINTS = 101
_MOST = 8  # curves in one picture that the eye can tell apart


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """``share[i]`` of the runs of a row score above ``thresholds[i]``; ``low`` and ``high`` bound it at 95 %, point by point,
    where the runs can bear it."""

    name: str
    benchmarks: tuple[str, ...]
    thresholds: tuple[float, ...]
    share: tuple[float, ...]
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None


def profiles(table: SuiteTable) -> list[Profile]:
    """The profile of each row, over common thresholds from the lower of 0 and the worst score to the best one."""
    if not table.entries:
        return []
    scores = [score for entry in table.entries for runs in entry.scores.values() for score in runs]
    thresholds = np.linspace(min(0.0, *scores), max(1.0, *scores), _POINTS)
    return [_profile(entry, thresholds) for entry in table.entries]


def _profile(entry: SuiteEntry, thresholds: statistics.Floats) -> Profile:
    bears = statistics.enough([len(runs) for runs in entry.by_task])
    bounds = statistics.profile_band(entry.by_task, thresholds) if bears else None
    return Profile(
        name=label(entry),
        benchmarks=entry.benchmarks,
        thresholds=tuple(thresholds.tolist()),
        share=tuple(statistics.performance_profile(entry.by_task, thresholds).tolist()),
        low=tuple(bounds[0].tolist()) if bounds else None,
        high=tuple(bounds[1].tolist()) if bounds else None,
    )


def label(entry: SuiteEntry) -> str:
    """A row in a few words: method, preset if it isn't the default, who published it."""
    parts = [entry.method, *(() if entry.preset == "default" else (entry.preset,)), f"{entry.budget:,} {entry.step_unit}"]
    return " ".join(parts) + ("" if entry.source == "run" else f" ({entry.source})")


def save_profiles(path: Path, suites: Sequence[SuiteTable]) -> None:
    """Draw the profiles of the first protocol's table; raises UsageError without a row or for a name that is no picture's."""
    charts.check_path(path)
    found = profiles(suites[0]) if suites else []
    if not found:
        raise UsageError("There is no completed run with a normalised score, so there is no profile to draw.")
    figure, axes = charts.new_figure()
    for profile in found[:_MOST]:
        (line,) = axes.plot(profile.thresholds, profile.share, label=f"{profile.name}, {len(profile.benchmarks)} benchmarks")
        if profile.low and profile.high:
            axes.fill_between(profile.thresholds, profile.low, profile.high, color=line.get_color(), alpha=0.2, linewidth=0)
    axes.axvline(1.0, color="grey", linewidth=0.8, linestyle=":")
    axes.set(xlabel="normalised score (0 random, 1 reference)", ylabel="share of runs above it", ylim=(-0.02, 1.02))
    axes.set_title(f"{suites[0].suite}, protocol {suites[0].protocol}; bands: 95 %, point by point", fontsize=10)
    axes.legend(frameon=False)
    charts.write_figure(figure, path)
