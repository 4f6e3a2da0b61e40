"""The trainers: schedules, resume to the bit, learning by learning, and what is refused."""

from itertools import pairwise

import numpy as np
import pytest
from lab_tabular.benchmarks import benchmarks
from lab_tabular.config import LearnerConfig, PlannerConfig
from lab_tabular.learners import ExpectedSarsa, QLearning, Sarsa
from lab_tabular.planner import ValueIteration
from lab_tabular.tasks import tasks

from lab_app.testing import differences
from lab_core.config import from_dict, resolve, to_dict
from lab_core.context import Context
from lab_core.errors import LabError, UsageError
from lab_core.trainer import Chunks
from lab_core.training.evaluation import evaluate

TASKS = {task.id: task for task in tasks()}
BENCHMARKS = {benchmark.id: benchmark for benchmark in benchmarks()}


class NoChunks(Chunks):
    def add(self, name, write):
        raise AssertionError("a table needs no chunks")

    def path(self, name):
        raise AssertionError

    def names(self):
        return ()


def learner(kind=QLearning, *, seed=0, **settings):
    return kind(TASKS["q-learning-maze"], from_dict(LearnerConfig, settings), Context(seed=seed))


@pytest.mark.parametrize("backend", ["compiled", "gymnasium"])
@pytest.mark.parametrize("kind", [QLearning, Sarsa, ExpectedSarsa])
def test_half_and_resume_and_half_is_the_whole_to_the_bit(kind, backend, tmp_path):
    settings = {"maze": "traps", "steps": 60, "slice_episodes": 8, "backend": backend}
    whole, half = learner(kind, **settings), learner(kind, **settings)
    for trainer, count in ((whole, 60), (half, 30)):
        done = 0
        while done < count:
            done = trainer.advance(count - done).step
    half.save(tmp_path, NoChunks())
    resumed = learner(kind, seed=99, **settings)
    resumed.load(tmp_path, NoChunks())
    assert not differences(half.state_digest(), resumed.state_digest())
    done = 30
    while done < 60:
        done = resumed.advance(60 - done).step
    assert not differences(whole.state_digest(), resumed.state_digest())
    assert differences(whole.state_digest(), half.state_digest())
    for trainer in (whole, half, resumed):
        trainer.close()


def test_both_backends_train_the_same_table():
    tables = []
    for backend in ("compiled", "gymnasium"):
        trainer = learner(Sarsa, maze="traps", steps=30, backend=backend, max_steps=50)
        trainer.advance(30)
        tables.append(trainer.state_digest())
    np.testing.assert_array_equal(tables[0]["q"], tables[1]["q"])
    np.testing.assert_array_equal(tables[0]["visits"], tables[1]["visits"])


def test_exploration_falls_in_a_straight_line_over_the_horizon_and_stays():
    trainer = learner(steps=11, epsilon=1.0, epsilon_final=0.0, slice_episodes=1)
    shares = [trainer.advance(1).scalars["epsilon"] for _ in range(13)]
    np.testing.assert_allclose(shares, [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0, 0, 0], atol=1e-12)
    constant = learner(steps=11, epsilon=0.3, epsilon_final=None)
    assert constant.advance(5).scalars["epsilon"] == pytest.approx(0.3)


def test_slices_are_no_longer_than_asked_for_and_cut_the_same_stream():
    one, many = learner(steps=40, slice_episodes=40), learner(steps=40, slice_episodes=40)
    assert one.advance(40).step == 40
    assert [many.advance(limit).step for limit in (1, 7, 32)] == [1, 8, 40]
    assert not differences(one.state_digest(), many.state_digest())


@pytest.mark.parametrize(
    ("task_id", "least"),
    [
        ("q-learning-maze", 81.3),
        ("sarsa-maze", 80.0),
        ("expected-sarsa-maze", 80.0),
        ("q-learning-maze-traps", 79.0),
        ("sarsa-maze-traps", 76.0),
        ("expected-sarsa-maze-traps", 76.0),
        ("value-iteration-maze", 81.33),
        ("value-iteration-maze-traps", 80.13),
    ],
)
def test_default_settings_learn_a_nearly_perfect_policy_from_every_cell(task_id, least):
    task = TASKS[task_id]
    kind = {"q-learning": QLearning, "sarsa": Sarsa, "expected-sarsa": ExpectedSarsa}.get(task.method, ValueIteration)
    config_type = PlannerConfig if kind is ValueIteration else LearnerConfig
    for seed in range(3):
        trainer = kind(task, resolve(config_type, task.preset("default")), Context(seed=seed))
        progress = trainer.advance(trainer.config.steps)
        while progress.step < trainer.config.steps and not progress.done:
            progress = trainer.advance(trainer.config.steps - progress.step)
        score = evaluate(BENCHMARKS[f"maze/{trainer.config.maze}"], trainer.model()).value
        assert score >= least, f"seed {seed}"
        assert progress.scalars["greedy_return"] >= 95


def test_value_iteration_ends_by_itself_and_resumes_to_the_bit(tmp_path):
    task = TASKS["value-iteration-maze-traps"]
    config = resolve(PlannerConfig, task.preset("default"))
    whole = ValueIteration(task, config, Context(seed=0))
    changes = []
    for _ in range(config.steps):
        progress = whole.advance(config.steps)
        changes.append(progress.scalars["change"])
        if progress.done:
            break
    assert progress.done
    assert progress.step < 20
    assert progress.scalars["start_value"] == pytest.approx(100 * 0.9**5 - 5 * 0.9**3)
    assert all(late <= early for early, late in pairwise(changes))
    half = ValueIteration(task, config, Context(seed=0))
    for _ in range(4):
        half.advance(1)
    half.save(tmp_path, NoChunks())
    resumed = ValueIteration(task, config, Context(seed=5))
    resumed.load(tmp_path, NoChunks())
    while not resumed.advance(1).done:
        pass
    assert not differences(whole.state_digest(), resumed.state_digest())


def test_a_state_of_another_maze_or_a_damaged_one_is_refused(tmp_path):
    trainer = learner(maze="A  o\n    ")
    trainer.advance(1)
    trainer.save(tmp_path, NoChunks())
    with pytest.raises(LabError, match="does not fit"):
        learner().load(tmp_path, NoChunks())
    (tmp_path / "state.npz").write_bytes(b"PK")
    with pytest.raises(LabError, match="can't be read"):
        learner().load(tmp_path, NoChunks())
    with pytest.raises(LabError, match="can't be read"):
        learner().load(tmp_path / "nowhere", NoChunks())


def test_the_model_is_detached():
    trainer = learner(steps=100)
    trainer.advance(50)
    model = trainer.model()
    before = model.values.copy()
    trainer.advance(50)
    np.testing.assert_array_equal(model.values, before)


def test_many_traps_train_through_gymnasium_without_a_table(monkeypatch, capsys):
    monkeypatch.setattr("lab_tabular.tables.MOST_STATES", 20)
    trainer = learner(maze="traps", steps=20, backend="gymnasium")
    assert "value_error" not in trainer.advance(20).scalars
    with pytest.raises(UsageError, match="backend=gymnasium"):
        learner(maze="traps", backend="compiled")
    with pytest.raises(UsageError, match="more than 20 states"):
        ValueIteration(TASKS["value-iteration-maze-traps"], from_dict(PlannerConfig, {"maze": "traps"}), Context(seed=0))
    fallen_back = learner(maze="traps", steps=20)
    assert "stepped in Python" in capsys.readouterr().err
    assert not differences(trainer.state_digest(), fallen_back.state_digest()) or fallen_back.advance(20).step == 20


def test_a_maze_file_makes_a_run_that_needs_it_no_more(tmp_path):
    file = tmp_path / "mine.txt"
    file.write_text("A o\n x \n")
    config = resolve(LearnerConfig, TASKS["q-learning-maze"].preset("smoke"), overrides=[f"maze={file}"])
    file.unlink()
    again = from_dict(LearnerConfig, to_dict(config))
    assert again == config
    assert again.maze == "A o\n x "
    fields = again.benchmark_fields()
    assert fields["maze"].startswith("custom-")
    assert len(fields["maze"]) == len("custom-") + 8
    filled = BENCHMARKS["maze/{maze}"].filled(fields)
    assert filled.id == f"maze/{fields['maze']}"
    trainer = QLearning(TASKS["q-learning-maze"], config, Context(seed=0))
    trainer.advance(40)
    assert len(evaluate(filled, trainer.model()).scores) == 60


@pytest.mark.parametrize(
    ("override", "part"),
    [
        ("maze=nowhere.txt", "no file 'nowhere.txt'"),
        ("maze=A?\no ", "unknown letter '?' at line 1, column 2"),
        ("alpha=0", "'alpha' can't be"),
        ("epsilon=1.5", "'epsilon' can't be"),
        ("epsilon_final=-1", "'epsilon_final' can't be"),
        ("ties=last", "'ties' can't be 'last'"),
        ("max_steps=0", "'max_steps' can't be"),
    ],
)
def test_bad_settings_are_refused_with_one_line(override, part):
    with pytest.raises(UsageError) as error:
        resolve(LearnerConfig, {}, overrides=[override])
    assert part in str(error.value)
    assert "\n" not in str(error.value)


def test_the_book_preset_is_the_source():
    for task_id, moves in (("q-learning-maze", 30), ("sarsa-maze-traps", 50)):
        config = resolve(LearnerConfig, TASKS[task_id].preset("book"))
        assert (config.steps, config.alpha, config.gamma, config.epsilon, config.epsilon_final) == (200, 0.1, 0.9, 0.1, None)
        assert (config.max_steps, config.ties, config.random_when_zero) == (moves, "first", True)


def test_memory_grows_with_the_traps():
    plain, traps = (QLearning.memory(from_dict(LearnerConfig, {"maze": maze})) for maze in ("plain", "traps"))
    assert 0 < plain < traps < 1 << 30
