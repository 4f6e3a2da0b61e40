"""A given policy, and the world as it is for one who only follows it: one action, "go on".

With a single action SARSA is TD(0), Sarsa(lambda) is TD(lambda), n-step SARSA is n-step TD, and Monte Carlo control is
Monte Carlo prediction. So values of a policy are learnt by the same loops as values of actions.
"""

from typing import Any

import numpy as np

from lab_core.errors import UsageError
from lab_tabular import planning
from lab_tabular.problems import Place
from lab_tabular.rng import POLICY, below
from lab_tabular.stepwise import Numbered
from lab_tabular.stepwise import world as stepped_world
from lab_tabular.tables import Problem, World, build, world


def judged_policy(problem: Problem, gamma: float, epsilon: float) -> np.ndarray:
    """Action probabilities float64 [observations, actions]: random a share ``epsilon`` of the time, else optimal.

    Of several optimal actions the first one is taken.
    """
    values = planning.optimal_values(problem, gamma)
    q = planning.observed(problem, planning.action_values(problem.table, problem.actions, gamma, values))
    best = planning.greedy_policy(np.round(q, 9), random_ties=False)
    return epsilon / problem.actions + (1 - epsilon) * best


def followed(problem: Problem, policy: np.ndarray) -> Problem:
    """The problem of one who follows a policy float64 [observations, actions]: its single action draws one of the policy's."""
    table, actions = problem.table, problem.actions
    transitions: dict[int, dict[int, list[tuple[float, int, float, bool]]]] = {}
    for state in range(problem.states):
        outcomes: list[tuple[float, int, float, bool]] = []
        for action in range(actions):
            share = float(policy[table.observation[state], action])
            for slot in range(table.first[state * actions + action], table.first[state * actions + action + 1]):
                chance = share * float(table.probability[slot])
                outcomes.append((chance, int(table.next_state[slot]), float(table.reward[slot]), bool(table.terminal[slot])))
        transitions[state] = {0: outcomes}
    start = np.zeros(problem.states)
    start[table.start_state] = table.start_probability
    alone = build(transitions, start.tolist())  # here representatives are the states that are ever visited
    visited = alone.representative >= 0
    representative = np.where(visited[problem.representative], problem.representative, -1)
    return build(
        transitions,
        start.tolist(),
        observation=table.observation.tolist(),
        observations=problem.observations,
        representative=representative.tolist(),
    )


def followed_world(place: Place, problem: Problem | None, epsilon: float, random: np.ndarray) -> World:
    """The world that a prediction method walks through; raises UsageError where the policy can't be known."""
    if place.env is None:
        assert problem is not None
        return world(problem.table)
    if epsilon < 1:
        raise UsageError(
            f"{place.name} is stepped in Python, where only the random policy can be judged.", "Choose policy_epsilon=1."
        )
    return stepped_world(_Wanderer(place.env, place.actions, random))


class _Wanderer:
    """An environment with the single action "go on", which takes a random one of its own."""

    def __init__(self, env: Numbered, actions: int, random: np.ndarray) -> None:
        self.env, self.actions, self.random = env, actions, random

    def reset(self, seed: int) -> int:
        return self.env.reset(seed)

    def step(self, _: int) -> tuple[int, float, bool, bool]:
        return self.env.step(int(below(self.random[POLICY], self.actions)))


def exact_values(problem: Problem, gamma: float) -> np.ndarray:
    """Values float64 [observations] of a followed policy by a linear solve; NaN where it never comes."""
    values = planning.solve(problem, np.ones((problem.states, 1)), gamma)
    return np.where(problem.representative >= 0, values[problem.representative], np.nan)


def rms_error(values: np.ndarray, exact: np.ndarray) -> float:
    """Root mean square of ``values - exact`` over the observations that have a value."""
    known = ~np.isnan(exact)
    return float(np.sqrt(np.mean((values[known] - exact[known]) ** 2)))


def model_policy(place: Place, problem: Problem | None, gamma: float, epsilon: float) -> Any:
    """The judged policy float64 [observations, actions] of a place; uniform where there is no table."""
    if problem is None or epsilon == 1:
        return np.full((place.numbering.count, place.actions), 1 / place.actions)
    return judged_policy(problem, gamma, epsilon)
