"""The character networks: values against NumPy, carried states, causality, one-hot inputs."""

import numpy as np
import pytest
from lab_sequences.characters.config import CharacterConfig

from lab_core.errors import UsageError

tf = pytest.importorskip("tensorflow")
from lab_sequences.characters.networks import make_network  # noqa: E402
from lab_sequences.characters.operations import dropped  # noqa: E402

CHARACTERS = 7
KINDS = ["lstm", "gru", "rnn", "transformer"]


def network(kind, **options):
    settings = {"units": 8, "embedding": 8, "layers": 2, "heads": 2, "context": 6, "network": kind} | options
    return make_network(CharacterConfig(data="austen", **settings), CHARACTERS, seed=3)


def tokens(length, batch=2, seed=0):
    return tf.constant(np.random.default_rng(seed).integers(0, CHARACTERS, (batch, length)), tf.int32)


def run(net, given, state=None):
    return net.run(given, net.zero_state(given.shape[0]) if state is None else state)


@pytest.mark.parametrize("kind", KINDS)
def test_two_segments_with_a_carried_state_are_one_long_sequence(kind):
    net = network(kind, context=12)
    given = tokens(12)
    whole, end = run(net, given)
    first, state = run(net, given[:, :5])
    second, after = run(net, given[:, 5:], state)
    np.testing.assert_allclose(np.concatenate([first, second], 1), whole, atol=2e-5)
    for one, other in zip(after, end, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_later_character_changes_no_earlier_prediction(kind):
    net = network(kind)
    given = tokens(8).numpy()
    changed = given.copy()
    changed[:, 5] = (changed[:, 5] + 1) % CHARACTERS
    before, after = run(net, tf.constant(given))[0], run(net, tf.constant(changed))[0]
    np.testing.assert_allclose(before[:, :5], after[:, :5], atol=1e-6)
    assert np.abs(before[:, 5:] - after[:, 5:]).max() > 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_a_batch_do_not_mix(kind):
    net = network(kind)
    given = tokens(6, batch=3)
    together = run(net, given)[0]
    for row in range(3):
        np.testing.assert_allclose(run(net, given[row : row + 1])[0][0], together[row], atol=1e-5)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("embedding", [0, 5])
def test_lstm_logits_equal_the_equations(embedding):
    """Graves 2013, equations 7 to 11 without peepholes; gates in the order i, f, o, g."""
    net = network("lstm", layers=1, embedding=embedding)
    given = tokens(4, batch=1)
    layer = net.recurrent[0]
    kernel, recurrent, bias = (weight.numpy() for weight in (layer.kernel, layer.recurrent, layer.bias))
    table = np.eye(CHARACTERS) if not embedding else net.embedding.embeddings.numpy()
    h = c = np.zeros(8)
    for place, token in enumerate(given.numpy()[0]):
        i, f, o, g = np.split(table[token] @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        logits = h @ net.head.kernel.numpy() + net.head.bias.numpy()
        np.testing.assert_allclose(run(net, given)[0][0, place], logits, atol=1e-5)


def layer_norm(x, layer):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + layer.epsilon) * layer.gamma.numpy() + layer.beta.numpy()


def dense(x, layer):
    return x @ layer.kernel.numpy() + layer.bias.numpy()


def rotate(x, position):
    """Su et al. 2021, equation 34, pairs (j, j + size / 2)."""
    half = len(x) // 2
    angle = position * 10_000.0 ** (-np.arange(half) / half)
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), a * np.sin(angle) + b * np.cos(angle)])


def test_transformer_logits_equal_the_equations():
    net = network("transformer", layers=1, context=0)
    given = tokens(5, batch=1)
    block, x = net.blocks[0], net.embedding.embeddings.numpy()[given.numpy()[0]]
    q, k, v = np.split(dense(layer_norm(x, block["norm_1"]), block["attention"]), 3, -1)
    mixed = np.zeros_like(q)
    for head in range(2):
        part = slice(4 * head, 4 * head + 4)
        for t in range(5):
            scores = np.array([rotate(q[t, part], t) @ rotate(k[s, part], s) / 2 for s in range(t + 1)])
            weights = np.exp(scores - scores.max())
            mixed[t, part] = weights @ v[: t + 1, part] / weights.sum()
    x = x + dense(mixed, block["mix"])
    wide = dense(layer_norm(x, block["norm_2"]), block["wide"])
    gelu = 0.5 * wide * (1 + np.tanh(np.sqrt(2 / np.pi) * (wide + 0.044715 * wide**3)))
    x = x + dense(gelu, block["narrow"])
    logits = dense(layer_norm(x, net.norm), net.head)
    np.testing.assert_allclose(run(net, given)[0][0], logits, atol=1e-4)


def test_a_transformer_sees_no_further_back_than_its_context():
    net = network("transformer", layers=1, context=3)
    given = tokens(9, batch=1).numpy()
    changed = given.copy()
    changed[0, 0] = (changed[0, 0] + 1) % CHARACTERS
    before, after = run(net, tf.constant(given))[0], run(net, tf.constant(changed))[0]
    assert np.abs(before[0, 1:4] - after[0, 1:4]).max() > 1e-4
    np.testing.assert_allclose(before[0, 4:], after[0, 4:], atol=1e-6)


def test_dropout_keeps_the_mean_and_is_off_without_noise():
    from lab_tensorflow.noise import Noise

    ones = tf.ones((200, 200))
    assert dropped(ones, 0.5, None) is ones
    made = dropped(ones, 0.25, Noise(0, 0)).numpy()
    assert np.unique(made).tolist() == pytest.approx([0, 4 / 3])
    assert made.mean() == pytest.approx(1, abs=0.02)


def test_a_transformer_needs_fitting_sizes():
    for wrong in ({"units": 10, "heads": 4}, {"embedding": 0}):
        with pytest.raises(UsageError, match="multiples of 2 x heads"):
            CharacterConfig(**{"data": "austen", "network": "transformer", "units": 16, "heads": 2} | wrong).check()
