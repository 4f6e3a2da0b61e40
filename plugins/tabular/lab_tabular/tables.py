"""The dynamics of a problem as arrays that a compiled loop can read: what Gymnasium's toy-text environments expose as ``P``."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lab_core.errors import LabError, UsageError
from lab_tabular.maze import MOVES, TREASURE, Maze
from lab_tabular.trust import disagreement, reason_to_step

MOST_STATES = 1 << 18


class Table(NamedTuple):
    """A finite Markov decision process. Row ``state * actions + action`` has outcomes ``first[row]`` to ``first[row + 1]``.

    ``observation`` [states]: what the agent sees of each state. An outcome has ``next_state``, ``probability``, ``reward``
    and ``terminal`` [outcomes]. ``keep`` and ``other`` [outcomes] are Walker's alias method: slot k of a row is itself with
    probability ``keep``, else slot ``other``. ``start_*`` is the same for the state in which an episode begins.
    """

    observation: np.ndarray  # int32
    first: np.ndarray  # int64 [states * actions + 1]
    next_state: np.ndarray  # int32
    probability: np.ndarray  # float64
    reward: np.ndarray  # float64
    terminal: np.ndarray  # bool
    keep: np.ndarray  # float64
    other: np.ndarray  # int32
    start_state: np.ndarray  # int32
    start_probability: np.ndarray  # float64
    start_keep: np.ndarray  # float64
    start_other: np.ndarray  # int32


@dataclass(frozen=True)
class Problem:
    """A table with its sizes. ``representative`` [observations]: the state that stands for an observation in reports, or -1.

    Where observation and state are one, that is the state itself, if an episode can come there and go on. In a maze it is
    the cell with every trap still set, but the one under the agent.
    """

    table: Table
    observations: int
    actions: int
    representative: np.ndarray

    @property
    def states(self) -> int:
        return len(self.table.observation)


# One outcome of a row, or one start, as the learning loop reads it. ``next`` and ``observation`` are where it leads.
_OUTCOME = np.dtype(
    [
        ("reward", np.float64),
        ("keep", np.float64),
        ("next", np.int32),
        ("observation", np.int32),
        ("other", np.int32),
        ("terminal", np.bool_),
    ],
    align=True,
)


class World(NamedTuple):
    """What a learning loop steps through: a :class:`Table` laid out so that one step touches one place in memory.

    ``first`` int64 [states * actions + 1] as in the table; ``outcomes`` and ``starts`` are arrays of records.
    For an environment that shows no table all three are the environment itself (see :mod:`lab_tabular.stepwise`).
    """

    first: Any
    outcomes: Any
    starts: Any


def world(table: Table) -> World:
    """The world of a table."""
    outcomes = np.zeros(len(table.next_state), _OUTCOME)
    outcomes["next"], outcomes["observation"] = table.next_state, table.observation[table.next_state]
    outcomes["reward"], outcomes["terminal"] = table.reward, table.terminal
    outcomes["keep"], outcomes["other"] = table.keep, table.other
    starts = np.zeros(len(table.start_state), _OUTCOME)
    starts["next"], starts["observation"] = table.start_state, table.observation[table.start_state]
    starts["keep"], starts["other"] = table.start_keep, table.start_other
    return World(table.first, outcomes, starts)


def alias(probabilities: Sequence[float]) -> tuple[list[float], list[int]]:
    """Walker's alias table (Vose's construction) of one distribution: keep probabilities and alternatives."""
    count = len(probabilities)
    if count == 1:
        return [1.0], [0]
    keep = [probability * count for probability in probabilities]
    other = list(range(count))
    small = [slot for slot in range(count) if keep[slot] < 1]
    large = [slot for slot in range(count) if keep[slot] >= 1]
    while small and large:
        low, high = small.pop(), large[-1]
        other[low] = high
        keep[high] -= 1 - keep[low]
        if keep[high] < 1:
            small.append(large.pop())
    for slot in small + large:  # what is left differs from 1 by rounding alone
        keep[slot] = 1.0
    return keep, other


Transitions = Mapping[int, Mapping[int, Sequence[tuple[float, int, float, bool]]]]


def build(
    transitions: Transitions,
    start: Sequence[float],
    *,
    observation: Sequence[int] | None = None,
    observations: int | None = None,
    representative: Sequence[int] | None = None,
) -> Problem:
    """A problem from ``P[state][action] = [(probability, next state, reward, terminated), ...]`` and start probabilities.

    Without ``observation`` the agent sees the state. Raises LabError for a table that is no Markov decision process.
    """
    states = len(transitions)
    if not states or not all(state in transitions for state in range(states)):
        raise LabError(f"Transition table: its states are not numbered from 0 to {states - 1}.")
    actions = len(transitions[0])
    first = [0]
    columns: list[list[Any]] = [[] for _ in range(6)]
    for state in range(states):
        if len(transitions[state]) != actions:
            raise LabError(f"Transition table: state {state} has {len(transitions[state])} actions, state 0 has {actions}.")
        for action in range(actions):
            if action not in transitions[state]:
                raise LabError(f"Transition table: the actions of state {state} are not numbered from 0 to {actions - 1}.")
            outcomes = [outcome for outcome in transitions[state][action] if outcome[0] > 0]
            total = sum(outcome[0] for outcome in outcomes)
            if abs(total - 1) > 1e-6:
                raise LabError(f"Transition table: probabilities of state {state}, action {action} sum to {total:g}, not to 1.")
            keep, other = alias([outcome[0] / total for outcome in outcomes])
            for (probability, to, reward, terminal), kept, alternative in zip(outcomes, keep, other, strict=True):
                if not math.isfinite(reward):
                    raise LabError(f"Transition table: state {state}, action {action} has the reward {reward}.")
                if not 0 <= to < states:
                    raise LabError(f"Transition table: state {state}, action {action} leads to state {to} of {states}.")
                for column, value in zip(columns, (to, probability / total, reward, terminal, kept, alternative), strict=True):
                    column.append(value)
            first.append(len(columns[0]))
    weights = np.asarray(start, np.float64)
    if len(weights) != states or weights.min() < 0 or weights.sum() <= 0:
        raise LabError(f"Transition table: {len(weights)} start probabilities for {states} states, or none above zero.")
    (start_state,) = np.nonzero(weights)
    start_probability = weights[start_state] / weights.sum()
    start_keep, start_other = alias(start_probability.tolist())
    table = Table(
        observation=np.arange(states, dtype=np.int32) if observation is None else np.asarray(observation, np.int32),
        first=np.asarray(first, np.int64),
        next_state=np.asarray(columns[0], np.int32),
        probability=np.asarray(columns[1], np.float64),
        reward=np.asarray(columns[2], np.float64),
        terminal=np.asarray(columns[3], np.bool_),
        keep=np.asarray(columns[4], np.float64),
        other=np.asarray(columns[5], np.int32),
        start_state=start_state.astype(np.int32),
        start_probability=start_probability,
        start_keep=np.asarray(start_keep, np.float64),
        start_other=np.asarray(start_other, np.int32),
    )
    if representative is None:
        live = _live(table, actions)
        representative = np.where(live, np.arange(states), -1).tolist()
    return Problem(table, observations or states, actions, np.asarray(representative, np.int32))


def from_environment(environment: Any) -> Problem:
    """The problem of a Gymnasium environment that exposes ``P`` and ``initial_state_distrib``; raises UsageError without.

    An environment whose observation is not the state also exposes ``state_observations`` and ``representatives``. Raises
    UsageError, too, where the table isn't what is stepped through (:func:`lab_tabular.trust.reason_to_step`).
    """
    raw = environment.unwrapped
    if why := reason_to_step(environment):
        raise UsageError(f"{why}.", "Use backend=gymnasium.")
    if len(raw.P) > MOST_STATES:
        raise UsageError(f"{type(raw).__name__} has {len(raw.P):,} states; a table of at most {MOST_STATES:,} is made.")
    observations = int(raw.observation_space.n)
    observation = getattr(raw, "state_observations", None)
    shown = range(len(raw.P)) if observation is None else observation
    if min(shown, default=0) < 0 or max(shown, default=0) >= observations:
        raise LabError(f"Transition table: it shows observation {max(shown)}, but the environment declares {observations}.")
    try:
        problem = build(
            raw.P,
            raw.initial_state_distrib,
            observation=observation,
            observations=observations,
            representative=getattr(raw, "representatives", None),
        )
        why = disagreement(environment) if observation is None else ""
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise LabError(f"Transition table of {type(raw).__name__} can't be read: {type(error).__name__}: {error}.") from error
    if why:
        raise UsageError(f"{why}.", "Use backend=gymnasium.")
    return problem


@dataclass(frozen=True)
class MazeStates:
    """The true states of a maze, (cell, traps taken), as far as an episode from any floor cell can come."""

    cells: list[int]
    transitions: dict[int, dict[int, list[tuple[float, int, float, bool]]]]
    start: int
    representatives: list[int]


def maze_states(maze: Maze) -> MazeStates:
    """Enumerate ``(cell, traps taken)``; raises UsageError where there are too many for a table."""
    fresh: frozenset[int] = frozenset()
    first = [(cell, fresh) for cell in maze.floor] + [(cell, frozenset({cell})) for cell in maze.traps if cell in maze.reachable]
    number = {state: index for index, state in enumerate(first)}
    order = list(first)
    transitions: dict[int, dict[int, list[tuple[float, int, float, bool]]]] = {}
    for index, (cell, taken) in enumerate(order):  # grows while it is walked through
        transitions[index] = {}
        for action in range(len(MOVES)):
            if maze.letter(cell) == TREASURE:
                transitions[index][action] = [(1.0, index, 0.0, True)]
                continue
            to, after, reward, done = maze.move(cell, taken, action)
            if (to, after) not in number:
                number[to, after] = len(order)
                order.append((to, after))
            transitions[index][action] = [(1.0, number[to, after], reward, done)]
        if len(order) > MOST_STATES:
            raise UsageError(
                f"A maze with {len(maze.traps)} traps has more than {MOST_STATES:,} states (cell, traps taken).",
                "Use fewer traps, or a learner with backend=gymnasium.",
            )
    representatives = [-1] * maze.cells
    for index, (cell, _) in enumerate(first):
        representatives[cell] = index
    return MazeStates([cell for cell, _ in order], transitions, number[maze.start, fresh], representatives)


def maze_problem(maze: Maze) -> Problem:
    """The transition table of a maze over its true states; the agent sees the cell."""
    states = maze_states(maze)
    start = np.zeros(len(states.cells))
    start[states.start] = 1
    return build(
        states.transitions, start, observation=states.cells, observations=maze.cells, representative=states.representatives
    )


def _live(table: Table, actions: int) -> np.ndarray:
    """Which states an episode can be in when the agent has to act, bool [states]."""
    live = np.zeros(len(table.observation), np.bool_)
    frontier = table.start_state.tolist()
    live[frontier] = True
    while frontier:
        state = frontier.pop()
        outcomes = slice(table.first[state * actions], table.first[(state + 1) * actions])
        for to in table.next_state[outcomes][~table.terminal[outcomes]].tolist():
            if not live[to]:
                live[to] = True
                frontier.append(to)
    return live
