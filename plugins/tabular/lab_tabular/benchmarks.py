"""The benchmarks of the mazes, and of what a policy is worth. Data only."""

from lab_core.benchmark import Benchmark
from lab_core.score import Score

_OPTIMUM = {"reference_name": "optimum", "digits": 2}


def benchmarks() -> list[Benchmark]:
    """The two mazes of the source, the template for a user's own, and the template for values of a policy.

    Both anchors of the mazes are exact expectations of the default protocol, printed by ``python -m lab_tabular.study
    anchors``: the uniformly random policy, and value iteration.
    """
    return [
        _benchmark("maze/plain", "The maze", "plain", Score("return", random=25.146, reference=81.331, **_OPTIMUM), floor=20),
        _benchmark(
            "maze/traps", "The maze with traps", "traps", Score("return", random=24.043, reference=80.138, **_OPTIMUM), floor=18
        ),
        _benchmark("maze/{maze}", "Maze {maze}", "{maze_text}", Score("return", digits=2), floor=60),
        Benchmark(
            id="values/{problem}",
            title="Values of a policy: {problem}",
            needs="act",
            unit="state",
            score=Score("mean error of a value", higher_is_better=False, digits=4),
            evaluator="lab_tabular.judging:ValuesEvaluator",
            parameters={"env": "{env}", "maze": "{maze_text}", "gamma": "{gamma}", "policy_epsilon": "{policy_epsilon}"},
            protocols={"every-state": {"count": 100}},
            default_protocol="every-state",
        ),
    ]


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
