"""Scores policies in a maze: how much return, from which starts, in how many moves."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from lab_core.errors import LabError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.model import Act, Model
from lab_tabular.maze import MOVES, Maze, load_maze


class MazeEvaluator(Evaluator):
    """Plays episodes side by side. A protocol says:

    start      "every": the floor cells in an order drawn from the seed, again from the first when all were used; "source": A
    max_steps  an episode is cut off after so many moves
    discount   a score is ``sum discount**t * reward``; 1 is the plain sum that the source prints
    epsilon    share of random actions; 0 scores the policy as it is
    """

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """Score ``count`` episodes. Raises LabError for a model that does not act on this maze's cells."""
        maze = load_maze(self.benchmark.parameters["maze"])
        name, settings = self.benchmark.protocol(protocol)
        policy = fitting(model, maze)
        rng = np.random.default_rng(seed)
        cells = starts(maze, settings, count, rng)
        taken: list[frozenset[int]] = [frozenset()] * count
        running = np.ones(count, bool)
        score, total, length = np.zeros(count), np.zeros(count), np.zeros(count, np.int64)
        memory = policy.start(count)
        for step in range(settings["max_steps"]):
            actions, memory = policy.act(cells, memory, epsilon=settings["epsilon"], rng=rng)
            actions = checked(actions, count)
            for row in np.flatnonzero(running).tolist():
                cell, taken[row], reward, found = maze.move(int(cells[row]), taken[row], int(actions[row]))
                cells[row] = cell
                score[row] += settings["discount"] ** step * reward
                total[row] += reward
                length[row] += 1
                running[row] = not found
            if not running.any():
                break
        if progress is not None:
            progress(count, count, score.tolist())
        return Evaluation(
            benchmark=self.benchmark.id,
            protocol=name,
            settings={**settings, "count": count},
            seed=seed,
            scores=tuple(score.tolist()),
            value=float(score.mean()),
            details={
                "moves": tuple(map(float, length)),
                "total_reward": tuple(total.tolist()),
                "found": tuple(map(float, ~running)),
                "traps": tuple(float(len(one)) for one in taken),
            },
            steps=int(length.sum()),
        )


def fitting(model: Model, maze: Maze) -> Act:
    """The model as a policy for this maze; raises LabError when it sees something else than the maze's cells."""
    wants = getattr(model, "observation", None)
    if not isinstance(model, Act) or not isinstance(wants, Mapping):
        raise LabError("A maze needs a model that acts; this one can't.")
    kind, size = wants.get("kind"), wants.get("n")
    if kind != "discrete" or size != maze.cells:
        seen = f"{kind} observations" + (f" of {size} values" if size is not None else "")
        raise LabError(f"The model wants {seen}; this maze has discrete ones of {maze.cells} values.")
    return model


def starts(maze: Maze, settings: Mapping[str, Any], count: int, rng: np.random.Generator) -> np.ndarray:
    """The first cells int64 [count] of ``count`` episodes under a protocol."""
    if settings["start"] == "source":
        return np.full(count, maze.start, np.int64)
    return np.resize(rng.permutation(np.asarray(maze.floor, np.int64)), count)


def checked(actions: Any, count: int) -> np.ndarray:
    """A model's actions as int64 [count]; raises LabError for anything but whole numbers of the four actions."""
    found = np.asarray(actions)
    if found.shape != (count,) or found.dtype.kind not in "iu" or found.min() < 0 or found.max() >= len(MOVES):
        raise LabError(f"The model acted {found!r}; {count} whole numbers from 0 to {len(MOVES) - 1} are expected.")
    return cast(np.ndarray, found.astype(np.int64))
