"""Trainers of the methods that learn an action value for each pair. The update rules stand in the modules of compiled loops."""

from typing import Any, ClassVar, TypeVar

import numpy as np

from lab_core.context import Context
from lab_core.task import Task
from lab_tabular import double_q, dyna, kernels, monte_carlo, n_step, planning, traces
from lab_tabular.config import DynaConfig, LearnerConfig, MonteCarloConfig, NStepConfig, TraceConfig
from lab_tabular.episodic import TRACES, VISITS, Episodic
from lab_tabular.kernels import Step
from lab_tabular.model import TabularModel

C = TypeVar("C", bound=LearnerConfig)

BACKUPS = {"sarsa": n_step.ON_POLICY, "expected": n_step.EXPECTED, "tree": n_step.TREE}


class Learner(Episodic[C]):
    """Learns action values. Besides what every episodic method reports:

    epsilon         share of random actions in the last episode
    greedy_return   expected plain sum of rewards of the greedy policy from the start, exact
    value_error     root mean square of ``max_a Q - v*``, ``v*`` by value iteration (see ``Problem``)

    The last two need a transition table and are left out where there is none.
    """

    def __init__(self, task: Task, config: C, context: Context) -> None:
        super().__init__(task, config, context)
        problem = self._place.problem
        self._optimum = None if problem is None else planning.optimal_values(problem, config.gamma)

    def model(self) -> TabularModel:
        return TabularModel(
            self.values(),
            numbering=self._place.numbering,
            random_ties=self.config.ties == "random",
            random_when_zero=self.config.random_when_zero,
        )

    def values(self) -> np.ndarray:
        """Action values float64 [observations, actions] as learnt so far."""
        return self._arrays["q"]

    def _rest(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> tuple[Any, ...]:
        c = self.config
        step = Step(c.gamma, c.alpha, c.alpha_decay, c.ties == "random", c.random_when_zero, c.limit())
        return self._random, self._place.world, step, epsilons, returns, lengths

    def _epsilons(self, count: int) -> np.ndarray:
        first = self.config.epsilon
        last = first if self.config.epsilon_final is None else self.config.epsilon_final
        share = np.minimum(np.arange(self._episodes, self._episodes + count) / max(self.config.steps - 1, 1), 1.0)
        return first + (last - first) * share

    def _report(self, epsilons: np.ndarray) -> dict[str, float]:
        problem, found = self._place.problem, {"epsilon": float(epsilons[-1])}
        if problem is None or self._optimum is None:
            return found
        c, q = self.config, self.values()
        policy = planning.greedy_policy(q, random_ties=c.ties == "random", random_when_zero=c.random_when_zero)
        return {
            **found,
            "greedy_return": planning.expected_return(problem, policy, gamma=1.0, horizon=c.limit()),
            "value_error": planning.value_error(problem, q, self._optimum),
        }


class OneStep(Learner[LearnerConfig]):
    """The methods of :mod:`lab_tabular.kernels`; ``rule`` says which."""

    rule: ClassVar[int]

    def _learn(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> None:
        arrays = self._arrays
        self._loop(kernels)(self.rule, arrays["q"], arrays["visits"], *self._rest(epsilons, returns, lengths))


class QLearning(OneStep):
    """Off-policy: values the best next action, whichever is taken (Watkins 1989; Sutton and Barto 6.8)."""

    rule = kernels.Q_LEARNING


class Sarsa(OneStep):
    """On-policy: values the next action that is taken (Rummery and Niranjan 1994; Sutton and Barto 6.7)."""

    rule = kernels.SARSA


class ExpectedSarsa(OneStep):
    """On-policy without the chance of the draw: values the mean over the next actions (Van Seijen 2009; Sutton and Barto 6.9)."""

    rule = kernels.EXPECTED_SARSA


class DoubleQ(Learner[LearnerConfig]):
    """Two tables, each valuing the other's choice (van Hasselt 2010; Sutton and Barto 6.10). The model is their mean."""

    def _fresh(self, shape: tuple[int, int]) -> dict[str, np.ndarray]:
        return super()._fresh((2, *shape))  # pyright: ignore[reportArgumentType]

    def values(self) -> np.ndarray:
        return self._arrays["q"].mean(axis=0)

    def _learn(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> None:
        arrays = self._arrays
        self._loop(double_q)(arrays["q"], arrays["visits"], *self._rest(epsilons, returns, lengths))


class DynaQ(Learner[DynaConfig]):
    """Q-learning that also learns from a model of what it has seen (Sutton 1990; Sutton and Barto, section 8.2)."""

    def _fresh(self, shape: tuple[int, int]) -> dict[str, np.ndarray]:
        return {**super()._fresh(shape), **dyna.empty(shape[0] * shape[1])._asdict()}

    def _learn(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> None:
        arrays = self._arrays
        memory = dyna.Memory(*(arrays[name] for name in dyna.Memory._fields))
        before = (self.config.planning, arrays["q"], arrays["visits"], memory)
        self._loop(dyna)(*before, *self._rest(epsilons, returns, lengths))


class _Traced(Learner[TraceConfig]):
    """The methods of :mod:`lab_tabular.traces`."""

    rule: ClassVar[int]

    def _learn(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> None:
        arrays, c = self._arrays, self.config
        before = (self.rule, TRACES[c.traces], c.trace_lambda, arrays["q"], arrays["visits"])
        self._loop(traces)(*before, *self._rest(epsilons, returns, lengths))


class SarsaLambda(_Traced):
    """SARSA with eligibility traces (Rummery 1995; Sutton and Barto, section 12.7)."""

    rule = kernels.SARSA


class QLambda(_Traced):
    """Watkins's Q(lambda): traces end at an exploring action (Watkins 1989; Sutton and Barto, section 12.10)."""

    rule = kernels.Q_LEARNING


class NStep(Learner[NStepConfig]):
    """n-step SARSA, Expected SARSA and tree backup (Sutton and Barto, chapter 7)."""

    def _learn(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> None:
        arrays, c = self._arrays, self.config
        before = (BACKUPS[c.backup], c.n_step, arrays["q"], arrays["visits"])
        self._loop(n_step)(*before, *self._rest(epsilons, returns, lengths))


class MonteCarlo(Learner[MonteCarloConfig]):
    """Monte Carlo control (Sutton and Barto, sections 5.4 and 5.7)."""

    def _fresh(self, shape: tuple[int, int]) -> dict[str, np.ndarray]:
        return {**super()._fresh(shape), "weights": np.zeros(shape)}

    def _learn(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> None:
        arrays = self._arrays
        before = (VISITS[self.config.learning], arrays["q"], arrays["visits"], arrays["weights"])
        self._loop(monte_carlo)(*before, *self._rest(epsilons, returns, lengths))
