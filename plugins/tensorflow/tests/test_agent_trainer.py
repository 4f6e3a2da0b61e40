"""Counters, recent returns and random streams of agents' trainers."""

import json
from types import SimpleNamespace

import pytest
from lab_tensorflow.agent_trainer import AgentTrainer

from lab_core.context import Context
from lab_core.errors import LabError


class Player(AgentTrainer):
    """Plays nothing: what the counters say is set from outside."""

    position = 0

    def __init__(self, seed: int = 0) -> None:
        super().__init__(None, SimpleNamespace(score_window=3), Context(seed=seed))
        self.rng = self.context.generator("policy")

    def streams(self):
        return {"policy": self.rng}

    def place(self):
        return {"position": self.position}

    advance = load = model = save = lambda self, *arguments: None


def test_the_score_is_the_mean_of_the_newest_returns():
    one = Player()
    assert one.returns() == {}
    finished = [1.0, 2.0, 6.0, 4.0]
    one.count_episodes(finished)
    assert (one.episodes, finished) == (4, [])
    assert one.returns() == {"score": 4.0, "score_window_max": 6.0}


def test_a_slice_counts_only_up_to_its_limit():
    one = Player()
    one.agent_steps = 64
    assert one.report(100) == 64
    one.agent_steps = 128
    assert one.take_notes() == ()
    assert one.report(10) == 74
    assert one.take_notes() == ("128 agent steps were taken where 74 were asked for: a slice is always whole.",)


def test_everything_comes_back(tmp_path):
    one, other = Player(), Player(seed=1)
    one.count_episodes([1.0, 2.0])
    one.agent_steps, one.updates, one.position = 7, 3, 5
    one.rng.random(4)
    one.save_counters(tmp_path)
    assert other.load_counters(tmp_path) == {"position": 5}
    other.position = 5
    assert other.counter_digest() == one.counter_digest()
    assert other.rng.random() == one.rng.random()
    for damaged in ("{", json.dumps({"agent_steps": 1})):
        (tmp_path / "state.json").write_text(damaged)
        with pytest.raises(LabError, match="can't be read"):
            other.load_counters(tmp_path)


def test_seeds_of_a_restart_belong_to_the_step_and_the_note_comes_once():
    one, other = Player(), Player()
    one.restart_needed = True
    one.agent_steps = other.agent_steps = 9
    seed = one.restart_seed("New episodes were started.")
    assert seed == other.restart_seed("")
    assert not one.restart_needed
    assert [one.take_notes(), one.take_notes()] == [("New episodes were started.",), ()]
    other.agent_steps = 10
    assert other.restart_seed("") != seed
    assert type(seed) is int  # ready for JSON
