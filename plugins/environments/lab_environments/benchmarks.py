"""The benchmarks: 57 Atari games, any other cartridge, Gymnasium's own, any other Gymnasium environment. Data only.

Protocols of Atari games, the first being the default:

``dqn-classic``    what DQN and most of its successors without sticky actions report: 0 to 30 no-ops, 108,000 frames at most, no
                   sticky actions, the game's own actions. epsilon is 0.05, as in Mnih et al. 2015 and van Hasselt et al. 2016:
                   it is part of the published numbers, and it keeps a greedy policy out of endless loops. FIRE is pressed
                   after a game begins and after a lost life, because otherwise the score of Breakout measures whether a
                   policy serves, not how it plays (SB3, CleanRL and EnvPool press it too).
``machado-2018``   Machado et al. 2018: sticky actions 0.25 are all the noise at the start, no help, all 18 actions, so that a
                   method gets no knowledge of the game. epsilon 0.01 as for their DQN. A model that knows only a game's own
                   actions does not fit it.
``dopamine-2018``  Castro et al. 2018: as Machado, but with the game's own actions and epsilon 0.001.

In all of them a game that brings no reward and no change of lives for 18,000 frames (5 minutes at 60 Hz) is cut. That can only
cost a score whose next reward lies further off, every such cut is counted in the result, and without it a policy that never
serves takes 108,000 frames to show that it scores nothing more.
"""

from typing import Any

from lab_core.benchmark import Benchmark
from lab_core.score import Score
from lab_environments.games import ANCHORS, BOOK_GAMES
from lab_environments.gym_benchmarks import GREEDY, gym_benchmarks

ATARI_PROTOCOLS: dict[str, dict[str, Any]] = {
    "dqn-classic": {
        "count": 30,
        "sticky": 0.0,
        "noops": 30,
        "fire": True,
        "actions": "minimal",
        "epsilon": 0.05,
        "frame_skip": 4,
        "max_frames": 108_000,
        "stall_frames": 18_000,
    },
    "machado-2018": {
        "count": 100,
        "sticky": 0.25,
        "noops": 0,
        "fire": False,
        "actions": "full",
        "epsilon": 0.01,
        "frame_skip": 4,
        "max_frames": 108_000,
        "stall_frames": 18_000,
    },
    "dopamine-2018": {
        "count": 100,
        "sticky": 0.25,
        "noops": 0,
        "fire": False,
        "actions": "minimal",
        "epsilon": 0.001,
        "frame_skip": 4,
        "max_frames": 108_000,
        "stall_frames": 18_000,
    },
}


def benchmarks() -> list[Benchmark]:
    """Every record of this package."""
    return [
        *(atari_benchmark(game) for game in ANCHORS),
        _atari("{game}", "Atari: {game}", Score("return", unit="points")),
        *gym_benchmarks(),
        Benchmark(
            id="env/{env}",
            title="{env}",
            score=Score("return"),
            needs="act",
            evaluator="lab_environments.evaluation:EpisodeEvaluator",
            scene="lab_environments.scene:GymScene",
            protocols={"greedy": GREEDY},
            default_protocol="greedy",
            parameters={"env": "{env}"},
        ),
    ]


def atari_benchmark(game: str) -> Benchmark:
    """The record of one of the 57 games, with both anchors."""
    random, human = ANCHORS[game]
    suites = ("atari-57", "book-games") if game in BOOK_GAMES else ("atari-57",)
    score = Score("return", unit="points", random=random, reference=human, reference_name="human")
    return _atari(game, game.replace("-", " ").title(), score, suites)


def _atari(game: str, title: str, score: Score, suites: tuple[str, ...] = ()) -> Benchmark:
    return Benchmark(
        id=f"atari/{game}",
        title=title,
        score=score,
        needs="act",
        unit="game",
        evaluator="lab_environments.evaluation:EpisodeEvaluator",
        scene="lab_environments.scene:AtariScene",
        protocols=ATARI_PROTOCOLS,
        default_protocol="dqn-classic",
        parameters={"game": game},
        suites=suites,
    )
