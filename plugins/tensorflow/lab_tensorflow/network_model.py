"""A model of Keras networks on disk and in memory: named weights in one .npz, what they mean in one JSON file."""

import json
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from lab_core.config import from_dict, to_dict
from lab_core.errors import LabError
from lab_core.model import Model
from lab_tensorflow.batching import in_batches, padded
from lab_tensorflow.runtime import start
from lab_tensorflow.state import load_arrays, read_variables, save_arrays, write_variables

FORMAT = 1
FILE, WEIGHTS = "network.json", "weights.npz"


class NetworkModel(Model):
    """Networks detached from their training.

    config_type  the config that :meth:`make_networks` builds them from
    batch        items of one call into TensorFlow: one or two shapes are compiled

    ``about`` is what a model needs besides its config, ready for JSON: the shape of an image, names of classes, a vocabulary.
    ``weights`` are arrays by ``NETWORK/LAYER/VARIABLE``, as ``CompiledTrainer.average.values()`` gives them.
    """

    config_type: ClassVar[type[Any]]
    batch: ClassVar[int] = 256

    def __init__(self, config: Any, weights: Mapping[str, NDArray[Any]], about: Mapping[str, Any] | None = None) -> None:
        from lab_tensorflow.naming import named_variables

        self.config, self.about = config, dict(about or {})
        self.networks: dict[str, Any] = dict(self.make_networks())
        self._variables = {
            path: variable for name, network in self.networks.items() for path, variable in named_variables(network, name).items()
        }
        self.assign(weights)

    @abstractmethod
    def make_networks(self) -> Mapping[str, Any]:
        """The built Keras networks, in float32, by the names that they have in the learner."""

    def assign(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """Take over other weights, which saves building and compiling another model; raises LabError where they don't fit."""
        more = sorted(set(weights) - set(self._variables))
        if more:
            raise LabError(f"The model's weights hold {more[0]!r}, which its networks don't have.")
        write_variables(self._variables, weights, what="The model")

    def save(self, folder: Path) -> None:
        info = {"format": FORMAT, "config": to_dict(self.config), "about": self.about}
        (folder / FILE).write_text(json.dumps(info, indent=1))
        save_arrays(folder / WEIGHTS, read_variables(self._variables))

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Self:
        start(device=device)
        try:
            info = json.loads((folder / FILE).read_text())
            if info["format"] != FORMAT:
                raise ValueError(f"format {info['format']}, {FORMAT} is expected")
            config, about = from_dict(cls.config_type, info["config"]), dict(info["about"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LabError(f"{folder} holds no readable model: {error}.") from error
        weights = load_arrays(folder / WEIGHTS)
        try:
            return cls(config, weights, about)
        except (ValueError, KeyError, TypeError) as error:
            raise LabError(f"{folder} holds no readable model: {error}.") from error

    def batched(self, function: Callable[[Any], Any], rows: Iterable[NDArray[Any]]) -> Iterator[Any]:
        """``function`` (compiled, [batch, ...] to a nest of [batch, ...]) on every row of equal shapes, lazily and in order.

        Batches have one of two sizes, with zeros behind the last rows: nothing is compiled again for a last, shorter batch.
        """
        import tensorflow as tf

        for part in in_batches(rows, self.batch):
            found = tf.nest.map_structure(lambda tensor: tensor.numpy(), function(padded(np.stack(part), self.batch)))
            for number in range(len(part)):
                yield tf.nest.map_structure(lambda array, number=number: array[number], found)
