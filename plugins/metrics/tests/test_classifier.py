"""The shipped classifiers: as good as their cards say, computed as the module says, refused when damaged."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from lab_datasets import card as data_card
from lab_datasets import load as load_data
from lab_metrics import benchmarks
from lab_metrics.images import classifier, extractors
from lab_metrics.images.classifier import CONVOLUTIONS, HALVED_AFTER, Card, load, read
from scipy.signal import correlate2d

from lab_core.errors import LabError, UsageError

LEAST = {"mnist": 0.992, "fashion-mnist": 0.92}
WEIGHTS = Path(classifier.__file__).parents[1] / "weights"


@pytest.mark.parametrize("data", LEAST)
def test_names_test_images_as_well_as_its_card_says(data: str) -> None:
    images, labels = load_data(data, "test")
    found = load(data)
    features, probabilities = found.features(np.asarray(images))
    accuracy = float((probabilities.argmax(axis=1) == labels).mean())
    assert accuracy == pytest.approx(found.card.test_accuracy, abs=2e-4)  # another processor may turn one or two images
    assert accuracy >= LEAST[data]
    assert found.classes == data_card(data).classes
    assert features.shape == (10_000, 128)
    assert features.min() >= 0
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(10_000), abs=1e-5)


@pytest.mark.parametrize("data", LEAST)
def test_ships_small_and_under_the_name_that_protocols_state(data: str) -> None:
    path = WEIGHTS / f"{data}-cnn.npz"
    assert path.stat().st_size < 2_000_000
    assert benchmarks.CLASSIFIERS[data] == load(data).name
    assert extractors.has(data)
    with np.load(path, allow_pickle=False) as file:
        assert sum(file[name].size for name in file.files) == load(data).card.parameters


def test_the_forward_pass_is_the_one_that_is_described() -> None:
    """Against SciPy's correlation, one map at a time."""
    image = np.asarray(load_data("mnist", "validation").images[0])
    with np.load(WEIGHTS / "mnist-cnn.npz", allow_pickle=False) as file:
        weights = {name: file[name].astype(np.float64) for name in file.files}
    x = image / 255.0
    for name in CONVOLUTIONS:
        kernel = weights[f"{name}/kernel"]
        maps = [sum(correlate2d(x[..., i], kernel[..., i, j], "same") for i in range(x.shape[2])) for j in range(kernel.shape[3])]
        x = np.maximum(np.stack(maps, axis=-1) + weights[f"{name}/bias"], 0)
        if name in HALVED_AFTER:
            odd = x.shape[0] % 2
            x = np.pad(x, ((0, odd), (0, odd), (0, 0)), constant_values=-np.inf)
            x = x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2, -1).max(axis=(1, 3))
    expected = np.maximum(x.reshape(-1) @ weights["features/kernel"] + weights["features/bias"], 0)
    logits = expected @ weights["logits/kernel"] + weights["logits/bias"]
    features, probabilities = load("mnist").features(image[None])
    assert features[0] == pytest.approx(expected, abs=1e-4)
    assert probabilities[0] == pytest.approx(np.exp(logits) / np.exp(logits).sum(), abs=1e-5)


def test_an_images_features_do_not_depend_on_what_comes_with_it() -> None:
    images = np.asarray(load_data("mnist", "validation").images[:300])
    whole, alone = load("mnist").features(images)[0], load("mnist").features(images[270:273])[0]
    assert alone == pytest.approx(whole[270:273], abs=1e-5)


def test_colour_and_size_are_fitted() -> None:
    images = np.asarray(load_data("mnist", "validation").images[:20])
    colour = np.repeat(images, 3, axis=3)
    assert np.array_equal(load("mnist").features(colour)[0], load("mnist").features(images)[0])
    wide = np.pad(images, ((0, 0), (0, 0), (0, 0), (0, 0))).repeat(2, axis=1).repeat(2, axis=2)
    same = load("mnist").features(wide)[1].argmax(axis=1) == load("mnist").features(images)[1].argmax(axis=1)
    assert same.mean() >= 0.9
    with pytest.raises(LabError, match="uint8"):
        load("mnist").features(images.astype(np.float32))


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    for ending in (".npz", ".json"):
        shutil.copy(WEIGHTS / f"mnist-cnn{ending}", tmp_path)
    path = tmp_path / "mnist-cnn.npz"
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(data)
    with pytest.raises(LabError, match="has changed since it was written"):
        read(tmp_path / "mnist-cnn")
    path.write_bytes(data[:-1])
    with pytest.raises(LabError, match="bytes"):
        read(tmp_path / "mnist-cnn")
    (tmp_path / "mnist-cnn.json").write_text("{}")
    with pytest.raises(LabError, match="no readable card"):
        read(tmp_path / "mnist-cnn")


def test_another_package_adds_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extractors, "_places", dict(extractors._places))
    assert not extractors.has("other")
    with pytest.raises(UsageError, match="other"):
        extractors.extractor("other")
    extractors.register("other", f"{__name__}:load_digits")
    extractors.register("other", f"{__name__}:load_digits")  # the same twice is fine
    assert extractors.extractor("other").name == extractors.extractor("mnist").name
    with pytest.raises(LabError, match="registered already"):
        extractors.register("mnist", "my_package.network:load")
    card = msgspec.json.decode((WEIGHTS / "mnist-cnn.json").read_bytes(), type=Card)
    assert card.seed == 20261121


def load_digits(data_id: str) -> classifier.Classifier:
    assert data_id == "other"
    return load("mnist")
