"""The benchmarks of Gymnasium's own environments, and the template for any other. Data only.

Protocol ``greedy``: the policy's best action in every step, the undiscounted sum of raw rewards, 100 episodes; more where 100
would mostly measure luck.

Random anchors were measured, or worked out where an environment shows its transitions; reference anchors are optima where
they are known, else the threshold that Gymnasium registers (``gymnasium.spec(ID).reward_threshold``). Each comes from

    uv run tools/anchors.py [BENCHMARK...]
"""

from typing import Any

from lab_core.benchmark import Benchmark
from lab_core.score import Score

GREEDY: dict[str, Any] = {"count": 100, "epsilon": 0.0}
_OPTIMUM = "optimum"


def gym_benchmarks() -> list[Benchmark]:
    """Every record of this module; ``env/{env}`` serves what has none of its own."""
    return [
        _benchmark(
            "cartpole",
            "CartPole",
            "CartPole-v1",
            # 22.27 +- 0.04 over 100,000 episodes: python -c "import gymnasium; e = gymnasium.make('CartPole-v1');
            # e.reset(seed=0); e.action_space.seed(0); n = 500_000;
            # print(n / sum(any(e.step(e.action_space.sample())[2:4]) and bool(e.reset()) for _ in range(n)))"
            Score("return", random=22.3, reference=500.0, reference_name="longest episode", good=475.0),
        ),
        _benchmark(
            "cartpole-v0",
            "CartPole, 200 steps",
            "CartPole-v0",
            Score("return", random=22.3, reference=200.0, reference_name="longest episode", good=195.0),
        ),
        _benchmark("lunar-lander", "LunarLander", "LunarLander-v3", _threshold(-180.1, 200.0)),  # +- 2.4
        _benchmark(
            "lunar-lander-continuous",
            "LunarLander, continuous",
            "LunarLanderContinuous-v3",
            _threshold(-218.2, 200.0),  # +- 2.9
        ),
        _benchmark("bipedal-walker", "BipedalWalker", "BipedalWalker-v3", _threshold(-99.9, 300.0)),  # +- 0.3
        # +- 6.4; the optimum by backward induction on a grid, then played: +- 1.7
        _benchmark(
            "pendulum", "Pendulum", "Pendulum-v1", Score("return", random=-1239.2, reference=-140.0, reference_name=_OPTIMUM)
        ),
        _benchmark("acrobot", "Acrobot", "Acrobot-v1", _threshold(-498.9, -100.0)),  # +- 0.3
        _benchmark("mountain-car", "MountainCar", "MountainCar-v0", _threshold(-200.0, -110.0)),  # no episode reached the flag
        _benchmark(
            "mountain-car-continuous",
            "MountainCar, continuous",
            "MountainCarContinuous-v0",
            _threshold(-33.1, 90.0),  # +- 0.1
        ),
        # +- 0.1; needs gymnasium[mujoco]
        _benchmark("inverted-pendulum", "InvertedPendulum", "InvertedPendulum-v5", _threshold(5.0, 950.0)),
        # the rest exact, within the cap of steps
        _benchmark("frozen-lake", "FrozenLake", "FrozenLake-v1", _optimum(0.0139, 0.7442, good=0.7), count=1_000),
        _benchmark("frozen-lake-8x8", "FrozenLake 8x8", "FrozenLake8x8-v1", _optimum(0.0019, 0.9132, good=0.85), count=1_000),
        _benchmark("cliff-walking", "CliffWalking", "CliffWalking-v1", _optimum(-9512.1, -13.0, digits=1), max_steps=1_000),
        _benchmark(
            "cliff-walking-slippery",
            "CliffWalking, slippery",
            "CliffWalkingSlippery-v1",
            _optimum(-9512.1, -64.71, digits=1),
            max_steps=1_000,
        ),
        # Gymnasium's threshold of 8 lies above the optimum of 7.93
        _benchmark("taxi", "Taxi", "Taxi-v4", _optimum(-771.09, 7.93, digits=2)),
        _benchmark("blackjack", "Blackjack", "Blackjack-v1", _optimum(-0.3942, -0.0431), count=10_000),
    ]


def benchmark_id(env_id: str) -> str:
    """The leaderboard's column for a full environment id: ``gym/acrobot`` for Acrobot-v1, ``env/ID`` for one without a record.

    A task says ``benchmark="env/{env}"`` with the full id in its field ``env``; the registry then finds the same.
    """
    return next((one.id for one in gym_benchmarks() if one.parameters["env"] == env_id), f"env/{env_id}")


def _threshold(random: float, threshold: float) -> Score:
    return Score("return", random=random, reference=threshold, reference_name="Gymnasium's threshold", good=threshold)


def _optimum(random: float, best: float, *, good: float | None = None, digits: int = 3) -> Score:
    return Score("return", random=random, reference=best, reference_name=_OPTIMUM, good=good, digits=digits)


def _benchmark(name: str, title: str, env: str, score: Score, **settings: Any) -> Benchmark:
    return Benchmark(
        id=f"gym/{name}",
        title=title,
        score=score,
        needs="act",
        evaluator="lab_environments.evaluation:EpisodeEvaluator",
        scene="lab_environments.scene:GymScene",
        protocols={"greedy": {**GREEDY, "max_steps": 100_000, **settings}},
        default_protocol="greedy",
        parameters={"env": env},
    )
