"""The records: four methods on two mazes, and the benchmarks that they are scored on."""

from lab_core.benchmark import Benchmark
from lab_core.score import Score
from lab_core.task import Task

_BOOK = {
    "steps": 200,
    "alpha": 0.1,
    "gamma": 0.9,
    "epsilon": 0.1,
    "epsilon_final": None,
    "ties": "first",
    "random_when_zero": True,
    "slice_episodes": 10,
}
_SMOKE = {"steps": 40, "slice_episodes": 10}

# method: title, trainer, its own book settings, source
_LEARNERS = {
    "q-learning": ("Q-learning", "QLearning", {"max_steps": 30}, "Watkins 1989; Sutton and Barto (2018), section 6.5"),
    "sarsa": ("SARSA", "Sarsa", {"max_steps": 50}, "Rummery and Niranjan 1994; Sutton and Barto (2018), section 6.4"),
    "expected-sarsa": (
        "Expected SARSA",
        "ExpectedSarsa",
        {"max_steps": 30},
        "Van Seijen et al. 2009; Sutton and Barto (2018), section 6.6",
    ),
}
_MAZES = {"plain": ("", "the maze"), "traps": ("-traps", "the maze with traps")}


def tasks() -> list[Task]:
    """Every tabular task."""
    records: list[Task] = []
    for maze, (suffix, where) in _MAZES.items():
        for method, (title, trainer, book, source) in _LEARNERS.items():
            records.append(
                Task(
                    id=f"{method}-maze{suffix}",
                    title=f"{title} finds the treasure in {where}",
                    family="agents",
                    method=method,
                    benchmark="maze/{maze}",
                    config="lab_tabular.config:LearnerConfig",
                    trainer=f"lab_tabular.learners:{trainer}",
                    model="lab_tabular.model:TabularModel",
                    settings={"maze": maze},
                    presets={"smoke": _SMOKE, "default": {}, "book": {**_BOOK, **book}},
                    step_unit="episodes",
                    deterministic=True,
                    source=source,
                    tags=("tabular", "maze"),
                )
            )
        records.append(
            Task(
                id=f"value-iteration-maze{suffix}",
                title=f"Value iteration solves {where} exactly",
                family="agents",
                method="value-iteration",
                benchmark="maze/{maze}",
                config="lab_tabular.config:PlannerConfig",
                trainer="lab_tabular.planner:ValueIteration",
                model="lab_tabular.model:TabularModel",
                settings={"maze": maze},
                presets={"smoke": {"steps": 6}, "default": {}},
                step_unit="sweeps",
                deterministic=True,
                source="Bellman 1957; Sutton and Barto (2018), section 4.4",
                tags=("tabular", "maze", "planning"),
            )
        )
    return records


def benchmarks() -> list[Benchmark]:
    """The two mazes of the source and the template for a user's own.

    Both anchors are exact expectations of the default protocol, printed by ``python -m lab_tabular.study anchors``: the
    uniformly random policy, and value iteration.
    """
    return [
        _benchmark("maze/plain", "The maze", "plain", Score("return", random=25.146, reference=81.331, **_OPTIMUM), floor=20),
        _benchmark(
            "maze/traps", "The maze with traps", "traps", Score("return", random=24.043, reference=80.138, **_OPTIMUM), floor=18
        ),
        _benchmark("maze/{maze}", "Maze {maze}", "{maze_text}", Score("return", digits=2), floor=60),
    ]


_OPTIMUM = {"reference_name": "optimum", "digits": 2}


def _benchmark(id_: str, title: str, maze: str, score: Score, *, floor: int) -> Benchmark:
    every = {"count": floor, "start": "every", "max_steps": 30, "discount": 0.9, "epsilon": 0.0}
    return Benchmark(
        id=id_,
        title=title,
        needs="act",
        score=score,
        evaluator="lab_tabular.evaluation:MazeEvaluator",
        scene="lab_tabular.scene:MazeScene",
        parameters={"maze": maze},
        protocols={"every-start": every, "source-start": {**every, "count": 1, "start": "source", "discount": 1.0}},
        default_protocol="every-start",
        suites=("mazes",) if "{" not in id_ else (),
    )
