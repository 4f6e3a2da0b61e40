"""The Q-network that training leaves: weights in one .npz, what they mean in one JSON file."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from lab_tensorflow.own_network import is_own
from lab_tensorflow.runtime import start
from lab_tensorflow.state import load_arrays, save_arrays
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.model import Act, Model, State
from lab_dqn.config import NETWORKS, NetworkConfig

FORMAT = 1
LARGEST_BATCH = 64


class Architecture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a model folder says about its weights; ``observation`` is what the model wants to see."""

    format: int
    network: str
    mlp_layers: tuple[int, ...]
    layer_norm: bool = False
    impala_width: Annotated[int, msgspec.Meta(ge=1, le=8)] = 1
    dueling: bool = False
    atoms: Annotated[int, msgspec.Meta(ge=1, le=1001)] = 1
    value_min: float = -10.0
    value_max: float = 10.0
    actions: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    observation_shape: tuple[int, ...]
    observation: dict[str, Any]
    precision: Literal["float32", "bfloat16"]


_APART = ("format", "actions", "observation_shape", "observation", "precision")  # fields that aren't about layers


class QNetworkModel(Model, Act):
    """Acts greedily on action values; those of a distribution are its means. Sees uint8 stacks, or float32 vectors."""

    def __init__(self, architecture: Architecture, weights: Sequence[NDArray[Any]]) -> None:
        import tensorflow as tf

        from lab_dqn.networks import build_network

        self.architecture = architecture
        self.observation: Mapping[str, Any] = architecture.observation
        described = {name: value for name, value in msgspec.structs.asdict(architecture).items() if name not in _APART}
        self._network = build_network(
            described, architecture.observation_shape, architecture.actions, precision=architecture.precision
        )
        if len(weights) != len(self._network.variables):
            raise LabError(f"The model has {len(weights)} arrays of weights, expected {len(self._network.variables)}.")
        for variable, value in zip(self._network.variables, weights, strict=True):
            if tuple(variable.shape) != value.shape:
                raise LabError(f"The model's weights have shape {value.shape}, expected {tuple(variable.shape)}.")
            variable.assign(value.astype(np.float32))
        self._values = tf.function(self._network)

    @classmethod
    def from_weights(
        cls,
        config: NetworkConfig,
        observation_shape: tuple[int, ...],
        actions: int,
        weights: Sequence[NDArray[Any]],
        precision: str,
    ) -> "QNetworkModel":
        """A model of its own from a config and the weights [kernel, bias, ...] in the order of the layers."""
        observation: dict[str, Any] = {"kind": "vector", "shape": list(observation_shape), "actions": actions}
        if config.atari:
            observation = {
                "kind": "frames",
                "size": config.observation_size,
                "stack": config.history,
                "grey": True,
                "layout": "last",
                "frame_skip": config.frame_skip,
                "actions": actions,
            }
        architecture = Architecture(
            format=FORMAT,
            **config.architecture,
            actions=actions,
            observation_shape=observation_shape,
            observation=observation,
            precision=precision,
        )
        return cls(architecture, weights)

    def action_values(self, observations: NDArray[Any]) -> NDArray[np.float32]:
        """Values [batch, actions] of observations [batch, ...]; frames may come stacked first or last."""
        ordered = self._ordered(np.asarray(observations))
        parts = [self._padded(ordered[at : at + LARGEST_BATCH]) for at in range(0, len(ordered), LARGEST_BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, self.architecture.actions), np.float32)

    def act(
        self, observations: NDArray[Any], state: State, *, epsilon: float, rng: np.random.Generator
    ) -> tuple[NDArray[Any], State]:
        actions = self.action_values(observations).argmax(axis=-1)
        explore = rng.random(len(actions)) < epsilon
        return np.where(explore, rng.integers(0, self.architecture.actions, len(actions)), actions), state

    def _ordered(self, observations: NDArray[Any]) -> NDArray[Any]:
        shape = self.architecture.observation_shape
        if len(shape) == 3 and observations.shape[1:] == (shape[2], *shape[:2]) and observations.shape[1:] != shape:
            observations = np.moveaxis(observations, 1, -1)
        if observations.shape[1:] != shape:
            raise LabError(f"The model sees observations of shape {shape}; it was given {observations.shape[1:]}.")
        return np.ascontiguousarray(observations, np.uint8 if len(shape) == 3 else np.float32)

    def _padded(self, observations: NDArray[Any]) -> NDArray[np.float32]:
        """Values of up to LARGEST_BATCH observations, padded to a power of two so that few shapes are ever compiled."""
        count = len(observations)
        size = 1 << max(0, count - 1).bit_length()
        if size != count:
            padding = np.zeros((size - count, *observations.shape[1:]), observations.dtype)
            observations = np.concatenate([observations, padding])
        return self._values(observations).numpy()[:count]

    def save(self, folder: Path) -> None:
        weights = {f"{index:02d}": variable.numpy() for index, variable in enumerate(self._network.variables)}
        save_arrays(folder / "weights.npz", weights)
        (folder / "network.json").write_bytes(msgspec.json.format(msgspec.json.encode(self.architecture), indent=1))

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "QNetworkModel":
        start(device=device, legacy_keras=True)
        path = folder / "network.json"
        try:
            plain = json.loads(path.read_bytes())
            if isinstance(plain, dict) and plain.get("format", FORMAT) > FORMAT:
                raise LabError(f"{path} was written by a newer version.", "Update the lab.")
            architecture = msgspec.convert(plain, Architecture)
        except (OSError, ValueError, msgspec.ValidationError) as error:
            raise LabError(f"{path} can't be read as a Q-network: {error}.") from error
        if not is_own(architecture.network) and architecture.network not in NETWORKS:
            raise LabError(f"{path} can't be read as a Q-network: {architecture.network!r} is none of {', '.join(NETWORKS)}.")
        arrays = load_arrays(folder / "weights.npz")
        stored = sum(array.size for array in arrays.values())
        widths = [*architecture.mlp_layers, 1]
        if any(width < 1 or width * following > stored for width, following in pairwise(widths)):  # before any is allocated
            raise LabError(f"{path}: layers of {widths[:-1]} don't fit the {stored:,} weights beside it.")
        return cls(architecture, [arrays[name] for name in sorted(arrays)])
