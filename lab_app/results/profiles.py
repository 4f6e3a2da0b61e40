"""Performance profiles: which share of all runs scores above each threshold (Dolan and More 2002; Agarwal et al. 2021)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from lab_app.results import charts, statistics
from lab_app.results.suites import SuiteEntry, SuiteTable
from lab_core.errors import UsageError

_POINTS = 101
_PANELS = 4
_BANDS = 8  # curves whose bands the eye can tell apart
_STYLES = ("-", "--", ":", "-.")


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


def save_profiles(path: Path, suites: Sequence[SuiteTable]) -> list[str]:
    """Draw every row of the protocol with most rows, a panel for each group of comparable rows; returns what is not drawn.

    Raises UsageError without a row or for a name that is no picture's.
    """
    charts.check_path(path)
    by_protocol: dict[str, list[SuiteTable]] = {}
    for table in suites:
        if table.entries:
            by_protocol.setdefault(table.protocol, []).append(table)
    if not by_protocol:
        raise UsageError("There is no completed run with a normalised score, so there is no profile to draw.")

    def rows(tables: Sequence[SuiteTable]) -> int:
        return sum(len(table.entries) for table in tables)

    protocol = max(by_protocol, key=lambda name: rows(by_protocol[name]))
    tables = by_protocol.pop(protocol)
    drawn = tables[:_PANELS]
    figure, panels = charts.new_panels(len(drawn))
    for axes, table in zip(panels, drawn, strict=True):
        _draw(axes, table)
    charts.write_figure(figure, path)
    left = [f"{rows(others)} rows under protocol {name} (--protocol {name})" for name, others in by_protocol.items()]
    if tables[_PANELS:]:
        left.append(f"{rows(tables[_PANELS:])} rows that cover other benchmarks")
    return left


def _draw(axes: Any, table: SuiteTable) -> None:
    found = profiles(table)
    for place, profile in enumerate(found):
        style = _STYLES[place // 10 % len(_STYLES)]
        (line,) = axes.plot(profile.thresholds, profile.share, label=profile.name, color=f"C{place % 10}", linestyle=style)
        if profile.low and profile.high and len(found) <= _BANDS:
            axes.fill_between(profile.thresholds, profile.low, profile.high, color=line.get_color(), alpha=0.2, linewidth=0)
    axes.axvline(1.0, color="grey", linewidth=0.8, linestyle=":")
    axes.set(xlabel="normalised score (0 random, 1 reference)", ylabel="share of runs above it", ylim=(-0.02, 1.02))
    count = len(table.benchmarks)
    over = table.benchmarks[0] if count == 1 else f"{count} benchmarks in common"
    bands = "; bands: 95 %, point by point" if any(one.low for one in found) and len(found) <= _BANDS else ""
    axes.set_title(f"{table.suite}, protocol {table.protocol}, {over}{bands}", fontsize=9)
    axes.legend(frameon=False, fontsize=7 if len(found) > 4 else None)
