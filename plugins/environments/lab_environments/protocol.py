"""What a score depends on but the model: protocols of the benchmarks as checked records."""

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import msgspec

from lab_core.benchmark import Benchmark
from lab_core.errors import LabError

LONGEST = 100_000  # steps of a scored episode, whatever an environment declares


class AtariProtocol(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an Atari game is made hard, and when it ends. Only the end of the game is an end; the score is the raw one.

    count         games that are scored unless the user says otherwise
    sticky        chance, each frame, that the emulator repeats the previous action (Machado et al. 2018)
    noops         0 to this many frames of doing nothing begin each game, drawn evenly
    fire          press FIRE once after a game begins and after a life is lost, where the game has FIRE
    actions       "minimal": the actions that the game reacts to; "full": all 18
    epsilon       chance of an evenly drawn action instead of the policy's, each agent step
    frame_skip    frames that an action is held; the observation is the pixelwise maximum of the last two
    max_frames    a game is cut after this many frames behind the no-ops (108,000: half an hour)
    stall_frames  a game is cut after this many frames without reward and without a change of lives; 0 never
    """

    count: int
    sticky: float
    noops: int
    fire: bool
    actions: Literal["minimal", "full"]
    epsilon: float
    frame_skip: int = 4
    max_frames: int = 108_000
    stall_frames: int = 18_000


class EpisodeProtocol(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an episode of any Gymnasium environment is scored: the undiscounted sum of its rewards.

    ``max_steps`` cuts an episode. None: 100,000, and :data:`lab_environments.limits.WITHOUT_LIMIT` where the environment
    declares no limit of its own.
    """

    count: int
    epsilon: float = 0.0
    max_steps: int | None = None


P = TypeVar("P", AtariProtocol, EpisodeProtocol)


def read_protocol(kind: type[P], benchmark: Benchmark, name: str | None) -> tuple[str, P]:
    """The named protocol of a benchmark, checked; raises UsageError for an unknown name, LabError for a bad record."""
    name, settings = benchmark.protocol(name)
    try:
        return name, msgspec.convert(dict(settings), kind)
    except msgspec.ValidationError as error:
        raise LabError(f"Protocol {name!r} of benchmark {benchmark.id} is not valid: {error}.") from None


def episode_rules(benchmark: Benchmark, name: str | None) -> tuple[str, EpisodeProtocol, int]:
    """The named protocol of a benchmark of one environment, and the steps after which it cuts an episode."""
    from lab_environments.limits import WITHOUT_LIMIT, declared_limit

    name, rules = read_protocol(EpisodeProtocol, benchmark, name)
    longest = rules.max_steps
    if longest is None:
        longest = WITHOUT_LIMIT if declared_limit(benchmark.parameters["env"]) is None else LONGEST
    return name, msgspec.structs.replace(rules, max_steps=longest), longest


def plain(protocol: AtariProtocol | EpisodeProtocol) -> Mapping[str, Any]:
    """The settings that are stored with a score: all but how many units were asked for."""
    return {key: value for key, value in msgspec.to_builtins(protocol).items() if key != "count"}
