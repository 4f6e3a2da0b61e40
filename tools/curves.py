"""Draw docs/images/breakout-curves.png from the recorded runs on Breakout: score in training and at selections, over wall time.

uv run tools/curves.py
"""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import msgspec

from lab_core.publish import PublishedRun

ROOT = Path(__file__).parent.parent
COLOURS = ("#30638e", "#d1495b", "#2a9d8f", "#edae49", "#6a4c93", "#777777")


def main() -> None:
    mpl.use("Agg")
    figure, axes = plt.subplots(figsize=(7.4, 3.9), dpi=110, layout="constrained")
    paths = sorted(ROOT.glob("plugins/*/results/runs-*-breakout*.json"))
    for colour, path in zip(COLOURS, paths, strict=False):
        for run in msgspec.json.decode(path.read_bytes(), type=list[PublishedRun]):
            minutes = [seconds / 60 for seconds in run.curve.wall_seconds]
            scores = run.curve.scalars["score"]
            known = [(at, score) for at, score in zip(minutes, scores, strict=True) if score is not None]
            name = f"{run.task}, seed {run.seed}" + (f", {run.budget_seconds / 60:g} minutes" if run.budget_seconds else "")
            axes.plot(*zip(*known, strict=True), color=colour, linewidth=1.4, label=name)
            if selections := run.selections():
                axes.plot(
                    *zip(*((seconds / 60, score) for _, seconds, score in selections), strict=True), "o", color=colour, ms=4
                )
    for level, name in ((30.5, "human 30.5"), (82, "the source's best game 82")):
        axes.axhline(level, color="#999999", linewidth=0.8, linestyle="--")
        axes.annotate(name, (0.995, level + 2), xycoords=("axes fraction", "data"), ha="right", color="#666666", fontsize=8)
    axes.set(xlabel="minutes on 2 cores, which other work shared", ylabel="points a game")
    axes.set_title("line: last 100 training games; dot: 10 games under dqn-classic", fontsize=9, color="#444444")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left")
    figure.savefig(ROOT / "docs/images/breakout-curves.png")


if __name__ == "__main__":
    main()
