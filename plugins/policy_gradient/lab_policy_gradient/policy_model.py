"""The stochastic policy that training leaves: weights in one .npz, what they mean in one JSON file.

    torso      mlp: dense layers of the given widths (plain NumPy: such a policy loads and plays without TensorFlow)
               nature: conv 32 8x8/4, conv 64 4x4/2, conv 64 3x3/1, dense 512 (Mnih et al. 2015), frames uint8 0..255 / 255
               own: layers that a function of the user's returns (own_torso.py); its module must be allowed by --import
    head       categorical: one logit an action
               bernoulli: one logit, that of action 1 of two
               gaussian: means, one a number of the action, and log_std; ``squash``: tanh, then scaled into the bounds

Under ``greedy`` it acts by the mode: the likeliest action, the mean of the Gaussian, clipped to the bounds. Arrays by name:
``kernel_0``, ``bias_0`` (absent without biases), ... in the order of the layers, the head last; ``own_000``, ... of the user's
layers, in their order; ``log_std``; and ``mean`` and ``std`` [inputs] where observations are normalised, (x - mean) / std,
clipped to +-``clip``.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError
from lab_core.model import Act, Model, State
from lab_policy_gradient.spaces import encoded, flattened

FORMAT = 1
LARGEST_BATCH = 64
CONVOLUTIONS = ((32, 8, 4), (64, 4, 2), (64, 3, 1))  # filters, kernel, stride

Arrays = Mapping[str, NDArray[Any]]


class Architecture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a model folder says about its weights; ``observation`` is what the model wants to see.

    network        ``module:function`` of torso own, and ``inputs``: the shape of the observations that it is built for
    outputs        actions of a categorical head, 1 of a bernoulli one, numbers of the action of a gaussian one
    low, high      bounds of the action; empty for numbered actions
    action_shape   of one action of a gaussian head
    """

    format: int = FORMAT
    torso: Literal["mlp", "nature", "own"] = "mlp"
    network: str = ""
    inputs: tuple[int, ...] = ()
    layers: tuple[int, ...] = ()
    activation: Literal["relu", "tanh"] = "relu"
    head: Literal["categorical", "bernoulli", "gaussian"] = "categorical"
    outputs: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    observation: dict[str, Any]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    action_shape: tuple[int, ...] = ()
    squash: bool = False
    clip: float | None = None


class PolicyModel(Model, Act):
    """Acts by the mode of its distribution. Vectors, numbered states, or uint8 frames [batch, height, width, stack]."""

    def __init__(self, architecture: Architecture, weights: Arrays) -> None:
        self.architecture = architecture
        self.observation: Mapping[str, Any] = architecture.observation
        wide = ("mean", "std")  # of observations as large as 1e8, whose differences float32 would lose
        self.weights: dict[str, NDArray[Any]] = {
            name: np.array(value, np.float64 if name in wide else np.float32) for name, value in weights.items()
        }
        self._check()
        self._compiled = self._own() if architecture.torso == "own" else None
        bounds = ((architecture.low, -np.inf), (architecture.high, np.inf))
        self._low, self._high = (np.array([none if x is None else x for x in bound], np.float32) for bound, none in bounds)

    @property
    def actions(self) -> int | None:
        """How many numbered actions there are, None for a gaussian head."""
        return {"categorical": self.architecture.outputs, "bernoulli": 2, "gaussian": None}[self.architecture.head]

    def outputs(self, observations: NDArray[Any]) -> NDArray[np.float32]:
        """What the head gives, [batch, outputs]: logits, or means before squashing and clipping."""
        torso = self.architecture.torso
        if torso == "nature" or (torso == "own" and len(self.architecture.inputs) == 3):
            return self._in_tensorflow(np.ascontiguousarray(observations, np.uint8))
        if "mean" in self.weights:
            rows = (flattened(observations, self.observation) - self.weights["mean"]) / self.weights["std"]
            clip = np.inf if self.architecture.clip is None else self.architecture.clip
            values = np.clip(rows, -clip, clip).astype(np.float32)
        else:
            values = encoded(observations, self.observation)
        if torso == "own":
            return self._in_tensorflow(values)
        hidden = len(self.architecture.layers)
        for layer in range(hidden + 1):
            values = values @ self.weights[f"kernel_{layer}"]
            if f"bias_{layer}" in self.weights:
                values = values + self.weights[f"bias_{layer}"]
            if layer < hidden:
                values = np.maximum(values, 0) if self.architecture.activation == "relu" else np.tanh(values)
        return values

    def probabilities(self, observations: NDArray[Any]) -> NDArray[np.float32]:
        """Chances [batch, actions] of numbered actions."""
        logits = self.outputs(observations)
        if self.architecture.head == "bernoulli":
            logits = np.concatenate([np.zeros_like(logits), logits], axis=-1)
        chances = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return chances / chances.sum(axis=-1, keepdims=True)

    def action_values(self, observations: NDArray[Any]) -> NDArray[np.float32] | None:
        """The chance of each numbered action, for overlays; None for continuous ones."""
        return None if self.actions is None else self.probabilities(observations)

    def act(
        self, observations: NDArray[Any], state: State, *, epsilon: float, rng: np.random.Generator
    ) -> tuple[NDArray[Any], State]:
        outputs = self.outputs(observations)
        explore = rng.random(len(outputs)) < epsilon
        if self.architecture.head == "gaussian":
            return self._continuous(outputs, explore, rng), state
        bernoulli = self.architecture.head == "bernoulli"
        modes = (outputs[:, 0] > 0).astype(np.int64) if bernoulli else outputs.argmax(axis=-1)
        return np.where(explore, rng.integers(0, self.actions, len(modes)), modes), state

    def _continuous(
        self, means: NDArray[np.float32], explore: NDArray[np.bool_], rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Actions [batch, *action_shape] within the bounds; where ``explore``, evenly drawn between finite bounds."""
        low, high = self._low, self._high
        if self.architecture.squash:
            means = low + (np.tanh(means) + 1) / 2 * (high - low)
        actions = np.clip(means, low, high)
        if explore.any():
            finite = np.isfinite(low) & np.isfinite(high)
            drawn = rng.uniform(np.where(finite, low, -1), np.where(finite, high, 1), actions.shape)
            actions = np.where(explore[:, None], drawn, actions)
        return actions.astype(np.float32).reshape(len(actions), *self.architecture.action_shape)

    def _in_tensorflow(self, rows: NDArray[Any]) -> NDArray[np.float32]:
        """Outputs of frames or vectors, in parts padded to a power of two so that few shapes are ever compiled."""
        import tensorflow as tf

        if self._compiled is None:
            weights = {name: tf.constant(value) for name, value in self.weights.items()}
            self._compiled = tf.function(lambda frames: nature_outputs(weights, frames))
        compiled: Any = self._compiled
        found = [np.zeros((0, self.architecture.outputs), np.float32)]
        for at in range(0, len(rows), LARGEST_BATCH):
            part = rows[at : at + LARGEST_BATCH]
            size = 1 << max(0, len(part) - 1).bit_length()
            padded = np.concatenate([part, np.zeros((size - len(part), *part.shape[1:]), part.dtype)])
            found.append(compiled(padded).numpy()[: len(part)])
        return np.concatenate(found)

    def _own(self) -> Callable[[NDArray[Any]], Any]:
        """The user's layers and the linear head on them, compiled; asks first whether their module may be imported."""
        import tensorflow as tf

        from lab_policy_gradient.own_torso import OwnTorso

        torso = OwnTorso(self.architecture.network, self.architecture.inputs)
        torso.assign(self.weights)
        if self.weights["kernel_0"].shape[0] != torso.features:
            raise LabError(f"kernel_0 has {self.weights['kernel_0'].shape[0]} inputs, the network gives {torso.features}.")
        kernel, bias = tf.constant(self.weights["kernel_0"]), tf.constant(self.weights["bias_0"])
        return tf.function(lambda observations: torso(observations) @ kernel + bias)

    def _check(self) -> None:
        """Raise LabError for arrays that aren't those of the architecture."""
        has, nature = self.architecture, self.architecture.torso == "nature"
        hidden = len(CONVOLUTIONS) + 1 if nature else len(has.layers)
        missing = [f"kernel_{layer}" for layer in range(hidden + 1) if f"kernel_{layer}" not in self.weights]
        if missing or ("mean" in self.weights) != ("std" in self.weights):
            raise LabError(f"The policy's weights lack {', '.join(missing) or 'mean or std'}.")
        widths = [] if nature else [self.weights["kernel_0"].shape[0], *has.layers]
        for layer, size in enumerate([*widths[1:], has.outputs] if not nature else []):
            expected = (widths[layer], size)
            if self.weights[f"kernel_{layer}"].shape != expected:
                raise LabError(f"kernel_{layer} has shape {self.weights[f'kernel_{layer}'].shape}, expected {expected}.")
        if self.weights[f"kernel_{hidden}"].shape[-1] != has.outputs:
            raise LabError(f"The policy's last layer has {self.weights[f'kernel_{hidden}'].shape[-1]} units, not {has.outputs}.")
        if has.head == "gaussian" and not len(has.low) == len(has.high) == has.outputs:
            raise LabError(f"A policy of {has.outputs} numbers needs as many bounds; it has {len(has.low)} and {len(has.high)}.")

    def save(self, folder: Path) -> None:
        from lab_tensorflow.state import save_arrays

        save_arrays(folder / "weights.npz", self.weights)
        (folder / "policy.json").write_bytes(msgspec.json.format(msgspec.json.encode(self.architecture), indent=1))

    @classmethod
    def load(cls, folder: Path, *, device: str) -> "PolicyModel":
        from lab_tensorflow.runtime import start
        from lab_tensorflow.state import load_arrays

        path = folder / "policy.json"
        try:
            plain = json.loads(path.read_bytes())
            if isinstance(plain, dict) and plain.get("format", FORMAT) > FORMAT:
                raise LabError(f"{path} was written by a newer version.", "Update the lab.")
            architecture = msgspec.convert(plain, Architecture)
        except (OSError, ValueError, msgspec.ValidationError) as error:
            raise LabError(f"{path} can't be read as a policy: {error}.") from error
        if architecture.torso != "mlp":
            start(device=device, legacy_keras=True)
        return cls(architecture, load_arrays(folder / "weights.npz"))


def nature_outputs(weights: Mapping[str, Any], frames: Any) -> Any:
    """The Nature network on uint8 frames [batch, height, width, stack]; float32 [batch, outputs]. Tensors by name."""
    import tensorflow as tf

    values = tf.cast(frames, tf.float32) * (1 / 255)
    for layer, (_, _, stride) in enumerate(CONVOLUTIONS):
        values = tf.nn.relu(tf.nn.conv2d(values, weights[f"kernel_{layer}"], stride, "VALID") + weights[f"bias_{layer}"])
    dense = len(CONVOLUTIONS)
    values = tf.reshape(values, (tf.shape(values)[0], -1))
    values = tf.nn.relu(values @ weights[f"kernel_{dense}"] + weights[f"bias_{dense}"])
    return values @ weights[f"kernel_{dense + 1}"] + weights[f"bias_{dense + 1}"]


def bounds(low: NDArray[Any], high: NDArray[Any]) -> dict[str, tuple[float | None, ...]]:
    """The bounds of a Box as an :class:`Architecture` keeps them: None where there is none (JSON knows no infinity)."""
    pairs = {"low": low, "high": high}
    return {name: tuple(float(x) if np.isfinite(x) else None for x in np.ravel(bound)) for name, bound in pairs.items()}
