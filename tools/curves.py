"""Draw docs/images/dqn-breakout.png from the recorded run: score in training and at each selection, over wall time.

uv run tools/curves.py
"""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import msgspec

from lab_core.publish import PublishedRun

ROOT = Path(__file__).parent.parent


def main() -> None:
    mpl.use("Agg")
    (run,) = msgspec.json.decode((ROOT / "plugins/dqn/results/runs-dqn-breakout.json").read_bytes(), type=list[PublishedRun])
    curve = run.curve
    minutes = [seconds / 60 for seconds in curve.wall_seconds]
    known = [(at, score) for at, score in zip(minutes, curve.scalars["score"], strict=True) if score is not None]
    figure, axes = plt.subplots(figsize=(7, 3.6), dpi=110, layout="constrained")
    axes.plot(*zip(*known, strict=True), color="#d1495b", label="mean of the last 100 training games")
    at, scores = zip(*((seconds / 60, score) for _, seconds, score in run.selections()), strict=True)
    axes.plot(at, scores, "o", color="#30638e", label="selection, 10 games under dqn-classic")
    axes.axhline(30.5, color="#888888", linewidth=1, linestyle="--")
    axes.annotate("human 30.5", (0, 32), color="#666666", fontsize=9)
    axes.set(xlabel="minutes on 2 cores", ylabel="points a game", title="dqn-breakout, default, seed 0")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(0.0, 0.93))
    figure.savefig(ROOT / "docs/images/dqn-breakout.png")


if __name__ == "__main__":
    main()
