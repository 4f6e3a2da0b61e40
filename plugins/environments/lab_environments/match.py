"""A model that plays episodes in an arena, and the referee beside it. Evaluation and scenes both play through this.

Episode ``i`` of root seed ``s`` has its own streams for the environment and for the protocol's random actions, so it goes the
same way whatever is played beside it: the same in vectors of any width, and the same when it is watched. A policy that draws
random numbers itself is repeatable, but depends on the width, because it draws for all slots at once.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.model import Act
from lab_environments.arenas import Arena, Moment, bounded, check_actions

_ENVIRONMENT, _EXPLORATION, _POLICY = range(3)


class Match:
    """Episodes of one model, side by side. ``scores``, ``lengths``, ``stalled`` and so on are those of the running episodes."""

    def __init__(
        self,
        model: Act,
        arena: Arena,
        *,
        seed: int,
        epsilon: float,
        stall_frames: int = 0,
        max_steps: int = 0,
        where: str,
    ) -> None:
        slots = arena.slots
        self.model, self.arena, self.where = model, arena, where
        self.seed, self.epsilon = seed, epsilon
        self.stall_frames, self.max_steps = stall_frames, max_steps
        self.policy_rng = _stream(seed, 0, _POLICY)
        self.explorers: list[np.random.Generator] = [self.policy_rng] * slots
        self.episodes = np.full(slots, -1)
        self.playing = np.zeros(slots, np.bool_)
        self.scores = np.zeros(slots)
        self.lengths = np.zeros(slots, np.int64)
        self.lives = np.zeros(slots, np.int64)
        self.counts_lives = False
        self.taken: NDArray[Any] = np.zeros(slots, np.int64)
        self.quiet_frames = np.zeros(slots, np.int64)
        self.truncated = np.zeros(slots, np.bool_)
        self.stalled = np.zeros(slots, np.bool_)
        self.state = model.start(slots)
        self._checked = False

    def begin(self, where: NDArray[np.bool_], episodes: Sequence[int]) -> None:
        """Begin episodes with these numbers where ``where`` is true; the first time everywhere."""
        self.arena.begin(where, [episode_seed(self.seed, episode) for episode in episodes])
        for slot, episode in zip(np.flatnonzero(where), episodes, strict=True):
            self.episodes[slot] = episode
            self.explorers[slot] = _stream(self.seed, episode, _EXPLORATION)
        self.playing |= where
        for column in (self.scores, self.lengths, self.quiet_frames, self.truncated, self.stalled):
            column[where] = 0
        self.lives = np.where(where, self.arena.lives(), self.lives)
        self.counts_lives = bool(self.lives.any())
        if self.state is not None:
            self.state = renewed(self.state, self.model.start(self.arena.slots), where)

    def step(self) -> NDArray[np.bool_]:
        """One step of every running episode; true where one ended. Ended slots stand still until they begin again."""
        self.taken = self.actions()
        return self._judge(self.arena.step(self.taken, self.playing))

    def actions(self) -> NDArray[Any]:
        """The model's actions with the protocol's random ones among them, checked; continuous ones within their bounds."""
        observations = self.arena.observations()
        try:
            chosen, self.state = self.model.act(observations, self.state, epsilon=0.0, rng=self.policy_rng)
            if not self._checked:
                self._check_values(observations)
        except (ValueError, TypeError, IndexError) as error:
            if self._checked:
                raise
            shape = tuple(observations.shape[1:])
            raise LabError(
                f"The model could not act on {self.where}, which shows {observations.dtype} {shape}: {error}"
            ) from error
        self._checked = True
        box = self.arena.box
        taken = np.array(chosen) if box is None else bounded(chosen, box, self.arena.slots, self.where)
        if len(taken) != self.arena.slots:
            raise LabError(f"The model gave {taken.shape} actions for {self.arena.slots} observations of {self.where}.")
        if self.epsilon > 0:
            for slot in np.flatnonzero(self.playing):
                rng = self.explorers[slot]
                if rng.random() < self.epsilon:
                    taken[slot] = self.arena.any_action(rng)
        if self.arena.actions is not None and self.playing.any():
            wrong = taken[self.playing]
            wrong = wrong[(wrong < 0) | (wrong >= self.arena.actions)]
            if len(wrong):
                raise LabError(f"The model chose action {wrong[0]}; {self.where} has actions 0 to {self.arena.actions - 1}.")
        return taken

    def _check_values(self, observations: NDArray[Any]) -> None:
        values = self.model.action_values(observations)
        if values is not None and self.arena.actions is not None:
            check_actions(np.shape(values)[-1], self.arena.actions, self.where)

    def _judge(self, moment: Moment) -> NDArray[np.bool_]:
        playing = self.playing
        self.scores += np.where(playing, moment.rewards, 0.0)
        self.lengths += playing
        busy = (moment.rewards != 0) | (moment.lives != self.lives)
        self.quiet_frames = np.where(busy, 0, self.quiet_frames + moment.frames)
        self.lives = moment.lives.copy()
        over = moment.terminated | moment.truncated
        stalled = ~over & (self.quiet_frames >= self.stall_frames) if self.stall_frames else np.zeros_like(over)
        long = ~over & (self.lengths >= self.max_steps) if self.max_steps else np.zeros_like(over)
        self.stalled = stalled & playing
        self.truncated = (moment.truncated | long) & playing
        ended = (over | stalled | long) & playing
        self.playing = playing & ~ended
        return ended


def episode_seed(seed: int, episode: int) -> int:
    """The environment's seed, 0 to 2**31 - 1, of one episode under a root seed."""
    return int(_sequence(seed, episode, _ENVIRONMENT).generate_state(1)[0] >> 1)


def renewed(state: Any, fresh: Any, where: NDArray[np.bool_]) -> Any:
    """A policy's memory with the rows of ``where`` as at the start; memories are None, or arrays [batch, ...] in tuples,
    lists and dicts. Raises LabError for any other."""
    if state is None:
        return None
    if isinstance(state, dict):
        return {key: renewed(value, fresh[key], where) for key, value in cast(dict[Any, Any], state).items()}
    if isinstance(state, list | tuple):
        rows = [renewed(one, other, where) for one, other in zip(state, fresh, strict=True)]
        return tuple(rows) if isinstance(state, tuple) else rows
    values = np.array(state)
    if values.ndim == 0 or len(values) != len(where) or values.dtype == object:
        raise LabError(f"A policy's memory is {type(state).__name__}; None or arrays [batch, ...] are expected.")
    values[where] = np.asarray(fresh)[where]
    return values


def _sequence(seed: int, episode: int, stream: int) -> np.random.SeedSequence:
    return np.random.SeedSequence((seed, episode, stream))


def _stream(seed: int, episode: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(_sequence(seed, episode, stream)))
