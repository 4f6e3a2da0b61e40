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
from lab_core.scene import Frame, Scene
from lab_environments.arenas import Arena, AtariArena, GymArena
from lab_environments.match import Match, episode_seed
from lab_environments.mirror import Mirror
from lab_environments.overlay import with_panel
from lab_environments.protocol import AtariProtocol, EpisodeProtocol, read_protocol

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
            for episode in count():
                match.begin(_EVERYWHERE, [episode])
                mirror.begin(episode_seed(seed, episode), int(arena.vector.start_frames[0]))
                panel = _Panel(arena, player) if options.get("overlay") else None
                ended = False
                while not ended:
                    if panel:
                        panel.look()
                    ended = bool(match.step()[0])
                    mirror.step(int(arena.taken[0]))
                    picture = panel.beside(mirror.picture, int(arena.taken[0])) if panel else mirror.picture
                    yield Frame(picture, _caption(match, ended), fps=60 / rules.frame_skip, last=ended)
        finally:
            arena.close()


class GymScene(Scene):
    """One picture a step, as the environment draws itself, at the rate that it names."""

    def frames(self, model: Model, *, seed: int, options: Mapping[str, Any]) -> Iterator[Frame]:
        """Options: ``protocol``, ``epsilon`` (default: the protocol's), ``overlay`` (actions and their values, default off).

        Raises LabError for an environment that draws no pictures.
        """
        where, player = self.benchmark.id, _player(model, self.benchmark.id)
        _, rules = read_protocol(EpisodeProtocol, self.benchmark, options.get("protocol"))
        arena = GymArena(self.benchmark.parameters["env"], player.observation, slots=1, where=where, render=True)
        try:
            epsilon = _epsilon(options, rules.epsilon)
            match = Match(player, arena, seed=seed, epsilon=epsilon, max_steps=rules.max_steps, where=where)
            fps = float(arena.envs[0].metadata.get("render_fps") or 30.0)
            for episode in count():
                match.begin(_EVERYWHERE, [episode])
                panel = _Panel(arena, player) if options.get("overlay") else None
                ended = False
                while not ended:
                    if panel:
                        panel.look()
                    ended = bool(match.step()[0])
                    picture = arena.picture()
                    if panel and arena.actions is not None:
                        picture = panel.beside(picture, int(match.taken[0]))
                    yield Frame(picture, _caption(match, ended), fps=fps, last=ended)
        finally:
            arena.close()


class _Panel:
    """What the model thinks of its actions before each step."""

    def __init__(self, arena: Arena, player: Act) -> None:
        self.arena, self.player = arena, player
        self.values: list[float] | None = None

    def look(self) -> None:
        """Keep the values of the moment that the model now acts on."""
        values = self.player.action_values(self.arena.observations())
        self.values = None if values is None else [float(value) for value in values[0]]

    def beside(self, picture: NDArray[np.uint8], taken: int) -> NDArray[np.uint8]:
        return with_panel(picture, self.arena.action_names, taken, self.values)


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
