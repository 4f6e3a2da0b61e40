"""Generator and discriminator of the user's own, by ``--set network=module:function``: trained, scored, resumed, sampled."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lab_gan.model import GeneratorModel

import lab_app as lab
from lab_core.errors import LabError, UsageError
from lab_core.imports import VARIABLE

MODULE = """
from keras import layers

def make():
    generator = [layers.Dense(7 * 7 * 4), layers.BatchNormalization(), layers.ReLU(), layers.Reshape((7, 7, 4)),
                 layers.Conv2DTranspose(4, 4, 2, "same", activation="relu"), layers.Conv2DTranspose(1, 4, 2, "same")]
    discriminator = [layers.Conv2D(4, 4, 2, "same", activation="leaky_relu"), layers.Flatten(), layers.Dropout(0.2)]
    return generator, discriminator

def small():
    return [layers.Dense(9), layers.Reshape((3, 3, 1))], [layers.Flatten()]

def one():
    return [layers.Flatten()]
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "my_gan_layers.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv(VARIABLE, "my_gan_layers")
    return tmp_path


def test_it_trains_is_scored_resumed_and_loaded_only_after_it_was_allowed(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")  # lab.train allows what its settings name
    own = {"network": "my_gan_layers:make"}
    run = lab.train("gan-mnist", preset="smoke", settings=own, evaluate=False, runs_dir=mine / "runs")
    assert np.isfinite(lab.evaluate(run, protocol="validation-2k5").value)
    length = run.record.step
    assert lab.resume(run, steps=2 * length, evaluate=False).record.step == 2 * length
    assert next(lab.sample(lab.load(run), 1, seed=3)).shape == (28, 28, 1)
    monkeypatch.setenv(VARIABLE, "")
    with pytest.raises(UsageError, match="would import the module 'my_gan_layers'"):
        lab.load(run)


def test_a_resume_is_exact_with_labels_and_the_model_gives_the_same_images(mine: Path, trainer: Callable[..., Any]) -> None:
    own = ("network=my_gan_layers:make", "average_decay=0")
    first = trainer("cgan-mnist", *own)
    first.advance(2)
    (mine / "state").mkdir()
    first.save(mine / "state", None)
    second = trainer("cgan-mnist", *own, seed=7)
    second.load(mine / "state", None)
    saved, found = first.state_digest(), second.state_digest()
    assert saved.keys() == found.keys()
    assert any("batch_normalization" in name and "moving_mean" in name for name in saved)
    for name, value in saved.items():
        np.testing.assert_array_equal(value, found[name], err_msg=name)
    model = first.model()
    (mine / "model").mkdir()
    model.save(mine / "model")
    loaded = GeneratorModel.load(mine / "model", device="cpu")
    images = [list(one.sample(4, seed=1, options={"label": 7})) for one in (model, loaded)]
    np.testing.assert_array_equal(images[0], images[1])


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("small", "the generator ends in 3 x 3 x 1; images of 28 x 28 x 1 are expected"),
        ("one", "a tuple \\(generator, discriminator\\)"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(mine: Path, trainer: Callable[..., Any], function: str, message: str) -> None:
    with pytest.raises(LabError, match=message):
        trainer("gan-mnist", f"network=my_gan_layers:{function}")
