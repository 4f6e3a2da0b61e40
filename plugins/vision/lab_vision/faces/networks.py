"""The three networks of MTCNN (Zhang, Zhang, Li and Qiao 2016, figure 2), with the weights that ship.

Weights: the Python package mtcnn 1.0.0 (MIT); ``weights/mtcnn.json`` is the card, ``tools/mtcnn.py`` converts them.
Images are float32 [batch, h, w, 3], RGB, (value - 127.5) / 128.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from lab_core.errors import LabError

FOLDER = Path(__file__).parent / "weights"
CELL, STRIDE = 12, 2  # pixels that the first network sees at once, and between its positions


@cache
def arrays() -> dict[str, NDArray[np.float32]]:
    """NETWORK/LAYER/VARIABLE -> array; raises LabError where the file is damaged."""
    path = FOLDER / "mtcnn.npz"
    card = json.loads((FOLDER / "mtcnn.json").read_text())
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise LabError(f"{path} can't be read: {error}.") from error
    if found != card["sha256"]:
        raise LabError(f"{path} is damaged: its SHA-256 is {found[:16]}, its card says {card['sha256'][:16]}.")
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@cache
def proposal_network() -> keras.Model:
    """6,632 parameters, convolutions alone: images of any size to box [batch, h', w', 4] and face or not [batch, h', w', 2].

    Position (i, j) looks at the 12 x 12 pixels from (2 i, 2 j) on.
    """
    x = image = keras.Input((None, None, 3), name="image")
    x = _convolution(x, 10, 3, "1")
    x = layers.MaxPooling2D(2, 2, "same", name="pool1")(x)
    x = _convolution(_convolution(x, 16, 3, "2"), 32, 3, "3")
    box = layers.Conv2D(4, 1, name="box")(x)
    return _loaded(keras.Model(image, [box, layers.Conv2D(2, 1, activation="softmax", name="face")(x)], name="pnet"))


@cache
def refinement_network() -> keras.Model:
    """100,178 parameters: candidates [n, 24, 24, 3] to box [n, 4] and face or not [n, 2]."""
    x = image = keras.Input((24, 24, 3), name="image")
    x = layers.MaxPooling2D(3, 2, "same", name="pool1")(_convolution(x, 28, 3, "1"))
    x = layers.MaxPooling2D(3, 2, "valid", name="pool2")(_convolution(x, 48, 3, "2"))
    x = _dense(_convolution(x, 64, 2, "3"), 128, "4")
    box = layers.Dense(4, name="box")(x)
    return _loaded(keras.Model(image, [box, layers.Dense(2, activation="softmax", name="face")(x)], name="rnet"))


@cache
def output_network() -> keras.Model:
    """389,040 parameters: candidates [n, 48, 48, 3] to box [n, 4], points [n, 10] (five x, then five y), face or not [n, 2]."""
    x = image = keras.Input((48, 48, 3), name="image")
    x = layers.MaxPooling2D(3, 2, "same", name="pool1")(_convolution(x, 32, 3, "1"))
    x = layers.MaxPooling2D(3, 2, "valid", name="pool2")(_convolution(x, 64, 3, "2"))
    x = layers.MaxPooling2D(2, 2, "same", name="pool3")(_convolution(x, 64, 3, "3"))
    x = _dense(_convolution(x, 128, 2, "4"), 256, "5")
    box, points = layers.Dense(4, name="box")(x), layers.Dense(10, name="points")(x)
    return _loaded(keras.Model(image, [box, points, layers.Dense(2, activation="softmax", name="face")(x)], name="onet"))


def _convolution(x: Any, filters: int, kernel: int, number: str) -> Any:
    x = layers.Conv2D(filters, kernel, name=f"conv{number}")(x)
    return layers.PReLU(shared_axes=[1, 2], name=f"prelu{number}")(x)


def _dense(x: Any, units: int, number: str) -> Any:
    x = layers.Dense(units, name="dense")(layers.Flatten(name="flat")(x))
    return layers.PReLU(name=f"prelu{number}")(x)


def _loaded(network: keras.Model) -> keras.Model:
    """The network with its weights in place; not trainable."""
    found = arrays()
    for layer in network.layers:
        if layer.weights:
            names = ("alpha",) if layer.name.startswith("prelu") else ("kernel", "bias")
            values = [found[f"{network.name}/{layer.name}/{name}"] for name in names]
            layer.set_weights([value.reshape(weight.shape) for value, weight in zip(values, layer.weights, strict=True)])
    network.trainable = False
    return network
