"""A model at play: whole games, one after another, under the rules by which it is scored.

Episode ``i`` of root seed ``s`` is the one that an evaluation with seed ``s`` scores, so what is watched is what was counted.
"""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.model import Act, Model
from lab_core.scene import Actions, Frame, Insight, Scene
from lab_environments.actions import action_names, atari_actions, component_names, gym_actions
from lab_environments.arenas import AtariArena, GymArena
from lab_environments.gym import make_env
from lab_environments.match import Match, episode_seed
from lab_environments.mirror import Mirror
from lab_environments.overlay import Thoughts
from lab_environments.protocol import AtariProtocol, episode_rules, read_protocol

_EVERYWHERE = np.ones(1, np.bool_)


class AtariScene(Scene):
    """One picture an agent step: 15 a second, real time for four frames a step."""

    def frames(self, model: Model, *, seed: int, options: Mapping[str, Any]) -> Iterator[Frame]:
        """Options: ``protocol``, ``epsilon`` (default: the protocol's), ``overlay`` (actions and their values, default off)."""
        where, player = self.benchmark.id, _player(model, self.benchmark.id)
        _, rules = read_protocol(AtariProtocol, self.benchmark, options.get("protocol"))
        arena = AtariArena(self.benchmark.parameters["game"], rules, player.observation, slots=1, threads=1, where=where)
        try:
            epsilon = _epsilon(options, rules.epsilon)
            match = Match(player, arena, seed=seed, epsilon=epsilon, stall_frames=rules.stall_frames, where=where)
            mirror = Mirror(arena.vector.rom, rules)
            names = atari_actions(arena.action_names).names
            fps = 60 / rules.frame_skip
            for episode in count():
                match.begin(_EVERYWHERE, [episode])
                mirror.begin(episode_seed(seed, episode), int(arena.vector.start_frames[0]))
                thoughts = Thoughts(player, names)
                looking = bool(options.get("overlay"))
                yield _first(match, mirror.picture, fps, thoughts.before(arena) if looking else None)
                ended = False
                while not ended:
                    match.epsilon = _epsilon(options, rules.epsilon)
                    looking = bool(options.get("overlay"))
                    if looking:
                        thoughts.look(arena)
                    ended = bool(match.step()[0])
                    taken = int(arena.taken[0])
                    mirror.step(taken)
                    insight = thoughts.insight(taken) if looking else None
                    yield _frame(match, mirror.picture, ended, fps, insight)
        finally:
            arena.close()

    def actions(self, protocol: str | None = None) -> Actions | None:
        _, rules = read_protocol(AtariProtocol, self.benchmark, protocol)
        arena = AtariArena(self.benchmark.parameters["game"], rules, {}, slots=1, threads=1, where=self.benchmark.id)
        try:
            return atari_actions(arena.action_names)
        finally:
            arena.close()


class GymScene(Scene):
    """One picture a step, as the environment draws itself, at the rate that it names."""

    def frames(self, model: Model, *, seed: int, options: Mapping[str, Any]) -> Iterator[Frame]:
        """Options: ``protocol``, ``epsilon`` (default: the protocol's), ``overlay`` (actions and their values, default off).

        Raises LabError for an environment that draws no pictures.
        """
        where, player = self.benchmark.id, _player(model, self.benchmark.id)
        _, rules, longest = episode_rules(self.benchmark, options.get("protocol"))
        arena = GymArena(self.benchmark.parameters["env"], player.observation, slots=1, where=where, render=True)
        try:
            epsilon = _epsilon(options, rules.epsilon)
            match = Match(player, arena, seed=seed, epsilon=epsilon, max_steps=longest, where=where)
            env = arena.envs[0]
            fps = float(env.metadata.get("render_fps") or 30.0)
            numbered = arena.actions is not None
            names = action_names(env, arena.actions) if arena.actions is not None else component_names(env.action_space)
            for episode in count():
                match.begin(_EVERYWHERE, [episode])
                thoughts = Thoughts(player, names, space=None if numbered else env.action_space)
                looking = bool(options.get("overlay"))
                yield _first(match, arena.picture(), fps, thoughts.before(arena) if looking else None)
                ended = False
                while not ended:
                    match.epsilon = _epsilon(options, rules.epsilon)
                    looking = bool(options.get("overlay"))
                    if looking:
                        thoughts.look(arena)
                    ended = bool(match.step()[0])
                    insight = thoughts.insight(match.taken[0]) if looking else None
                    yield _frame(match, arena.picture(), ended, fps, insight)
        finally:
            arena.close()

    def actions(self, protocol: str | None = None) -> Actions | None:
        env = make_env(self.benchmark.parameters["env"])
        try:
            return gym_actions(env)
        finally:
            env.close()


def _first(match: Match, picture: NDArray[np.uint8], fps: float, insight: Insight | None) -> Frame:
    """What is seen before the first action."""
    return Frame(picture, _caption(match, False), fps=fps, insight=insight)


def _frame(match: Match, picture: NDArray[np.uint8], ended: bool, fps: float, insight: Insight | None) -> Frame:
    episode = None
    if ended:
        columns = (match.scores, match.lengths, match.truncated, match.stalled)
        names = ("score", "length", "truncated", "stalled")
        episode = {name: float(column[0]) for name, column in zip(names, columns, strict=True)}
    return Frame(picture, _caption(match, ended), fps=fps, last=ended, insight=insight, episode=episode)


def _player(model: Model, where: str) -> Act:
    if not isinstance(model, Act):
        raise LabError(f"Benchmark {where} needs a model that can act; {type(model).__name__} can't.")
    return model


def _epsilon(options: Mapping[str, Any], default: float) -> float:
    given = options.get("epsilon")
    return default if given is None else float(given)


def _caption(match: Match, ended: bool) -> str:
    parts = [f"score {match.scores[0]:g}"]
    if match.counts_lives:
        parts.append(f"lives {match.lives[0]}")
    parts.append(f"step {match.lengths[0]}")
    if ended:
        cut = "stalled" if match.stalled[0] else "time is up" if match.truncated[0] else "over"
        parts.append(cut)
    return " · ".join(parts)
