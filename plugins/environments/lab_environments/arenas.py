"""Where episodes are played: several at once, each decided by its own seed. One face for Atari and for plain Gymnasium."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_environments.atari import AtariVector
from lab_environments.gym import make_env
from lab_environments.observation import needs_wide, shown_space, wants_frames, wants_plain
from lab_environments.protocol import AtariProtocol

_ALL_ACTIONS = 18  # of the joystick: protocols with ``actions="full"``


@dataclass(frozen=True, slots=True)
class Moment:
    """Result of one step, every array [slots]: raw reward, an end in the environment, a cut, lives left, frames passed."""

    rewards: NDArray[np.float64]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    lives: NDArray[np.int64]
    frames: NDArray[np.int64]


class Arena(Protocol):
    """``slots`` places to play. ``actions`` is how many there are, None where they aren't numbered; ``env`` a resolved id.

    ``box`` is the space of continuous actions (a Gymnasium Box), None for others.
    """

    slots: int
    actions: int | None
    box: Any
    action_names: tuple[str, ...]
    env: str

    def begin(self, where: NDArray[np.bool_], seeds: Sequence[int]) -> None:
        """New episodes where ``where`` is true, one seed each."""
        ...

    def observations(self) -> NDArray[Any]:
        """What a model is shown now, [slots, ...]."""
        ...

    def lives(self) -> NDArray[np.int64]:
        """Lives left now, 0 where none are counted."""
        ...

    def any_action(self, rng: np.random.Generator) -> Any:
        """An evenly drawn action."""
        ...

    def step(self, actions: NDArray[Any], playing: NDArray[np.bool_]) -> Moment:
        """One step; slots that aren't ``playing`` may stand still, what they bring means nothing."""
        ...

    def close(self) -> None: ...


class AtariArena:
    """Games under a protocol, as a model wants to see them."""

    box = None

    def __init__(
        self, game: str, protocol: AtariProtocol, wish: Mapping[str, Any], *, slots: int, threads: int, where: str
    ) -> None:
        self.frames = wants_frames(wish, where)
        if self.frames.frame_skip not in (None, protocol.frame_skip):
            raise LabError(
                f"{where} holds an action for {protocol.frame_skip} frames; the model was trained with {self.frames.frame_skip}."
            )
        self.slots = slots
        self.protocol = protocol
        self.vector = AtariVector(
            game,
            slots,
            size=self.frames.size,
            stack=self.frames.stack,
            grey=self.frames.grey,
            frame_skip=protocol.frame_skip,
            max_pool=True,
            sticky=protocol.sticky,
            noops=protocol.noops,
            fire=protocol.fire,
            max_frames=protocol.max_frames,
            full_actions=protocol.actions == "full",
            threads=threads,
        )
        self.actions: int | None = self.vector.actions
        self.action_names = self.vector.action_names
        self.env = f"ale/{self.vector.rom}"
        check_actions(self.frames.actions, self.actions, where)
        self._shown: NDArray[np.uint8] = np.zeros((0,), np.uint8)
        self.taken = np.zeros(slots, np.int32)
        self._begun = False

    def begin(self, where: NDArray[np.bool_], seeds: Sequence[int]) -> None:
        if not self._begun and not where.all():
            raise ValueError("the first episodes begin in every slot")
        self._begun = True
        self._shown = self.vector.begin(where, seeds)

    def observations(self) -> NDArray[Any]:
        return self.frames.arranged(self._shown)

    def lives(self) -> NDArray[np.int64]:
        return self.vector.lives.astype(np.int64)

    def any_action(self, rng: np.random.Generator) -> Any:
        return rng.integers(self.vector.actions)

    def step(self, actions: NDArray[Any], playing: NDArray[np.bool_]) -> Moment:
        found = self.vector.step(np.where(playing, actions, 0))
        self._shown, self.taken = found.observations, found.actions
        return Moment(
            found.rewards.astype(np.float64),
            found.terminated,
            found.truncated,
            found.lives.astype(np.int64),
            np.full(self.slots, self.protocol.frame_skip),
        )

    def close(self) -> None:
        self.vector.close()


class GymArena:
    """Copies of any Gymnasium environment, stepped one after another; the first can be drawn if ``render``."""

    def __init__(self, env: str, wish: Mapping[str, Any], *, slots: int, where: str, render: bool = False) -> None:
        from gymnasium import spaces

        self.slots = slots
        self.envs = [make_env(env, render=render) for _ in range(slots)]
        first = self.envs[0]
        self.env = first.spec.id if first.spec else env
        if render and "rgb_array" not in (first.metadata.get("render_modes") or ()):
            raise self._undrawable()
        self.space, self.action_space = shown_space(first.observation_space), first.action_space
        found = wants_plain(wish, self.space, where)
        numbered = isinstance(self.action_space, spaces.Discrete)
        self.actions: int | None = int(self.action_space.n) if numbered else None
        self._first_action = int(self.action_space.start) if numbered else 0
        self.box = self.action_space if isinstance(self.action_space, spaces.Box) else None
        self.action_names = tuple(str(number) for number in range(self.actions or 0))
        check_actions(found.actions, self.actions, where)
        dtype = np.int64 if isinstance(self.space, spaces.Discrete) else self.space.dtype
        self._shown = np.zeros((slots, *(self.space.shape or ())), dtype)

    def begin(self, where: NDArray[np.bool_], seeds: Sequence[int]) -> None:
        for slot, seed in zip(np.flatnonzero(where), seeds, strict=True):
            shown, _ = self.envs[slot].reset(seed=int(seed))
            if self._shown.dtype == np.float32 and needs_wide(shown):  # more than the space declares
                self._shown = self._shown.astype(np.float64)
            self._shown[slot] = shown

    def observations(self) -> NDArray[Any]:
        return self._shown.copy()

    def lives(self) -> NDArray[np.int64]:
        return np.zeros(self.slots, np.int64)

    def any_action(self, rng: np.random.Generator) -> Any:
        if self.actions is not None:
            return rng.integers(self.actions)
        if self.box is not None and self.box.is_bounded() and np.issubdtype(self.box.dtype, np.floating):
            return rng.uniform(self.box.low, self.box.high).astype(self.box.dtype)
        self.action_space.seed(int(rng.integers(2**31)))
        return self.action_space.sample()

    def step(self, actions: NDArray[Any], playing: NDArray[np.bool_]) -> Moment:
        rewards = np.zeros(self.slots)
        ends = np.zeros((2, self.slots), np.bool_)
        for slot in np.flatnonzero(playing):
            action = actions[slot] if self.actions is None else int(actions[slot]) + self._first_action
            self._shown[slot], reward, ends[0, slot], ends[1, slot], _ = self.envs[slot].step(action)
            rewards[slot] = float(reward)
        ends[1] &= ~ends[0]
        return Moment(rewards, ends[0], ends[1], np.zeros(self.slots, np.int64), playing.astype(np.int64))

    def picture(self) -> NDArray[np.uint8]:
        """The first copy as it draws itself, uint8 [height, width, 3]; raises LabError if it draws none."""
        drawn: Any = self.envs[0].render()
        if isinstance(drawn, np.ndarray) and drawn.ndim == 3 and drawn.dtype == np.uint8:
            return drawn
        raise self._undrawable()

    def _undrawable(self) -> LabError:
        modes = ", ".join(self.envs[0].metadata.get("render_modes") or ()) or "none"
        return LabError(f"Environment {self.env} draws no pictures (rgb_array); its render modes: {modes}.")

    def close(self) -> None:
        for env in self.envs:
            env.close()


def bounded(actions: Any, box: Any, slots: int, where: str) -> NDArray[Any]:
    """Continuous actions [slots, *shape] as a Gymnasium Box takes them: its dtype, clipped to its bounds.

    Raises LabError for another shape and for what isn't a number: an environment would carry a NaN on in silence.
    """
    expected = (slots, *box.shape)
    values = np.asarray(actions)
    if values.shape != expected or not np.issubdtype(values.dtype, np.number):
        raise LabError(f"The model gave actions {values.dtype} {values.shape}; {where} takes {box.dtype} {expected}.")
    if np.isnan(values).any():
        raise LabError(f"The model chose an action that is not a number (NaN) on {where}.")
    return np.clip(values, box.low, box.high).astype(box.dtype)


def check_actions(claimed: int | None, there: int | None, where: str) -> None:
    """Raise LabError if a model says how many actions it has and the environment has another number."""
    if claimed is None or claimed == there:
        return
    has = "actions that aren't numbered" if there is None else f"{there} actions"
    hint = None
    if there == _ALL_ACTIONS:
        hint = "Choose a protocol with the game's own actions, or train with all 18."
    elif claimed == _ALL_ACTIONS:
        hint = "It was trained with all 18: choose a protocol that has them."
    raise LabError(f"{where} has {has}; the model has {claimed}.", hint)
