"""The pictures of docs/tabular-methods.md: the textbook's figures from a recorded study, and tables that trainings leave."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium
import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from lab_tabular import planning
from lab_tabular.blackjack import SIZES, blackjack_problem
from lab_tabular.study.scores import train
from lab_tabular.study.textbook import LAMBDAS, STEPS
from lab_tabular.tables import from_environment
from lab_tabular.tasks import tasks

_BLUE, _ORANGE, _GREEN, _GREY = "#0072B2", "#E69F00", "#009E73", "#888888"  # Okabe and Ito
_NAMES = {"q-learning": ("Q-learning", _BLUE), "sarsa": ("SARSA", _ORANGE), "expected-sarsa": ("Expected SARSA", _GREEN)}
_ARROWS = {"CliffWalking": ((0, -1), (1, 0), (0, 1), (-1, 0)), "FrozenLake": ((-1, 0), (0, 1), (1, 0), (0, -1))}  # x, y downwards


def draw_all(found: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write every picture and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    return [
        _cliff(found["cliff"], folder / "tabular-cliff.png"),
        _cliff_values(folder / "tabular-cliff-values.png"),
        _bias(found["bias"], folder / "tabular-double-q.png"),
        _dyna(found["dyna"], folder / "tabular-dyna.png"),
        _walk(found["walk"], folder / "tabular-random-walk.png"),
        _lake_values(folder / "tabular-frozenlake.png"),
        _blackjack(folder / "tabular-blackjack.png"),
    ]


def _cliff(found: Mapping[str, Any], path: Path) -> Path:
    figure, axis = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
    for method, (name, colour) in _NAMES.items():
        curve = np.convolve(found[method]["curve"], np.ones(10) / 10, mode="valid")
        axis.plot(np.arange(10, len(curve) + 10), curve, color=colour, label=name, linewidth=1.6)
    axis.axhline(-13, color=_GREY, linestyle="--", linewidth=1)
    axis.text(498, -12, "optimum, without exploring: -13", color="#555555", ha="right", va="bottom")
    axis.set(xlabel="episode", ylabel="return while learning", ylim=(-100, -5), xlim=(0, 500))
    axis.legend(frameon=False, loc="lower right")
    return _save(figure, path)


def _cliff_values(path: Path) -> Path:
    figure, axes = plt.subplots(2, 1, figsize=(6.4, 4.6), layout="constrained")
    image = None
    for axis, task_id in zip(axes, ("q-learning-cliffwalking", "sarsa-cliffwalking"), strict=True):
        q = next(table for seed in range(100) if _arrives(table := _learnt(task_id, "book", seed)))
        values = q.max(axis=1).reshape(4, 12)
        values[3, 1:] = np.nan
        image = axis.imshow(values, cmap="cividis", vmin=-26, vmax=0)
        _walk_arrows(axis, q, 12, _ARROWS["CliffWalking"], start=36, goal=47)
        axis.text(5.5, 3, "the cliff", ha="center", va="center", color="#333333", style="italic")
        axis.text(11, 3, "G", ha="center", va="center", weight="bold")
        axis.text(-0.35, 3.4, "S", ha="left", va="bottom", color="white", weight="bold", fontsize=8)
        name = _NAMES[task_id.split("-cliff")[0]][0]
        axis.set_title(f"{name}: greedy walk and max Q after the book's 500 episodes", loc="left", fontsize=9)
        _bare(axis)
    figure.colorbar(image, ax=axes, shrink=0.8, label="believed return from here")
    return _save(figure, path)


def _arrives(q: np.ndarray) -> bool:
    """Whether the greedy walk along the cliff comes to the goal; with the book's large step size SARSA's often does not."""
    problem = from_environment(gymnasium.make("CliffWalking-v1"))
    policy = planning.greedy_policy(q, random_ties=False)
    return planning.expected_return(problem, policy, gamma=1.0, horizon=100) > -30


def _walk_arrows(axis: Any, q: np.ndarray, width: int, arrows: Any, *, start: int, goal: int) -> None:
    """The greedy walk in bold arrows, the other cells' choices as small ones."""
    on_walk, cell = set(), start
    while cell != goal and cell not in on_walk and len(on_walk) < 60:
        on_walk.add(cell)
        across, down = arrows[int(q[cell].argmax())]
        row, column = divmod(cell, width)
        if not (0 <= row + down < len(q) // width and 0 <= column + across < width):
            break
        cell = (row + down) * width + column + across
    for cell in range(len(q)):
        row, column = divmod(cell, width)
        if np.ptp(q[cell]) == 0 or cell == goal or (row == 3 and column > 0):
            continue
        across, down = arrows[int(q[cell].argmax())]
        size, colour = (0.32, "white") if cell in on_walk else (0.16, "#c8c8c8")
        axis.annotate(
            "",
            (column + across * size, row + down * size),
            (column - across * size, row - down * size),
            arrowprops={
                "arrowstyle": "-|>",
                "color": colour,
                "linewidth": 2 if cell in on_walk else 0.7,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )


def _bias(found: Mapping[str, Any], path: Path) -> Path:
    figure, axis = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    for method, (name, colour) in {"q-learning": ("Q-learning", _BLUE), "double-q": ("Double Q-learning", _ORANGE)}.items():
        left = 100 * np.array(found[method]["left"])
        axis.plot(np.arange(1, len(left) + 1), left, color=colour, label=name, linewidth=1.4)
    axis.axhline(5, color=_GREY, linestyle="--", linewidth=1, label="optimal: exploration alone")
    axis.set(xlabel="episode", ylabel="episodes that go left, %", ylim=(0, 100), xlim=(0, 300))
    axis.legend(frameon=False, loc="upper right")
    return _save(figure, path)


def _dyna(found: Mapping[str, Any], path: Path) -> Path:
    figure, axis = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    for (planned, entry), colour in zip(found.items(), (_BLUE, _ORANGE, _GREEN), strict=True):
        label = "no planning (Q-learning)" if planned == "0" else f"{planned} planning updates a step"
        axis.plot(np.arange(2, 51), entry["steps"][1:], color=colour, label=label, linewidth=1.6)
    axis.axhline(14, color=_GREY, linestyle="--", linewidth=1, label="shortest way: 14")
    axis.set(xlabel="episode (the first is not shown)", ylabel="steps to the goal", ylim=(0, 800), xlim=(1, 50))
    axis.legend(frameon=False, loc="upper right")
    return _save(figure, path)


def _walk(found: Mapping[str, Any], path: Path) -> Path:
    figure, axes = plt.subplots(1, 2, figsize=(9.2, 3.6), sharey=True, layout="constrained")
    for axis, title, names in (
        (axes[0], "n-step TD", [f"n={n}" for n in STEPS]),
        (axes[1], "TD(lambda), accumulating traces", [f"lambda={fade:g}" for fade in LAMBDAS[:-1]]),  # lambda 1 lies above
    ):
        for name, colour in zip(names, plt.get_cmap("viridis")(np.linspace(0, 0.9, len(names))), strict=True):
            axis.plot(found["alphas"], np.minimum(found[name], 0.6), color=colour, label=name, linewidth=1.5)
        axis.set(xlabel="step size alpha", ylim=(0.2, 0.56), xlim=(0, 1))
        axis.set_title(title, loc="left", fontsize=9)
        axis.legend(frameon=False, fontsize=8, ncols=2, loc="lower right")
    axes[0].set_ylabel("error over the first 10 episodes")
    return _save(figure, path)


def _lake_values(path: Path) -> Path:
    ice = "SFFFFHFHFFFHHFFG"
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.5), layout="constrained")
    image = None
    panels = (("Q-learning, 50,000 episodes", "q-learning-frozenlake"), ("value iteration", "value-iteration"))
    for axis, (title, task_id) in zip(axes, panels, strict=True):
        q = _learnt(task_id, "default")
        values = q.max(axis=1)
        image = axis.imshow(values.reshape(4, 4), cmap="cividis", vmin=0, vmax=1)
        for cell, letter in enumerate(ice):
            row, column = divmod(cell, 4)
            if letter in "HG":
                axis.text(column, row, "hole" if letter == "H" else "goal", ha="center", va="center", color="white", fontsize=8)
                continue
            ink = "black" if values[cell] > 0.6 else "white"
            axis.text(column, row + 0.36, f"{values[cell]:.2f}", ha="center", va="center", color=ink, fontsize=8)
            across, down = _ARROWS["FrozenLake"][int(q[cell].argmax())]
            axis.annotate(
                "",
                (column + across * 0.24, row - 0.08 + down * 0.24),
                (column - across * 0.24, row - 0.08 - down * 0.24),
                arrowprops={"arrowstyle": "-|>", "color": ink, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0},
            )
        axis.set_title(title, loc="left", fontsize=9)
        _bare(axis)
    figure.colorbar(image, ax=axes, shrink=0.8, label="max Q")
    return _save(figure, path)


def _blackjack(path: Path) -> Path:
    problem = blackjack_problem(sab=True)
    optimum = planning.optimal_values(problem, 1.0)
    best = planning.observed(problem, planning.action_values(problem.table, 2, 1.0, optimum))
    tables = (("Monte Carlo, 10 million games", _learnt("monte-carlo-blackjack", "default")), ("exact", best))
    figure, axes = plt.subplots(2, 2, figsize=(7.6, 6.2), sharex=True, layout="constrained")
    image = None
    for row, (title, q) in zip(axes, tables, strict=True):
        for axis, ace in zip(row, (0, 1), strict=True):
            cards = q.reshape(*SIZES, 2)[11:22, 1:11, ace].copy()  # [sum, card shown, action]
            if ace:
                cards = cards[1:]
            low = 12 if ace else 11
            values = cards.max(axis=2)
            values[(cards == 0).all(axis=2)] = np.nan  # 21 with an ace in the exact table: no value of its own
            image = axis.imshow(
                values, origin="lower", extent=(0.5, 10.5, low - 0.5, 21.5), aspect="auto", cmap="RdBu", vmin=-1, vmax=1
            )
            stick = cards[..., 0] >= cards[..., 1]
            for column in range(10):
                total = low + int(np.argmax(stick[:, column])) if stick[:, column].any() else 22
                axis.plot([column + 0.5, column + 1.5], [total - 0.5] * 2, color="black", linewidth=2)
            axis.set_title(f"{title}, {'usable ace' if ace else 'no usable ace'}", loc="left", fontsize=9)
            axis.set_xticks(range(1, 11), ["A", *map(str, range(2, 11))])
    for axis in axes[1]:
        axis.set_xlabel("dealer shows")
    for axis in axes[:, 0]:
        axis.set_ylabel("player's sum: stick above the line")
    figure.colorbar(image, ax=axes, shrink=0.7, label="value of the hand")
    return _save(figure, path)


def _learnt(task_id: str, preset: str, seed: int = 0) -> np.ndarray:
    """The table float64 [observations, actions] that a task leaves."""
    task = next(one for one in tasks() if one.id == task_id)
    return train(task, preset, seed).model().values.copy()  # pyright: ignore[reportAttributeAccessIssue]


def _bare(axis: Any) -> None:
    axis.set_xticks([])
    axis.set_yticks([])
    for spine in axis.spines.values():
        spine.set_visible(False)


def _save(figure: Any, path: Path) -> Path:
    figure.savefig(path, dpi=120, metadata={"Software": None})
    plt.close(figure)
    with Image.open(path) as image:
        image.convert("RGB").quantize(160).save(path, optimize=True)
    return path
