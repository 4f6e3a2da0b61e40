"""An environment of one's own: its benchmark, and methods of the lab that learn it."""

from lab_core import Benchmark, Score, Task, hookimpl

lab_interface = 1

ENV = {"env": "lab_windy.envs:Windy-v0"}


@hookimpl
def lab_benchmarks():
    return [
        Benchmark(
            id="windy/grid",
            title="Windy grid",
            needs="act",
            unit="episode",
            score=Score("return", higher_is_better=True, random=-198.6, reference=-15.0, reference_name="optimum", digits=1),
            evaluator="lab_environments.evaluation:EpisodeEvaluator",
            scene="lab_environments.scene:GymScene",
            parameters=ENV,
            protocols={"greedy": {"count": 10, "epsilon": 0.0}},
            default_protocol="greedy",
        )
    ]


@hookimpl
def lab_tasks():
    q_learning = {"smoke": {"steps": 40, "slice_episodes": 10}, "default": {"steps": 2000, "alpha": 0.5, "slice_episodes": 100}}
    return [
        Task(
            id="q-learning-windy",
            title="Q-learning crosses a windy grid",
            family="agents",
            method="q-learning",
            benchmark="windy/grid",
            config="lab_tabular.config:LearnerConfig",
            trainer="lab_tabular.learners:QLearning",
            model="lab_tabular.model:TabularModel",
            settings=ENV,
            presets=q_learning,
            step_unit="episodes",
            deterministic=True,
        )
    ]
