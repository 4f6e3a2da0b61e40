"""Trainers of the methods that learn what a given policy is worth: TD(0), TD(lambda), n-step TD and Monte Carlo prediction."""

from typing import Any, TypeVar

import numpy as np

from lab_core.context import Context
from lab_core.task import Task
from lab_tabular import kernels, monte_carlo, n_step, planning, traces
from lab_tabular.config import MonteCarloPredictionConfig, NStepTdConfig, PredictionConfig, TdLambdaConfig
from lab_tabular.episodic import TRACES, VISITS, Episodic
from lab_tabular.following import exact_values, followed, followed_world, model_policy, rms_error
from lab_tabular.kernels import Step
from lab_tabular.values_model import ValuesModel

C = TypeVar("C", bound=PredictionConfig)


class Predictor(Episodic[C]):
    """Learns state values of the policy that ``policy_epsilon`` describes. Besides what every episodic method reports:

    value_error   root mean square of ``V - v_pi`` over the states where the policy comes, ``v_pi`` by a linear solve
    policy_return expected plain sum of rewards of the policy from the start, exact

    Both need a transition table and are left out where there is none.
    """

    def __init__(self, task: Task, config: C, context: Context) -> None:
        super().__init__(task, config, context)
        place, epsilon = self._place, config.policy_epsilon
        self._policy = model_policy(place, place.problem, config.gamma, epsilon)
        self._problem = None if place.problem is None else followed(place.problem, self._policy)
        self._exact = None if self._problem is None else exact_values(self._problem, config.gamma)
        self._world = followed_world(place, self._problem, epsilon, self._random)

    def model(self) -> ValuesModel:
        return ValuesModel(self._arrays["q"][:, 0], self._policy, numbering=self._place.numbering)

    def _fresh(self, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
        return super()._fresh((shape[0], 1))

    def _rest(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> tuple[Any, ...]:
        c = self.config
        step = Step(c.gamma, c.alpha, c.alpha_decay, False, False, c.limit())
        return self._random, self._world, step, epsilons, returns, lengths

    def _epsilons(self, count: int) -> np.ndarray:
        return np.zeros(count)

    def _report(self, epsilons: np.ndarray) -> dict[str, float]:
        if self._problem is None or self._exact is None:
            return {}
        alone = np.ones((self._problem.observations, 1))
        return {
            "value_error": rms_error(self._arrays["q"][:, 0], self._exact),
            "policy_return": planning.expected_return(self._problem, alone, gamma=1.0, horizon=self.config.limit()),
        }


class Td(Predictor[PredictionConfig]):
    """TD(0): one step, then what is believed (Sutton 1988; Sutton and Barto 6.2)."""

    def _learn(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> None:
        arrays = self._arrays
        self._loop(kernels)(kernels.SARSA, arrays["q"], arrays["visits"], *self._rest(epsilons, returns, lengths))


class TdLambda(Predictor[TdLambdaConfig]):
    """TD(lambda) with eligibility traces (Sutton 1988; Sutton and Barto, section 12.2)."""

    def _learn(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> None:
        arrays, c = self._arrays, self.config
        before = (kernels.SARSA, TRACES[c.traces], c.trace_lambda, arrays["q"], arrays["visits"])
        self._loop(traces)(*before, *self._rest(epsilons, returns, lengths))


class NStepTd(Predictor[NStepTdConfig]):
    """n-step TD (Sutton and Barto 7.2)."""

    def _learn(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> None:
        arrays = self._arrays
        before = (n_step.ON_POLICY, self.config.n_step, arrays["q"], arrays["visits"])
        self._loop(n_step)(*before, *self._rest(epsilons, returns, lengths))


class MonteCarloPrediction(Predictor[MonteCarloPredictionConfig]):
    """First-visit and every-visit Monte Carlo (Sutton and Barto, section 5.1)."""

    def _learn(self, epsilons: np.ndarray, returns: np.ndarray, lengths: np.ndarray) -> None:
        arrays = self._arrays
        before = (VISITS[self.config.learning], arrays["q"], arrays["visits"], np.zeros((1, 1)))
        self._loop(monte_carlo)(*before, *self._rest(epsilons, returns, lengths))
