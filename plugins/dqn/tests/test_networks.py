"""The dueling head by hand, and IMPALA's residual network by its published sizes."""

import numpy as np
import pytest
import tensorflow as tf
from lab_dqn.config import DQNConfig
from lab_dqn.networks import build_network

from lab_core.config import from_dict

VECTORS = {"game": "", "env": "CartPole-v1", "network": "mlp"}


def build(settings, shape=(3,), actions=2, **options):
    return build_network(from_dict(DQNConfig, settings).architecture, shape, actions, seed=1, **options)


@pytest.mark.parametrize("atoms", [1, 3])
def test_dueling_values_by_hand(atoms):
    """Equation 9 of Wang et al. 2016, atom by atom: V + A - mean over actions of A."""
    network = build(VECTORS | {"mlp_layers": (4,), "dueling": True, "atoms": atoms})
    rng = np.random.default_rng(0)
    for variable in network.variables:
        variable.assign(rng.normal(0, 1, variable.shape).astype(np.float32))
    hidden, hidden_bias, v, v_bias, a, a_bias = (variable.numpy() for variable in network.variables)
    x = rng.normal(0, 1, (5, 3)).astype(np.float32)
    features = np.maximum(x @ hidden + hidden_bias, 0)
    value = (features[:, :4] @ v + v_bias).reshape(5, 1, atoms)
    advantage = (features[:, 4:] @ a + a_bias).reshape(5, 2, atoms)
    expected = value + advantage - advantage.mean(axis=1, keepdims=True)
    found = network.outputs(tf.constant(x)).numpy()
    np.testing.assert_allclose(found, expected if atoms > 1 else expected[:, :, 0], atol=1e-5)


def test_a_dueling_head_follows_the_layers_before_the_last_hidden_one():
    shapes = [tuple(variable.shape) for variable in build(VECTORS | {"mlp_layers": (8, 4), "dueling": True}).variables]
    assert shapes == [(3, 8), (8,), (8, 8), (8,), (4, 1), (1,), (4, 2), (2,)]


@pytest.mark.parametrize("width", [1, 2])
def test_impala_has_the_papers_layers(width):
    network = build({"network": "impala", "impala_width": width}, shape=(84, 84, 4), actions=4)
    channels, inputs, weights = [16 * width, 32 * width, 32 * width], 4, 0
    for out in channels:
        weights += 9 * inputs * out + out  # the section's first convolution
        weights += 4 * (9 * out * out + out)  # two blocks of two
        inputs = out
    weights += 11 * 11 * inputs * 256 + 256  # 84, 42, 21, 11
    weights += 256 * 4 + 4
    assert sum(int(np.prod(variable.shape)) for variable in network.variables) == weights


def test_a_residual_block_without_weights_passes_its_input_on():
    from lab_dqn.impala import ResidualSection

    section = ResidualSection(2, iter(range(10)))
    x = tf.constant(np.random.default_rng(0).normal(0, 1, (1, 6, 6, 2)).astype(np.float32))
    section(x)
    for block in section.blocks:
        for layer in block:
            layer.kernel.assign(tf.zeros_like(layer.kernel))
    np.testing.assert_allclose(section(x).numpy(), section.pool(section.entry(x)).numpy())


@pytest.mark.parametrize("settings", [{"network": "impala"}, {"dueling": True, "atoms": 5, "network": "nips"}])
def test_bfloat16_keeps_float32_weights_and_outputs(settings):
    wide = build(settings, shape=(84, 84, 4), actions=4)
    narrow = build(settings, shape=(84, 84, 4), actions=4, precision="bfloat16")
    frames = tf.constant(np.random.default_rng(0).integers(0, 256, (4, 84, 84, 4), dtype=np.uint8))
    assert {variable.dtype for variable in narrow.variables} == {tf.float32}
    assert narrow.outputs(frames).dtype == tf.float32
    np.testing.assert_allclose(narrow.outputs(frames).numpy(), wide.outputs(frames).numpy(), atol=0.05)
