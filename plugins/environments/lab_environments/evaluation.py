"""Scores models that act: a fixed set of episodes, each played to its end, under the benchmark's protocol.

Episodes 0 to ``count - 1`` are handed to slots in order, a slot that is free taking the next. All of them are finished and no
other is counted, so short episodes are not favoured, as they are where the first ``count`` ends of a vector are taken. What
slots without work bring is ignored, and the batch that the model sees keeps its size.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lab_core.errors import LabError, UsageError
from lab_core.evaluator import Evaluation, Evaluator, Tick
from lab_core.machine.hardware import usable_threads
from lab_core.model import Act, Model
from lab_environments.arenas import Arena, AtariArena, GymArena
from lab_environments.match import Match
from lab_environments.protocol import AtariProtocol, episode_rules, plain, read_protocol

WIDTH = 16  # episodes at once: where batching a convolutional network stops paying on a few cores


class EpisodeEvaluator(Evaluator):
    """Plays whole episodes. The benchmark's ``parameters`` say where: ``game`` (Atari) or ``env`` (a Gymnasium id)."""

    width = WIDTH

    def evaluate(self, model: Model, *, protocol: str, count: int, seed: int, progress: Tick | None = None) -> Evaluation:
        """Scores in the order of the episodes' numbers; the same call gives the same scores.

        Details: ``length`` (agent steps), ``truncated`` (cut by a cap), ``stalled`` (cut because nothing happened any more).
        Raises LabError when the model doesn't fit, UsageError for an unknown protocol, game or environment.
        """
        where = self.benchmark.id
        if not isinstance(model, Act):
            raise LabError(f"Benchmark {where} needs a model that can act; {type(model).__name__} can't.")
        if count < 1:
            raise UsageError(f"{count} episodes can't be scored; at least 1 is expected.")
        rounds = -(-count // self.width)
        slots = -(-count // rounds)
        game = self.benchmark.parameters.get("game")
        arena: Arena
        if game is not None:
            name, rules = read_protocol(AtariProtocol, self.benchmark, protocol)
            threads = max(1, min(usable_threads(), slots))
            arena = AtariArena(game, rules, model.observation, slots=slots, threads=threads, where=where)
            match = Match(model, arena, seed=seed, epsilon=rules.epsilon, stall_frames=rules.stall_frames, where=where)
        else:
            name, rules, longest = episode_rules(self.benchmark, protocol)
            arena = GymArena(self.benchmark.parameters["env"], model.observation, slots=slots, where=where)
            match = Match(model, arena, seed=seed, epsilon=rules.epsilon, max_steps=longest, where=where)
        try:
            columns = _play(match, count, progress)
        finally:
            arena.close()
        scores = columns.pop("score")
        return Evaluation(
            benchmark=where,
            protocol=name,
            settings={**plain(rules), "env": arena.env, **_versions(game is not None)},
            seed=seed,
            scores=scores,
            value=float(np.mean(scores)),
            unit="game" if game is not None else "episode",
            details=columns,
            steps=int(sum(columns["length"])),
        )


def _play(match: Match, count: int, progress: Tick | None) -> dict[str, tuple[float, ...]]:
    """Play episodes 0 to count - 1 to their ends; score, length, truncated and stalled of each."""
    slots = match.arena.slots
    table = np.zeros((4, count))
    finished = np.zeros(count, np.bool_)
    match.begin(np.ones(slots, np.bool_), range(slots))
    following = slots
    while not finished.all():
        ended = match.step()
        if not ended.any():
            continue
        done = match.episodes[ended]
        table[:, done] = [column[ended] for column in (match.scores, match.lengths, match.truncated, match.stalled)]
        finished[done] = True
        free = np.flatnonzero(ended)[: count - following]
        if len(free):
            match.begin(np.isin(np.arange(slots), free), range(following, following + len(free)))
            following += len(free)
        if progress is not None:
            progress(int(finished.sum()), count, [float(score) for score in table[0, finished]])
    names = ("score", "length", "truncated", "stalled")
    return {name: tuple(float(value) for value in row) for name, row in zip(names, table, strict=True)}


def _versions(atari: bool) -> Mapping[str, Any]:
    import ale_py
    import gymnasium

    return {"ale_py": ale_py.__version__} if atari else {"gymnasium": gymnasium.__version__}
