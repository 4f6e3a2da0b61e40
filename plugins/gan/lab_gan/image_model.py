"""What every model of this package is on disk and in memory: averaged weights in one .npz, what they mean in one JSON file."""

import json
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from lab_tensorflow.runtime import start
from lab_tensorflow.state import load_arrays, save_arrays
from numpy.typing import NDArray

from lab_core.config import from_dict, to_dict
from lab_core.errors import LabError
from lab_core.model import Model

FORMAT = 1
BATCH = 256  # images of one call into TensorFlow: one shape is compiled
Shape = tuple[int, int, int]


class ImageModel(Model):
    """Networks that were trained on images of one ``shape`` [height, width, channels], detached from their training.

    ``weights`` are the arrays of all networks, in the order of :meth:`_make_networks` and of each network's variables.
    """

    config_type: ClassVar[type[Any]]

    def __init__(self, config: Any, shape: Shape, classes: Sequence[str], weights: Sequence[NDArray[Any]]) -> None:
        self.config, self.shape, self.classes = config, shape, tuple(classes)
        self._networks: tuple[Any, ...] = self._make_networks()
        self.assign(weights)

    def assign(self, weights: Sequence[NDArray[Any]]) -> None:
        """Take over other weights, which saves making and compiling another model; raises LabError where they don't fit."""
        variables = self._variables
        if len(weights) != len(variables):
            raise LabError(f"The model has {len(weights)} arrays of weights, expected {len(variables)}.")
        for variable, value in zip(variables, weights, strict=True):
            if tuple(variable.shape) != value.shape:
                raise LabError(f"The model's weights have shape {value.shape}, expected {tuple(variable.shape)}.")
            variable.assign(value)

    @abstractmethod
    def _make_networks(self) -> tuple[Any, ...]:
        """The Keras networks, in float32, in the order in which the trainer keeps them."""

    @property
    def _variables(self) -> list[Any]:
        return [variable for network in self._networks for variable in network.variables]

    def save(self, folder: Path) -> None:
        info = {"format": FORMAT, "config": to_dict(self.config), "shape": self.shape, "classes": self.classes}
        (folder / "generator.json").write_text(json.dumps(info, indent=1))
        arrays = {f"{index:03d}": np.array(variable.numpy()) for index, variable in enumerate(self._variables)}
        save_arrays(folder / "weights.npz", arrays)

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Self:
        start(device=device)
        try:
            info = json.loads((folder / "generator.json").read_text())
            config = from_dict(cls.config_type, info["config"])
            height, width, channels = (int(side) for side in info["shape"])
            classes = [str(name) for name in info["classes"]]
            if info["format"] != FORMAT:
                raise ValueError(f"format {info['format']}, {FORMAT} is known")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LabError(f"{folder} holds no readable generator: {error}.") from error
        arrays = load_arrays(folder / "weights.npz")
        return cls(config, (height, width, channels), classes, [arrays[name] for name in sorted(arrays)])


def to_pixels(images: Any) -> Any:
    """Images float32 in -1..1 as uint8, rounded."""
    import tensorflow as tf

    return tf.cast(tf.clip_by_value(tf.round(127.5 * images + 127.5), 0, 255), tf.uint8)


def padded(part: NDArray[Any]) -> NDArray[Any]:
    """Up to BATCH rows [n, ...] with zeros behind them, to a quarter of BATCH or all of it: only two shapes are compiled."""
    found = np.zeros((BATCH // 4 if len(part) <= BATCH // 4 else BATCH, *part.shape[1:]), part.dtype)
    found[: len(part)] = part
    return found
