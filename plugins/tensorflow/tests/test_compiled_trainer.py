"""Training on minibatches: batches, means, averages, validation, what is shown, and a resume that is exact."""

import json

import numpy as np
import pytest
from toy import LineModel, LineTrainer, trainer

from lab_core.errors import LabError


def test_a_line_is_learnt():
    """Noise-free points on a line: the loss has to fall by orders of magnitude, on validation points too."""
    one = trainer(steps=400, updates_per_slice=100, learning_rate=0.01, validation_every=100)
    progress = [one.advance(400) for _ in range(4)]
    assert progress[-1].step == 400
    assert progress[-1].scalars["validation_error"] < 1e-3 < progress[0].scalars["loss"]
    assert progress[-1].scalars["epoch"] == 400 * 8 / 100


def test_metrics_are_means_over_the_slice_by_name():
    """``items`` counts 8 a step: after 5 updates its mean is (8 + 16 + 24 + 32 + 40) / 5."""
    one = trainer()
    first, second = one.advance(100).scalars, one.advance(3).scalars
    assert first["items"] == 24
    assert second["items"] == pytest.approx((48 + 56 + 64) / 3)
    assert 0 < first["noise"] < 1
    assert first["noise"] != second["noise"]
    assert first["points_per_second"] > 0
    assert one.step == 8


@pytest.mark.parametrize("shift", [0.0, 0.1])
def test_a_resumed_run_equals_one_that_did_not_stop(tmp_path, shift):
    """Bit for bit on one thread: weights, moments, averages, dropout's seeds, state, order, augmentation, counters."""
    settings = {"shift": shift, "dropout": 0.2, "average_decay": 0.9, "schedule": "cosine", "warmup": 3}
    straight = trainer(**settings)
    straight.advance(5)
    straight.save(tmp_path, None)
    saved = straight.state_digest()
    resumed = trainer(seed=9, **settings)
    resumed.advance(5)  # traced already, with other seeds
    resumed.load(tmp_path, None)
    assert_equal(saved, resumed.state_digest())
    assert straight.advance(5).scalars["loss"] == resumed.advance(5).scalars["loss"]
    assert_equal(straight.state_digest(), resumed.state_digest())
    assert not np.array_equal(saved["line/dense/kernel"], resumed.state_digest()["line/dense/kernel"])


def assert_equal(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert np.array_equal(value, other[name]), name


def test_slices_of_any_length_give_the_same_run():
    one, other = trainer(updates_per_slice=10, average_decay=0.9), trainer(updates_per_slice=3, average_decay=0.9)
    one.advance(10)
    while other.step < 10:
        other.advance(10 - other.step)
    found, wanted = other.state_digest(), one.state_digest()
    assert all(np.array_equal(found[name], wanted[name]) for name in wanted if not name.startswith("counters"))


def test_state_has_names_that_hold_in_every_process():
    trainer()  # Keras numbers on
    names = set(trainer(average_decay=0.5).state_digest())
    for layer in ("dense", "dense_1"):
        for variable in ("kernel", "bias"):
            path = f"line/{layer}/{variable}"
            assert {path, f"optimizer/m/{path}", f"optimizer/v/{path}", f"average/{path}"} <= names
    assert {"optimizer/updates", "optimizer/learning_rate", "state/items"} <= names


def test_validation_uses_the_average_weights_and_changes_nothing():
    one = trainer(validation_every=5, average_decay=0.9)
    one.advance(5)
    before = one.state_digest()
    found = one.validate()["validation_error"]
    assert_equal(before, one.state_digest())
    points = one.make_validation()
    model = one.model()
    predictions = model.networks["line"](points["input"] / np.float32(100)).numpy()[:, 0]
    assert found == pytest.approx(np.mean((predictions - points["target"] / 100) ** 2), rel=1e-5)


def test_media_and_notes_come_at_their_cadence():
    one = trainer(updates_per_slice=4, media_every=6)
    found = [one.advance(4) for _ in range(4)]
    assert [[media.text for media in progress.media] for progress in found] == [[], ["after 8"], ["after 12"], []]
    assert found[1].notes == ("from 4 to 8",)
    assert found[1].scalars["slices"] == 2


def test_a_diverging_run_stops_with_one_line():
    one = trainer(slope=1e30)
    with pytest.raises(LabError, match="diverged between updates 0 and 5: loss is not a finite number"):
        one.advance(5)


def test_other_data_are_not_trained_on(tmp_path):
    trainer().save(tmp_path, None)
    with pytest.raises(LabError, match="data differ"):
        trainer(slope=2.0).load(tmp_path, None)


def test_a_damaged_state_is_one_clear_line(tmp_path):
    one = trainer()
    one.save(tmp_path, None)
    state = json.loads((tmp_path / "state.json").read_text())
    for damaged in ("{", json.dumps(state | {"family": {}}), json.dumps({"step": 1})):
        (tmp_path / "state.json").write_text(damaged)
        with pytest.raises(LabError, match="can't be read"):
            one.load(tmp_path, None)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({}, "no items"),
        ({"input": np.zeros((0, 2))}, "no items"),
        ({"input": np.zeros((3, 2)), "target": np.zeros(4)}, "different lengths: input 3, target 4"),
        ({"text": np.array(["a", "b"])}, "'text' can't be trained on"),
    ],
)
def test_unusable_columns_are_named(columns, message, monkeypatch):
    monkeypatch.setattr(LineTrainer, "make_data", lambda self: columns)
    with pytest.raises(LabError, match=message):
        trainer()


def test_a_model_is_detached_and_loads_alone(tmp_path):
    one = trainer(average_decay=0.5)
    one.advance(5)
    model = one.model()
    model.save(tmp_path)
    rows = [np.array([0.1 * number, 1], np.float32) for number in range(70)]
    network = model.networks["line"]
    before = [float(value[0]) for value in model.batched(network, rows)]
    one.advance(5)
    assert [float(value[0]) for value in model.batched(network, rows)] == before
    loaded = LineModel.load(tmp_path, device="cpu")
    assert loaded.about == {"unit": "points"}
    assert loaded.config == one.config
    assert [float(value[0]) for value in loaded.batched(loaded.networks["line"], rows)] == before
    assert sorted(np.load(tmp_path / "weights.npz").files) == [
        f"line/{layer}/{kind}" for layer in ("dense", "dense_1") for kind in ("bias", "kernel")
    ]
    with pytest.raises(LabError, match="no readable model"):
        LineModel.load(tmp_path / "none", device="cpu")
    with pytest.raises(LabError, match="lacks 'line/dense_1/bias'"):
        loaded.assign({name: value for name, value in one.average.values().items() if name != "line/dense_1/bias"})
    with pytest.raises(LabError, match="'other'"):
        loaded.assign(one.average.values() | {"other": np.zeros(1)})


def test_the_preview_follows_training():
    one = trainer(average_decay=0.5)
    first = one.preview()
    before = first.networks["line"].layers[1].kernel.numpy()
    one.advance(5)
    assert one.preview() is first
    np.testing.assert_array_equal(first.networks["line"].layers[1].kernel.numpy(), one.average.values()["line/dense/kernel"])
    assert not np.array_equal(before, first.networks["line"].layers[1].kernel.numpy())
