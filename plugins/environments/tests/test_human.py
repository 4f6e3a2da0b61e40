"""A person at Breakout is scored exactly as a model that chose the same actions."""

import numpy as np
from lab_environments.benchmarks import benchmarks
from lab_environments.evaluation import EpisodeEvaluator
from lab_environments.scene import AtariScene

from lab_app.display import Sink
from lab_app.display.controls import Key
from lab_app.display.human import play_as_person

RECORDS = {record.id: record for record in benchmarks()}


class Fingers(Sink):
    """Begins the game, then holds right for 20 pictures, left for 20, and so on."""

    def __init__(self):
        self.frames = 0
        self.told = 0

    def show(self, frame, caption):
        self.frames += 1

    def pressed(self):
        if self.told == self.frames:
            return []
        self.told = self.frames
        if self.frames == 1:
            return [Key("space"), Key("space", False), Key("right")]
        if self.frames % 20:
            return []
        now, before = ("left", "right") if self.frames % 40 else ("right", "left")
        return [Key(now), Key(before, False)]


class Writing(AtariScene):
    """Writes down what the person chose."""

    def __init__(self, benchmark):
        super().__init__(benchmark)
        self.chosen = []

    def frames(self, model, *, seed, options):
        act = model.act

        def written(*arguments, **settings):
            actions, state = act(*arguments, **settings)
            self.chosen.append(int(actions[0]))
            return actions, state

        model.act = written
        return super().frames(model, seed=seed, options=options)


def test_a_person_is_scored_as_a_model_that_acts_alike(player, monkeypatch):
    monkeypatch.setattr("lab_app.display.pace.Pace.left", lambda pace: 0.0)  # nobody waits here
    record = RECORDS["atari/breakout"]
    scene = Writing(record)
    evaluation, played = play_as_person(scene, [Fingers()], scene.actions(), protocol="dqn-classic", seed=3, episodes=1)
    again = iter(scene.chosen)
    model = player({"kind": "frames"}, lambda frames, rng: np.array([next(again)]))
    expected = EpisodeEvaluator(record).evaluate(model, protocol="dqn-classic", count=1, seed=3)
    assert evaluation.scores == expected.scores
    assert evaluation.details == expected.details
    assert played.frames == 1 + expected.details["length"][0]
    assert {2, 3} <= set(scene.chosen)
    shared = expected.settings.keys() & evaluation.settings.keys()
    assert {"sticky", "noops", "epsilon", "frame_skip", "fire"} <= shared
    assert all(evaluation.settings[name] == expected.settings[name] for name in shared)
