"""The pictures of docs/tabular.md, drawn from a recorded study. Needs Matplotlib (a development dependency)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lab_tabular import kernels, rng
from lab_tabular.config import LearnerConfig
from lab_tabular.maze import load_maze
from lab_tabular.painting import Painter
from lab_tabular.study.exact import soft_values
from lab_tabular.study.experiments import RULES, book
from lab_tabular.study.record import LOST, greedy_walk
from lab_tabular.tables import maze_problem, world
from lab_tabular.tasks import tasks
from lab_tabular.view import View

# Okabe and Ito's colours; the order from good to bad is also the order in which areas are stacked.
_COLOURS = {"clear of traps": "#0072B2", "through a trap": "#E69F00", "undecided": "#D0D0D0", "lost": "#8B3A62"}
_METHODS = {"q-learning": "Q-learning", "sarsa": "SARSA", "expected-sarsa": "Expected SARSA"}
_CLAIMS = {"q-learning-maze": 30, "q-learning-maze-traps": 50, "sarsa-maze": 30}


def draw_all(found: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write every picture and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    plt.rcParams.update({"font.size": 9, "axes.spines.top": False})
    return [
        _outcomes(found, folder / "tabular-outcomes.png"),
        _returns(found, folder / "tabular-returns.png"),
        _long(found, folder / "tabular-long.png"),
        _values(folder / "tabular-values.png"),
    ]


def _grid(found: Mapping[str, Any]) -> tuple[Any, list[tuple[Any, Mapping[str, Any]]]]:
    figure, axes = plt.subplots(2, 3, figsize=(9.2, 4.9), sharex=True, sharey=True, layout="constrained")
    cells = list(zip(axes.flat, found["book"], strict=True))
    for axis, entry in cells:
        method = entry["task"].split("-maze")[0]
        where = "with traps" if entry["task"].endswith("traps") else "plain"
        axis.set_title(f"{_METHODS[method]}, {where}", loc="left", fontsize=9)
    for axis in axes[1]:
        axis.set_xlabel("training episodes")
    return figure, cells


def _outcomes(found: Mapping[str, Any], path: Path) -> Path:
    figure, cells = _grid(found)
    for axis, entry in cells:
        curves = entry["curves"]
        shares = [np.array(curves["shares"][name]) * 100 for name in _COLOURS]
        axis.stackplot(curves["episodes"], shares, colors=list(_COLOURS.values()), labels=list(_COLOURS), linewidth=0)
        axis.set(xlim=(5, 200), ylim=(0, 100))
        claim = _CLAIMS.get(entry["task"])
        if claim:
            axis.axvline(claim, color="black", linestyle="--", linewidth=1.2)
            axis.text(
                claim + 3,
                80 if "traps" in entry["task"] else 50,
                "the source:\nlearnt by now",
                fontsize=8,
                color="black",
                bbox=_PAPER,
            )
    cells[0][0].set_ylabel("share of seeds, %")
    cells[3][0].set_ylabel("share of seeds, %")
    handles, labels = cells[0][0].get_legend_handles_labels()
    figure.legend(handles, [f"greedy walk: {label}" for label in labels], loc="outside lower center", ncols=4, frameon=False)
    return _save(figure, path)


def _returns(found: Mapping[str, Any], path: Path) -> Path:
    figure, cells = _grid(found)
    for axis, entry in cells:
        curves = entry["curves"]
        quantiles = {name: np.array(values) for name, values in curves["return_quantiles"].items()}
        axis.fill_between(curves["episodes"], quantiles["10"], quantiles["90"], color="#0072B2", alpha=0.18, linewidth=0)
        axis.fill_between(curves["episodes"], quantiles["25"], quantiles["75"], color="#0072B2", alpha=0.3, linewidth=0)
        axis.plot(curves["episodes"], quantiles["50"], color="#0072B2", label="median seed (bands: 25-75 %, 10-90 %)")
        axis.plot(curves["episodes"], curves["return_mean"], color="#D55E00", linestyle=":", label="mean of all seeds")
        axis.set(xlim=(5, 200), ylim=(-12, 104))
    cells[0][0].set_ylabel("return of 5 episodes, mean")
    cells[3][0].set_ylabel("return of 5 episodes, mean")
    handles, labels = cells[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    return _save(figure, path)


def _long(found: Mapping[str, Any], path: Path) -> Path:
    changes = list(dict.fromkeys(entry["change"] for entry in found["long"]))
    figure, axes = plt.subplots(1, len(changes), figsize=(9.2, 3.3), sharey=True, layout="constrained")
    for axis, change in zip(axes, changes, strict=True):
        labels, height = [], 0
        for entry in [one for one in found["long"] if one["change"] == change][::-1]:
            for mark in ("20000", "2000", "200"):
                left = 0.0
                for name, colour in _COLOURS.items():
                    share = entry["after"][mark][name]["share"] * 100
                    axis.barh(height, share, left=left, color=colour, height=0.82, label=name if height == 0 else None)
                    left += share
                labels.append(f"{_METHODS[entry['task'].split('-maze')[0]]}, {int(mark):,}")
                height += 1
            height += 0.5
            labels.append("")
        places = [row * 1.0 + 0.5 * (row // 3) for row in range(9)]
        axis.set_yticks(places, [label for label in labels if label])
        axis.set(xlim=(0, 100), xlabel="share of seeds, %")
        axis.set_title({"book": "the source's settings"}.get(change, change), loc="left", fontsize=9)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    return _save(figure, path)


def _values(path: Path) -> Path:
    """Value iteration's table beside two learnt ones: the first seed that ends at its method's most frequent outcome."""
    maze = load_maze("traps")
    problem = maze_problem(maze)
    optimal = np.zeros((maze.cells, 4))
    known = problem.representative >= 0
    optimal[known] = soft_values(problem, 0.9, 0.0)[problem.representative[known]]
    q_learnt, lost = _train("q-learning", wanted=3), _train("sarsa", wanted=LOST)
    panels = (
        ("Value iteration, discount 0.9: through one trap", optimal),
        ("Q-learning, 200 episodes: the detour", q_learnt),
        ("SARSA, 200 episodes: lost", lost),
    )
    painter, margin = Painter(56), 26
    pictures = [painter.paint(View(maze, values=values)) for _, values in panels]
    height, width, _ = pictures[0].shape
    sheet = Image.new("RGB", (width, (height + margin) * len(pictures)), (255, 255, 255))
    pen = ImageDraw.Draw(sheet)
    for row, ((title, _), picture) in enumerate(zip(panels, pictures, strict=True)):
        sheet.paste(Image.fromarray(picture), (0, row * (height + margin) + margin))
        pen.text(
            (2, row * (height + margin) + margin / 2), title, fill=(20, 20, 20), font=ImageFont.load_default(15), anchor="lm"
        )
    sheet.quantize(128).save(path, optimize=True)
    return path


def _train(method: str, wanted: int) -> np.ndarray:
    """The table [cells, 4] of the first seed whose greedy walk ends as ``wanted`` after the book's 200 episodes with traps."""
    task = next(one for one in tasks() if one.method == method and one.settings["maze"] == "traps")
    config: LearnerConfig = book(task)
    problem = maze_problem(load_maze("traps"))
    for seed in range(1000):
        q, visits = np.zeros((problem.observations, problem.actions)), np.zeros((problem.observations, problem.actions), np.int64)
        step = kernels.Step(config.gamma, config.alpha, 0.0, False, True, config.limit())
        before = (RULES[method], q, visits, rng.stream(seed), world(problem.table), step, np.full(config.steps, config.epsilon))
        kernels.run_episodes(*before, np.zeros(config.steps), np.zeros(config.steps, np.int64))
        if greedy_walk(q, problem.table, False, True, config.limit())[0] == wanted:
            return q
    raise AssertionError(f"no seed of {method} ends that way")


def _save(figure: Any, path: Path) -> Path:
    figure.savefig(path, dpi=120, metadata={"Software": None})
    plt.close(figure)
    with Image.open(path) as image:
        image.convert("RGB").quantize(96).save(path, optimize=True)
    return path


_PAPER = {"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1.5}
