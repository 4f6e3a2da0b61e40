"""The small classifiers in whose features images are compared: one for each data set that has one, identified by checksum.

    classifier = load("mnist")
    features, probabilities = classifier.features(images)    # float32 [n, 128] and [n, 10] of uint8 [n, 28, 28, 1]

A classifier is two files: ``NAME.npz`` (kernels and biases in float16, batch normalisation folded in; the forward pass below
computes in float32 from exactly these rounded numbers) and ``NAME.json`` (:class:`Card`). Scores of two classifiers are
not comparable, so every signature carries :attr:`Classifier.name`: the file's name and the beginning of its hash.

The network: 5 x 5 convolution to 32 maps, halved; two 3 x 3 to 64, halved; two 3 x 3 to 128, halved; 128 rectified features;
ten logits. Halving takes the largest of 2 x 2. ``plugins/metrics/tools/train_classifier.py`` trains it.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError, unknown
from lab_core.files import Fingerprint, file_damage
from lab_metrics.images.arrays import fitted

CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4", "conv5")
HALVED_AFTER = ("conv1", "conv3", "conv5")  # 28 -> 14 -> 7 -> 4 pixels
BATCH = 250  # fixed, so that one compiled function serves all; larger ones leave the processor's cache

_shipped = {"mnist": "lab_metrics:weights/mnist-cnn", "fashion-mnist": "lab_metrics:weights/fashion-mnist-cnn"}
_loaded: dict[str, "Classifier"] = {}

Floats = NDArray[np.float32]


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about a shipped classifier.

    classes              names of the labels in the order of the probabilities
    shape                [height, width, channels] of the images that it sees
    test_accuracy        share of right answers on the test split, of the weights as they ship; measured once, at the end
    validation_accuracy  the same on the split that chose the epoch
    file                 size and hash of the weights
    command              what trained it; seed, epochs and processor seconds stand beside it
    """

    data: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    parameters: int
    seed: int
    epochs: int
    chosen_epoch: int
    test_accuracy: float
    validation_accuracy: float
    processor_seconds: float
    command: str
    file: Fingerprint


class Classifier:
    """A trained classifier, ready to look at images. Not thread-safe to build, safe to call."""

    def __init__(self, name: str, card: Card, weights: Mapping[str, NDArray[Any]]) -> None:
        self.name = f"{name}@{card.file.sha256[:8]}"
        self.card = card
        self.classes = card.classes
        self.shape = card.shape
        self.width = int(weights["features/bias"].shape[0])
        self._forward = _compiled(weights, card.shape)

    def features(self, images: NDArray[np.uint8]) -> tuple[Floats, Floats]:
        """Features [n, 128] and probabilities [n, classes] of uint8 images [n, height, width, channels].

        Images of another size or number of channels are fitted first (:func:`lab_metrics.images.arrays.fitted`).
        """
        images = fitted(images, self.card.shape)
        count = len(images)
        features = np.empty((count, self.width), np.float32)
        probabilities = np.empty((count, len(self.classes)), np.float32)
        batch = np.zeros((BATCH, *self.card.shape), np.uint8)
        for start in range(0, count, BATCH):
            part = images[start : start + BATCH]
            batch[: len(part)] = part
            some, chances = self._forward(batch)
            features[start : start + len(part)] = some.numpy()[: len(part)]
            probabilities[start : start + len(part)] = chances.numpy()[: len(part)]
        return features, probabilities


def load(data_id: str) -> Classifier:
    """The classifier of a data set, built once a process; raises UsageError when there is none, LabError for a damaged one."""
    if data_id not in _shipped:
        raise unknown("classifier for the data set", data_id, _shipped)
    if data_id not in _loaded:
        _loaded[data_id] = read(_place(_shipped[data_id]))
    return _loaded[data_id]


def read(path: Path) -> Classifier:
    """A classifier from ``path``.npz and ``path``.json; raises LabError for files that aren't what was written."""
    try:
        card = msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=Card)
    except (OSError, msgspec.MsgspecError) as error:
        raise LabError(f"The classifier {path.name} has no readable card: {error}.", "Install its package again.") from None
    weights = path.with_suffix(".npz")
    if why := file_damage(weights, card.file):
        raise LabError(f"The weights of the classifier {path.name}: {weights.name} {why}.", "Install its package again.")
    with np.load(weights, allow_pickle=False) as file:
        return Classifier(path.name, card, {name: file[name] for name in file.files})


def _place(place: str) -> Path:
    package, _, inside = place.partition(":")
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise LabError(f"The package {package!r} that ships a classifier is not installed.")
    return Path(spec.submodule_search_locations[0]) / inside


def _compiled(weights: Mapping[str, NDArray[Any]], shape: tuple[int, int, int]) -> Any:
    """uint8 [BATCH, *shape] -> features and probabilities, as one compiled function."""
    from lab_tensorflow import runtime

    tf = runtime.start()
    values = {name: tf.constant(value.astype(np.float32)) for name, value in weights.items()}

    def forward(images: Any) -> Any:
        x = tf.cast(images, tf.float32) / 255.0
        for name in CONVOLUTIONS:
            x = tf.nn.relu(tf.nn.conv2d(x, values[f"{name}/kernel"], 1, "SAME") + values[f"{name}/bias"])
            if name in HALVED_AFTER:
                x = tf.nn.max_pool2d(x, 2, 2, "SAME")
        x = tf.reshape(x, [BATCH, -1])
        features = tf.nn.relu(x @ values["features/kernel"] + values["features/bias"])
        return features, tf.nn.softmax(features @ values["logits/kernel"] + values["logits/bias"])

    return tf.function(forward, input_signature=[tf.TensorSpec([BATCH, *shape], tf.uint8)])
