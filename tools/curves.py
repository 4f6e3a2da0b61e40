"""Draw docs/images/breakout-curves.png from the recorded runs on Breakout: score in training and at selections, over
wall time and over agent steps.

uv run tools/curves.py
"""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import msgspec
from matplotlib.axes import Axes

from lab_app.records.record import RecordedRun
from lab_app.records.shipped import changes_to
from lab_core.registry.discovery import discover
from lab_core.registry.registry import Registry

ROOT = Path(__file__).parent.parent
COLOURS = ("#30638e", "#d1495b", "#2a9d8f", "#edae49", "#6a4c93", "#777777", "#8c5e3c")


def main() -> None:
    mpl.use("Agg")
    figure, (by_time, by_steps) = plt.subplots(1, 2, figsize=(10.4, 4.1), dpi=110, layout="constrained", sharey=True)
    paths = sorted(ROOT.glob("plugins/*/results/runs-*-breakout*.json"))
    files = [msgspec.json.decode(path.read_bytes(), type=list[RecordedRun]) for path in paths]
    files = [runs for runs in files if any(one.protocol == "dqn-classic" for one in runs[0].evaluations)]
    registry, _ = discover()
    for colour, runs in zip(COLOURS, files, strict=False):
        for run in runs:
            name = label(run, registry)
            minutes = [seconds / 60 for seconds in run.curve.wall_seconds]
            draw(by_time, run, name, colour, minutes, lambda _, seconds: seconds / 60)
            draw(by_steps, run, name, colour, [step / 1e6 for step in run.curve.step], lambda step, _: step / 1e6)
    for axes in (by_time, by_steps):
        for level, name in ((30.5, "human 30.5"), (82, "the source's best game 82")):
            axes.axhline(level, color="#999999", linewidth=0.8, linestyle="--")
            axes.annotate(name, (0.995, level + 2), xycoords=("axes fraction", "data"), ha="right", color="#666666", fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    by_time.set(xlabel="minutes on 2 cores, which other work shared", ylabel="points a game")
    by_steps.set(xlabel="million agent steps")
    figure.suptitle("line: last 100 training games; dot: 10 games under dqn-classic", fontsize=9, color="#444444")
    by_steps.legend(frameon=False, loc="upper left", fontsize=9)
    figure.savefig(ROOT / "docs/images/breakout-curves.png")


def label(run: RecordedRun, registry: Registry) -> str:
    """A run in the legend: its task and seed, its time limit, and what it changed on top of today's preset."""
    changes = ", ".join(f"{name}={value}" for name, value in sorted(changes_to(run, registry).items()))
    limit = f", {run.budget_seconds / 60:g} minutes" if run.budget_seconds else ""
    return f"{run.task}, seed {run.seed}{limit}" + (f"\n{changes}" if changes else "")


def draw(axes: Axes, run: RecordedRun, name: str, colour: str, at: list[float], place: Callable[[int, float], float]) -> None:
    """Training scores over ``at``, and selections where ``place(step, seconds)`` puts them."""
    known = [(x, score) for x, score in zip(at, run.curve.scalars["score"], strict=True) if score is not None]
    axes.plot(*zip(*known, strict=True), color=colour, linewidth=1.4, label=name)
    if selections := run.selections():
        axes.plot(
            *zip(*((place(step, seconds), score) for step, seconds, score in selections), strict=True), "o", color=colour, ms=4
        )


if __name__ == "__main__":
    main()
