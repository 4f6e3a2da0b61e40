"""Which experiments the study runs, and what of them is kept."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lab_core.config import from_dict
from lab_core.task import Task
from lab_tabular import kernels
from lab_tabular.config import LearnerConfig
from lab_tabular.study.record import CLEAR, LOST, OUTCOMES, THROUGH, Recording, record
from lab_tabular.tasks import tasks

RULES = {"q-learning": kernels.Q_LEARNING, "sarsa": kernels.SARSA, "expected-sarsa": kernels.EXPECTED_SARSA}
BOOK_EPISODES = 200
LONG = (200, 2_000, 20_000)

# Each changes one thing of the book's settings on the maze with traps.
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "book": {},
    "max_steps=30": {"max_steps": 30},
    "max_steps=50": {"max_steps": 50},
    "ties=random": {"ties": "random"},
    "random_when_zero=false": {"random_when_zero": False},
    "epsilon=0.3": {"epsilon": 0.3},
    "gamma=0.99": {"gamma": 0.99},
}
LONG_VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "book": {},
    "epsilon=0.3": {"epsilon": 0.3},
    "epsilon=0.3 gamma=0.99": {"epsilon": 0.3, "gamma": 0.99},
}


def run_study(seeds: int, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Every experiment as plain data: book settings on both mazes, one change at a time, long trainings."""
    learners = [task for task in tasks() if task.method in RULES and "maze" in task.tags]
    traps = [task for task in learners if task.settings["maze"] == "traps"]
    every = list(range(1, BOOK_EPISODES + 1))
    found: dict[str, Any] = {"seeds": seeds, "outcomes": list(OUTCOMES), "book": [], "variants": [], "long": []}
    for task in learners:
        say(f"{task.id}: book, {seeds} seeds")
        found["book"].append(_entry(task, {}, record(RULES[task.method], book(task), every, seeds), curves=True))
    for name, changes in VARIANTS.items():
        for task in traps:
            say(f"{task.id}: {name}, {seeds} seeds")
            found["variants"].append(
                {"change": name, **_entry(task, changes, record(RULES[task.method], book(task, changes), every, seeds))}
            )
    for name, changes in LONG_VARIANTS.items():
        for task in traps:
            say(f"{task.id}: {name}, {LONG[-1]:,} episodes, {seeds} seeds")
            found["long"].append(
                {"change": name, **_entry(task, changes, record(RULES[task.method], book(task, changes), LONG, seeds))}
            )
    return found


def book(task: Task, changes: Mapping[str, Any] | None = None) -> LearnerConfig:
    """A task's book settings with changes on top."""
    return from_dict(LearnerConfig, {**task.preset("book"), **(changes or {})})


def interval(hits: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z = 1.959964
    middle = (hits + z * z / 2) / (count + z * z)
    half = z / (count + z * z) * math.sqrt(hits * (count - hits) / count + z * z / 4)
    return max(0.0, middle - half), min(1.0, middle + half)


def _entry(task: Task, changes: Mapping[str, Any], recording: Recording, *, curves: bool = False) -> dict[str, Any]:
    config = book(task, changes)
    marks = recording.checkpoints.tolist()
    shown = [mark for mark in (20, 30, 50, 100, *LONG) if mark in marks]
    reached = recording.outcome >= THROUGH
    entry = {
        "task": task.id,
        "settings": {
            name: getattr(config, name) for name in ("alpha", "gamma", "epsilon", "max_steps", "ties", "random_when_zero")
        },
        "after": {str(mark): _after(recording, marks.index(mark)) for mark in shown},
    }
    if marks[0] == 1:
        entry["reaches_first"] = _quantiles(_first(reached))
        entry["reaches_from_then_on"] = _quantiles(_settled(reached))
        entry["clear_from_then_on"] = _quantiles(_settled(recording.outcome == CLEAR))
    if curves:
        entry["curves"] = _curves(recording)
    return entry


def _after(recording: Recording, column: int) -> dict[str, Any]:
    outcome, moves = recording.outcome[:, column], recording.moves[:, column]
    count = len(outcome)
    kept: dict[str, Any] = {}
    for code, name in enumerate(OUTCOMES):
        hits = int((outcome == code).sum())
        low, high = interval(hits, count)
        kept[name] = {"share": round(hits / count, 4), "low": round(low, 4), "high": round(high, 4)}
    reached = outcome >= THROUGH
    kept["reached"] = round(float(reached.mean()), 4)
    kept["in_6_moves"] = round(float((reached & (moves == 6)).mean()), 4)
    kept["clear_in_8_moves"] = round(float(((outcome == CLEAR) & (moves == 8)).mean()), 4)
    kept["lost_standing_still"] = round(float(((outcome == LOST) & recording.still[:, column]).mean()), 4)
    kept["cells_all_zero"] = round(float(recording.blank[:, column].mean()), 4)
    kept["training_return"] = round(float(recording.returns[:, column].mean()), 2)
    return kept


def _first(reached: np.ndarray) -> np.ndarray:
    """The first episode after which it holds, float [seeds]; infinite if never."""
    return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.inf)


def _settled(reached: np.ndarray) -> np.ndarray:
    """The episode from which on it holds to the end, float [seeds]; infinite if it does not hold at the end."""
    last_miss = np.where((~reached).any(axis=1), reached.shape[1] - (~reached)[:, ::-1].argmax(axis=1), 0)
    return np.where(reached[:, -1], last_miss + 1.0, np.inf)


def _quantiles(values: np.ndarray) -> dict[str, float | None]:
    """Quantiles over seeds; None where that share of the seeds never came to it."""
    ordered = np.sort(values)
    kept = {}
    for percent in (10, 25, 50, 75, 90):
        value = float(ordered[min(len(ordered) - 1, math.ceil(percent / 100 * len(ordered)) - 1)])
        kept[str(percent)] = None if math.isinf(value) else value
    return kept


def _curves(recording: Recording, block: int = 5) -> dict[str, Any]:
    """Shares of outcomes at every 5th episode; quantiles over seeds of the mean training return of each 5 episodes."""
    outcome = recording.outcome[:, block - 1 :: block]
    returns = recording.returns.reshape(len(outcome), -1, block).mean(axis=2)
    percents = (10, 25, 50, 75, 90)
    return {
        "episodes": recording.checkpoints[block - 1 :: block].tolist(),
        "shares": {name: np.round((outcome == code).mean(axis=0), 4).tolist() for code, name in enumerate(OUTCOMES)},
        "return_mean": np.round(returns.mean(axis=0), 2).tolist(),
        "return_quantiles": {str(percent): np.round(np.percentile(returns, percent, axis=0), 2).tolist() for percent in percents},
    }
