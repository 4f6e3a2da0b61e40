"""The settings of what an agent plays, the same in every method that learns games and Gymnasium environments."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

import msgspec

from lab_core.config import TrainConfig, about, to_dict
from lab_core.errors import UsageError


class PlayConfig(TrainConfig, frozen=True, kw_only=True):
    """A game of Atari, or a Gymnasium environment, and how it is played. Atari settings are ignored when ``env`` is set."""

    game: Annotated[str, about("Atari game such as breakout; empty for Gymnasium environments", section="environment")] = ""
    env: Annotated[str, about("Gymnasium id such as Acrobot-v1, or package.module:Env-v0; empty for Atari")] = ""
    environments: Annotated[int, about("Environments that act side by side", ge=1, le=1024)] = 8
    history: Annotated[int, about("Newest frames that make one observation (Atari)", unit="frames", ge=1, le=16)] = 4
    observation_size: Annotated[int, about("Height and width of an Atari frame", unit="pixels", ge=36, le=210)] = 84
    frame_skip: Annotated[int, about("Frames that one action is held (Atari)", unit="frames", ge=1, le=16)] = 4
    sticky: Annotated[float, about("Chance that the emulator repeats the previous action (Atari)", ge=0, le=1)] = 0.0
    noop_max: Annotated[int, about("Most no-ops at the start of a game (Atari)", unit="frames", ge=0, le=1000)] = 30
    max_frames: Annotated[int, about("Length at which an Atari training game is cut", unit="frames", ge=100)] = 108_000
    full_action_space: Annotated[bool, about("All 18 joystick actions instead of those the game reacts to")] = False
    life_loss_terminal: Annotated[bool, about("Treat a lost life as the end of the episode (Atari; the game goes on)")] = True
    fire: Annotated[bool, about("Press FIRE when a game begins and after a lost life, where the game has FIRE")] = True

    @property
    def atari(self) -> bool:
        return bool(self.game)

    def resolved(self) -> Self:
        """With the environment's full id, its version included, or the game's as the benchmarks spell it.

        Raises UsageError, with the nearest names, for what isn't there.
        """
        from lab_environments.games import known_game
        from lab_environments.gym import full_env_id

        if self.game:
            return msgspec.structs.replace(self, game=known_game(self.game))
        return msgspec.structs.replace(self, env=full_env_id(self.env))

    def benchmark_fields(self) -> Mapping[str, Any]:
        """The fields, with ``game`` as the benchmarks spell it."""
        from lab_environments.games import game_id

        return {**to_dict(self), "game": game_id(self.game) if self.game else ""}

    def remarks(self) -> tuple[str, ...]:
        if not self.env:
            return ()
        from lab_environments.limits import limit_remarks

        return limit_remarks(self.env)

    def own_protocol(self) -> str | None:
        """Eighteen actions are scored where all have them."""
        return "machado-2018" if self.game and self.full_action_space else None

    def check(self) -> None:
        if self.env and self.game:
            raise UsageError(
                f"env={self.env} and game={self.game} can't both be played.",
                "game= belongs to the tasks ending in -atari, env= to the methods alone, such as dqn or ppo.",
            )
        if not self.env and not self.game:
            raise UsageError("Nothing to play is named.", "Example: --set env=Acrobot-v1")
