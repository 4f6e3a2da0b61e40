"""What is known without learning: optimal values, and what a policy is worth, by dynamic programming over the table.

Sutton and Barto (2018), chapter 4. Nothing here draws a random number.
"""

import numpy as np

from lab_core.errors import UsageError
from lab_tabular.compiling import compiled
from lab_tabular.tables import Problem, Table

MOST_SOLVED = 3000  # states of a dense linear system: 72 MB and about a second


@compiled
def action_values(table: Table, actions: int, gamma: float, values: np.ndarray) -> np.ndarray:
    """``q[s, a] = sum p * (r + gamma * v[s'])`` (equation 4.6's bracket), float64 [states, actions]; terminal worth 0."""
    states = len(table.observation)
    q = np.zeros((states, actions))
    for state in range(states):
        for action in range(actions):
            row = state * actions + action
            total = 0.0
            for outcome in range(table.first[row], table.first[row + 1]):
                worth = table.reward[outcome]
                if not table.terminal[outcome]:
                    worth += gamma * values[table.next_state[outcome]]
                total += table.probability[outcome] * worth
            q[state, action] = total
    return q


@compiled
def sweep(table: Table, actions: int, gamma: float, values: np.ndarray) -> tuple[np.ndarray, float]:
    """One sweep of value iteration (equation 4.10): the new values [states] and their largest change."""
    q = action_values(table, actions, gamma, values)
    new = np.empty_like(values)
    change = 0.0
    for state in range(len(values)):
        best = q[state, 0]
        for action in range(1, actions):
            best = max(best, q[state, action])
        new[state] = best
        change = max(change, abs(best - values[state]))
    return new, change


@compiled
def policy_values(table: Table, policy: np.ndarray, gamma: float, horizon: int) -> np.ndarray:
    """Expected return [states] of at most ``horizon`` steps of a policy float64 [observations, actions]."""
    actions = policy.shape[1]
    values = np.zeros(len(table.observation))
    for _ in range(horizon):
        q = action_values(table, actions, gamma, values)
        for state in range(len(values)):
            total = 0.0
            for action in range(actions):
                total += policy[table.observation[state], action] * q[state, action]
            values[state] = total
    return values


def optimal_values(problem: Problem, gamma: float, *, tolerance: float = 1e-12, most_sweeps: int = 100_000) -> np.ndarray:
    """Optimal values float64 [states] by value iteration, until no value changes by more than ``tolerance``."""
    values = np.zeros(problem.states)
    for _ in range(most_sweeps):
        values, change = sweep(problem.table, problem.actions, gamma, values)
        if change <= tolerance:
            break
    return values


def solve(problem: Problem, policy: np.ndarray, gamma: float) -> np.ndarray:
    """Values float64 [states] of a policy float64 [states, actions] over true states: ``(I - gamma P) v = r``, exact.

    Above :data:`MOST_SOLVED` states by sweeps (equation 4.5) until no value changes by more than 1e-12 of the largest. Raises
    UsageError for a policy whose episodes never end where nothing is discounted: it has no values.
    """
    if problem.states > MOST_SOLVED:
        return _swept(problem, policy, gamma)
    table = problem.table
    rows = np.repeat(np.arange(problem.states * problem.actions), np.diff(table.first))
    weight = policy.reshape(-1)[rows] * table.probability
    reward = np.bincount(rows // problem.actions, weight * table.reward, problem.states)
    matrix = np.eye(problem.states)
    goes_on = ~table.terminal
    np.subtract.at(matrix, (rows[goes_on] // problem.actions, table.next_state[goes_on]), gamma * weight[goes_on])
    try:
        values = np.linalg.solve(matrix, reward)
    except np.linalg.LinAlgError:
        raise _endless() from None
    if np.abs(matrix @ values - reward).max() > 1e-6 * max(1.0, np.abs(reward).max()):
        raise _endless()
    return values


def _swept(problem: Problem, policy: np.ndarray, gamma: float) -> np.ndarray:
    values = np.zeros(problem.states)
    for _ in range(100_000):
        new = (policy * action_values(problem.table, problem.actions, gamma, values)).sum(axis=1)
        change, values = np.abs(new - values).max(), new
        if change <= 1e-12 * max(1.0, np.abs(new).max()):
            return values
    raise _endless()


def _endless() -> UsageError:
    return UsageError(
        "A policy on the way never ends its episodes, and without a discount it has no values.",
        "Choose gamma below 1, or value iteration.",
    )


def improve(policy: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, int]:
    """The policy [states, actions] made greedy for ``q`` where that is better than what it does; how many states changed."""
    best = q.max(axis=1)
    better = best - (policy * q).sum(axis=1) > 1e-9 * np.maximum(1.0, np.abs(best))
    improved = np.where(better[:, None], np.eye(q.shape[1])[q.argmax(axis=1)], policy)
    return improved, int(better.sum())


def greedy_policy(q: np.ndarray, *, random_ties: bool, random_when_zero: bool = False) -> np.ndarray:
    """Action probabilities float64 [observations, actions] of the greedy policy, ties broken as the learner breaks them."""
    best = q == q.max(axis=1, keepdims=True)
    if not random_ties:
        spread = (q == 0).all(axis=1, keepdims=True) & random_when_zero
        first = np.eye(q.shape[1], dtype=bool)[q.argmax(axis=1)]
        best = np.where(spread, best, first)
    return best / best.sum(axis=1, keepdims=True)


def expected_return(problem: Problem, policy: np.ndarray, *, gamma: float, horizon: int) -> float:
    """Expected return of a policy from the problem's own start, cut off after ``horizon`` steps; exact."""
    values = policy_values(problem.table, policy, gamma, horizon)
    return float(values[problem.table.start_state] @ problem.table.start_probability)


def value_error(problem: Problem, q: np.ndarray, optimum: np.ndarray) -> float:
    """Root mean square of ``max_a q - v*`` over the observations that have a representative state."""
    (seen,) = np.nonzero(problem.representative >= 0)
    return float(np.sqrt(np.mean((q[seen].max(axis=1) - optimum[problem.representative[seen]]) ** 2)))


def observed(problem: Problem, per_state: np.ndarray) -> np.ndarray:
    """Values of the representative states as a table over observations; zero where there is none."""
    known = problem.representative >= 0
    return np.where(known[:, None], per_state[problem.representative], 0.0)
