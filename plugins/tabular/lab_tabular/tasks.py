"""The records: every method by its name, for any environment, and the pairs that are well known."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task

# Scored on what the config's `benchmark` says; `env` and `maze` are named (and left out again) as the settings behind it.
_BENCHMARK = "{benchmark}{env:.0}{maze:.0}"

_BOOK: Mapping[str, Any] = {
    "steps": 200,
    "alpha": 0.1,
    "gamma": 0.9,
    "epsilon": 0.1,
    "epsilon_final": None,
    "ties": "first",
    "random_when_zero": True,
    "slice_episodes": 10,
}
_SMOKE: Mapping[str, Any] = {"steps": 40, "slice_episodes": 10}

# What learns FrozenLake, Taxi and CliffWalking alike: enough exploring for the first, enough episodes for the second.
_ANY: Mapping[str, Any] = {
    "env": "FrozenLake",
    "gamma": 0.99,
    "steps": 50_000,
    "alpha": 0.5,
    "alpha_decay": 0.6,
    "epsilon_final": 0.05,
    "slice_episodes": 500,
}
# On-policy values of the first, random episodes have to be unlearnt: step sizes stay larger.
_ON_POLICY: Mapping[str, Any] = {"alpha_decay": 0.3}
_AVERAGE: Mapping[str, Any] = {"alpha": 1.0, "alpha_decay": 1.0}
_SMALL: Mapping[str, Any] = {"alpha": 0.2, "alpha_decay": 0.2}  # several steps scatter more

# method: title, trainer, config, settings on top of `_ANY`, source
_LEARNERS: Mapping[str, tuple[str, str, str, Mapping[str, Any], str]] = {
    "q-learning": ("Q-learning", "QLearning", "LearnerConfig", {}, "Watkins 1989; Sutton and Barto (2018), section 6.5"),
    "sarsa": ("SARSA", "Sarsa", "LearnerConfig", _ON_POLICY, "Rummery and Niranjan 1994; Sutton and Barto (2018), section 6.4"),
    "expected-sarsa": (
        "Expected SARSA",
        "ExpectedSarsa",
        "LearnerConfig",
        _ON_POLICY,
        "Van Seijen et al. 2009; Sutton and Barto (2018), section 6.6",
    ),
    "double-q": (
        "Double Q-learning",
        "DoubleQ",
        "LearnerConfig",
        {},
        "van Hasselt 2010; Sutton and Barto (2018), section 6.7",
    ),
    "dyna-q": ("Dyna-Q", "DynaQ", "DynaConfig", {}, "Sutton 1990; Sutton and Barto (2018), section 8.2"),
    "n-step-sarsa": ("n-step SARSA", "NStep", "NStepConfig", _SMALL, "Sutton and Barto (2018), sections 7.2 and 7.3"),
    "tree-backup": (
        "n-step tree backup",
        "NStep",
        "NStepConfig",
        {"backup": "tree"},
        "Precup, Sutton and Singh 2000; Sutton and Barto (2018), section 7.5",
    ),
    "sarsa-lambda": (
        "Sarsa(lambda)",
        "SarsaLambda",
        "TraceConfig",
        _SMALL,
        "Rummery 1995; Sutton and Barto (2018), section 12.7",
    ),
    "q-lambda": ("Watkins's Q(lambda)", "QLambda", "TraceConfig", {}, "Watkins 1989; Sutton and Barto (2018), section 12.10"),
    "monte-carlo": (
        "Monte Carlo control",
        "MonteCarlo",
        "MonteCarloConfig",
        {"alpha": 1.0, "alpha_decay": 0.5, "steps": 200_000, "slice_episodes": 2000},
        "Sutton and Barto (2018), section 5.4",
    ),
    "monte-carlo-off-policy": (
        "Off-policy Monte Carlo",
        "MonteCarlo",
        "MonteCarloConfig",
        {"env": "Blackjack", "gamma": 1.0, "steps": 2_000_000, "epsilon": 0.5, "epsilon_final": 0.1, "slice_episodes": 20_000}
        | {**_AVERAGE, "learning": "off-policy"},
        "Precup, Sutton and Singh 2000; Sutton and Barto (2018), section 5.7",
    ),
}

# method: title, trainer, config, settings, source
_PREDICTORS: Mapping[str, tuple[str, str, str, Mapping[str, Any], str]] = {
    "td-prediction": (
        "TD(0) values a policy",
        "Td",
        "PredictionConfig",
        {},
        "Sutton 1988; Sutton and Barto (2018), section 6.1",
    ),
    "td-lambda": (
        "TD(lambda) values a policy",
        "TdLambda",
        "TdLambdaConfig",
        {},
        "Sutton 1988; Sutton and Barto (2018), section 12.2",
    ),
    "n-step-td": ("n-step TD values a policy", "NStepTd", "NStepTdConfig", {}, "Sutton and Barto (2018), section 7.1"),
    "monte-carlo-prediction": (
        "Monte Carlo values a policy",
        "MonteCarloPrediction",
        "MonteCarloPredictionConfig",
        _AVERAGE,
        "Sutton and Barto (2018), section 5.1",
    ),
}
_VALUED: Mapping[str, Any] = {
    "env": "FrozenLake",
    "gamma": 0.99,
    "steps": 50_000,
    "alpha": 0.5,
    "alpha_decay": 0.7,
    "slice_episodes": 500,
}

_PLANNERS: Mapping[str, tuple[str, str, str, str, str]] = {
    "value-iteration": (
        "Value iteration",
        "ValueIteration",
        "PlannerConfig",
        "sweeps",
        "Bellman 1957; Sutton and Barto (2018), section 4.4",
    ),
    "policy-iteration": (
        "Policy iteration",
        "PolicyIteration",
        "PolicyIterationConfig",
        "improvements",
        "Howard 1960; Sutton and Barto (2018), section 4.3",
    ),
}

_MAZES = {"plain": ("", "the maze"), "traps": ("-traps", "the maze with traps")}

# Small pairs of the field. id: method, what it does, settings of `default`, settings of `book` if the book has them
_PAIRS: Mapping[str, tuple[str, str, Mapping[str, Any], Mapping[str, Any] | None]] = {
    "dyna-q-maze": (
        "dyna-q",
        "Dyna-Q plans its way to the treasure",
        {"steps": 500, "alpha": 0.5, "gamma": 0.95, "epsilon": 0.5, "epsilon_final": None, "planning": 50, "slice_episodes": 10}
        | {"env": "maze", "maze": "traps", "alpha_decay": 0.0, "max_steps": 200},
        None,
    ),
    "q-learning-frozenlake": ("q-learning", "Q-learning crosses the ice", {"env": "FrozenLake"}, None),
    "q-learning-taxi": ("q-learning", "Q-learning drives a taxi", {"env": "Taxi"}, None),
    "q-learning-cliffwalking": (
        "q-learning",
        "Q-learning walks along the cliff",
        {"env": "CliffWalking"},
        {"steps": 500},
    ),
    "sarsa-cliffwalking": ("sarsa", "SARSA keeps away from the cliff", {"env": "CliffWalking"}, {"steps": 500}),
    "monte-carlo-blackjack": (
        "monte-carlo",
        "Monte Carlo learns to play Blackjack",
        {"env": "Blackjack", "gamma": 1.0, "steps": 10_000_000, "epsilon": 0.1, "epsilon_final": None, "slice_episodes": 100_000}
        | _AVERAGE,
        None,
    ),
}
_CLIFF_BOOK: Mapping[str, Any] = {"alpha": 0.5, "alpha_decay": 0.0, "gamma": 1.0, "epsilon": 0.1, "epsilon_final": None}


def tasks() -> list[Task]:
    """Every tabular task: the mazes, the well-known pairs, then every method for any environment."""
    return [*_mazes(), *_pairs(), *_methods()]


def _mazes() -> list[Task]:
    records: list[Task] = []
    for maze, (suffix, where) in _MAZES.items():
        for method, moves in (("q-learning", 30), ("sarsa", 50), ("expected-sarsa", 30)):
            title = f"{_LEARNERS[method][0]} finds the treasure in {where}"
            presets = {"smoke": _SMOKE, "default": {}, "book": {**_BOOK, "max_steps": moves}}
            records.append(_task(f"{method}-maze{suffix}", method, title, {"maze": maze}, presets, ("maze",)))
        title = f"Value iteration solves {where} exactly"
        presets = {"smoke": {"steps": 6}, "default": {}}
        records.append(_task(f"value-iteration-maze{suffix}", "value-iteration", title, {"maze": maze}, presets, ("maze",)))
    return records


def _pairs() -> list[Task]:
    records: list[Task] = []
    for id_, (method, title, settings, book) in _PAIRS.items():
        where = {name: settings[name] for name in ("env", "maze") if name in settings}
        default = {**_ANY, **_LEARNERS[method][3], **settings}
        presets = {"smoke": {**default, **_SMOKE}, "default": default}
        if book is not None:
            presets["book"] = {**default, **_CLIFF_BOOK, "slice_episodes": 10, **book}
        records.append(_task(id_, method, title, where, presets, ()))
    return records


def _methods() -> list[Task]:
    records: list[Task] = []
    for method, (title, _, _, settings, _) in _LEARNERS.items():
        default = {**_ANY, **settings}
        presets = {"smoke": {**default, **_SMOKE}, "default": default}
        records.append(_task(method, method, f"{title} on any environment", {}, presets, (), parameter="env"))
    for method, (title, *_) in _PLANNERS.items():
        settings = {"env": "FrozenLake", "gamma": 0.99}
        presets = {"smoke": {**settings, "steps": 6}, "default": settings}
        records.append(_task(method, method, f"{title} on any environment", {}, presets, (), parameter="env"))
    for method, (title, trainer, config, settings, source) in _PREDICTORS.items():
        default = {**_VALUED, **settings}
        records.append(
            Task(
                id=method,
                title=title,
                family="tabular",
                method=method,
                benchmark="values/{problem}",
                config=f"lab_tabular.config:{config}",
                trainer=f"lab_tabular.predictors:{trainer}",
                model="lab_tabular.values_model:ValuesModel",
                presets={"smoke": {**default, **_SMOKE}, "default": default},
                step_unit="episodes",
                deterministic=True,
                source=source,
                parameter="env",
                tags=("tabular", "prediction"),
            )
        )
    return records


def _task(
    id_: str,
    method: str,
    title: str,
    settings: Mapping[str, Any],
    presets: dict[str, Mapping[str, Any]],
    tags: tuple[str, ...],
    *,
    parameter: str = "",
) -> Task:
    """A task of a learner or of a planner."""
    if method in _LEARNERS:
        _, trainer, config, _, source = _LEARNERS[method]
        module, unit = "learners", "episodes"
    else:
        _, trainer, config, unit, source = _PLANNERS[method]
        module, tags = "planner", (*tags, "planning")
    return Task(
        id=id_,
        title=title,
        family="tabular",
        method=method,
        benchmark=_BENCHMARK,
        config=f"lab_tabular.config:{config}",
        trainer=f"lab_tabular.{module}:{trainer}",
        model="lab_tabular.model:TabularModel",
        settings=settings,
        presets=presets,
        step_unit=unit,
        deterministic=True,
        source=source,
        parameter=parameter,
        tags=("tabular", *tags),
    )
