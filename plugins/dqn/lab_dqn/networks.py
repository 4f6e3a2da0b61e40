"""The Q-networks: ``nips`` (Mnih et al. 2013), ``nature`` (Mnih et al. 2015), ``impala`` (Espeholt et al. 2018) and ``mlp``.

    nips     conv 16 8x8/4, conv 32 4x4/2, dense 256
    nature   conv 32 8x8/4, conv 64 4x4/2, conv 64 3x3/1, dense 512
    impala   three residual sections (impala.py), dense 256
    mlp      dense layers of the given widths
    module:function   what the user's function returns: Keras 2 layers that end in features [batch, n]

All end in one linear unit an action (or an action and atom), use ReLU, and start from Xavier (Glorot) uniform weights and
biases of 0.1, as in the source of the ``book`` presets. Frames come as uint8 0..255 and are divided by 255 inside. The layers
are Keras 2 layers, the kind that TF-Agents' networks are made of.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf
import tf_keras
from lab_tensorflow.agents import import_agents
from lab_tensorflow.own_network import build_features, is_own, own_parts
from lab_tensorflow.towers import run_layers

from lab_dqn import categorical
from lab_dqn.heads import DuelingHead
from lab_dqn.impala import impala_layers
from lab_dqn.normalisation import NormRelu

CONVOLUTIONS = {"nips": ((16, 8, 4), (32, 4, 2)), "nature": ((32, 8, 4), (64, 4, 2), (64, 3, 1))}  # filters, kernel, stride
HIDDEN = {"nips": (256,), "nature": (512,), "impala": (256,)}


@tf_keras.utils.register_keras_serializable("lab_dqn")
class ScaleFrames(tf_keras.layers.Layer):
    """uint8 (or float32 of the same values) 0..255 to the layer's compute type, 0..1."""

    scale = 1 / 255

    def call(self, frames: Any) -> Any:
        return tf.cast(frames, self.compute_dtype) * tf.constant(self.scale, self.compute_dtype)


def layers(
    network: str,
    actions: int,
    *,
    mlp_layers: Sequence[int] = (),
    precision: str = "float32",
    seed: int = 0,
    layer_norm: bool = False,
    fused: bool = False,
    impala_width: int = 1,
    dueling: bool = False,
    atoms: int = 1,
    observation_shape: Sequence[int] = (),
) -> list[Any]:
    """The layers of a Q-network; their output is float32 [batch, actions], or [batch, actions, atoms], in either precision.

    ``bfloat16`` computes convolutions and dense layers in bfloat16 on float32 weights; the last layer is float32.
    ``layer_norm`` puts a layer normalisation, whose shift takes the bias's place, before each ReLU; ``fused`` makes it fast
    where the batch size stays the same. ``dueling`` gives the last hidden layer to each of two streams. ``observation_shape`` is
    what layers of the user's own are built for.
    """
    policy = tf_keras.mixed_precision.Policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    seeds = iter(range(1000 * seed, 1000 * seed + 1000))

    def options(dtype: Any = policy) -> dict[str, Any]:
        return {
            "kernel_initializer": tf_keras.initializers.GlorotUniform(seed=next(seeds)),
            "bias_initializer": tf_keras.initializers.Constant(0.1),
            "dtype": dtype,
        }

    activation: dict[str, Any] = {"use_bias": False} if layer_norm else {"activation": "relu"}
    norm = [NormRelu] if layer_norm else []
    found: list[Any] = []
    if is_own(network):
        found += own_layers(network, observation_shape, seed=seed, precision=precision)
    elif network != "mlp":
        found.append(ScaleFrames(dtype=policy))
        if network == "impala":
            found.extend(impala_layers(impala_width, seeds, policy))
        for filters, kernel, stride in CONVOLUTIONS.get(network, ()):
            found.append(tf_keras.layers.Conv2D(filters, kernel, stride, **activation, **options()))
            found.extend(layer(fused=fused, dtype=policy) for layer in norm)
        found.append(tf_keras.layers.Flatten(dtype=policy))
    hidden = [] if is_own(network) else list(HIDDEN.get(network, tuple(mlp_layers)))
    for width in hidden[:-1] if dueling else hidden:
        found.append(tf_keras.layers.Dense(width, **activation, **options()))
        found.extend(layer(fused=fused, dtype=policy) for layer in norm)
    if dueling:
        found.append(DuelingHead(hidden[-1], actions, atoms, options, dtype="float32"))
    else:
        found.append(tf_keras.layers.Dense(actions * atoms, **options("float32")))
    if atoms > 1:
        found.append(tf_keras.layers.Reshape((actions, atoms), dtype="float32"))
    return found


def own_layers(name: str, observation_shape: Sequence[int], *, seed: int, precision: str) -> list[Any]:
    """The layers that the user's ``module:function`` returns, built; frames reach them divided by 255."""
    policy = "mixed_bfloat16" if precision == "bfloat16" else "float32"
    (made,) = own_parts(name, tf_keras, names=("features",), seed=seed, dtype=policy)
    frames = len(observation_shape) == 3
    found = [ScaleFrames(dtype=policy), *made] if frames else made
    build_features(found, tf.zeros((1, *observation_shape), tf.uint8 if frames else tf.float32), what=f"network={name}")
    return found


def build_network(
    architecture: Mapping[str, Any],
    observation_shape: Sequence[int],
    actions: int,
    *,
    precision: str = "float32",
    seed: int = 0,
    fused: bool = False,
) -> "QNetwork":
    """The network that ``NetworkConfig.architecture`` or a model folder describes."""
    described = dict(architecture)
    low, high = described.pop("value_min", 0.0), described.pop("value_max", 0.0)
    atoms = described.get("atoms", 1)
    options: dict[str, Any] = {"precision": precision, "seed": seed, "fused": fused, "observation_shape": observation_shape}
    layer_list = layers(described.pop("network"), actions, **options, **described)
    return QNetwork(layer_list, observation_shape, categorical.support(atoms, low, high) if atoms > 1 else None)


class QNetwork:
    """Layers applied one after another to uint8 frames [batch, height, width, history] or float32 vectors.

    With atoms ``z`` their output is read as logits of the return's distribution, and its mean is the action's value.
    """

    def __init__(self, layer_list: Sequence[Any], observation_shape: Sequence[int], z: Any = None) -> None:
        self.layers, self.z = list(layer_list), z
        self.observation_shape = tuple(observation_shape)
        self.parts = 1  # of a batch that go through the convolutions side by side
        dtype = tf.float32 if len(self.observation_shape) == 1 else tf.uint8
        self(tf.zeros((1, *self.observation_shape), dtype))  # creates the variables
        self.variables = [variable for layer in self.layers for variable in layer.trainable_variables]

    def __call__(self, observations: Any) -> Any:
        """Action values, float32 [batch, actions]."""
        return self.values(self.outputs(observations))

    def outputs(self, observations: Any) -> Any:
        """What the last layer says: action values [batch, actions], or logits [batch, actions, atoms]."""
        return run_layers(self.layers, observations, parts=self.parts)

    def values(self, outputs: Any) -> Any:
        """Action values [..., actions] of :meth:`outputs`."""
        return outputs if self.z is None else categorical.mean(outputs, self.z)

    def for_agents(self) -> Any:
        """The same layers and variables as a TF-Agents network, which wants float32 observations."""
        import_agents()
        from tf_agents.networks import sequential

        network = sequential.Sequential(self.layers, input_spec=tf.TensorSpec(self.observation_shape, tf.float32))
        network.create_variables()
        if self.z is not None:
            network.num_atoms = int(self.z.shape[0])  # how TF-Agents knows a categorical network
        return network
