"""Networks: decoding word by word equals teacher forcing, padding changes nothing, sizes, and the alignment is learnt."""

import numpy as np
import pytest
import tensorflow as tf
from lab_seq2seq.networks.attention import KINDS
from lab_seq2seq.networks.recurrent import RecurrentTranslator
from lab_seq2seq.networks.transformer import TransformerTranslator, positions
from lab_seq2seq.networks.translator import as_mask
from lab_tensorflow.optimizers import Adam

SOURCE = np.array([[5, 6, 7, 3], [8, 3, 0, 0]], np.int32)
INPUTS = np.array([[2, 4, 9, 5, 6], [2, 7, 7, 4, 8]], np.int32)


def recurrent(**settings):
    return RecurrentTranslator(10, 12, **{"units": 8, "layers": 2, "spread": 0.5, **settings})


def transformer(**settings):
    return TransformerTranslator(10, 12, **{"units": 8, "layers": 2, "heads": 2, "hidden": 16, **settings})


NETWORKS = {
    **{f"lstm {kind}": (recurrent, {"kind": kind}) for kind in KINDS},
    "gru bidirectional": (recurrent, {"cell": "gru", "bidirectional": True}),
    "rnn": (recurrent, {"cell": "rnn"}),
    "lstm bidirectional": (recurrent, {"bidirectional": True, "kind": "bahdanau"}),
    "transformer": (transformer, {}),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_word_by_word_equals_teacher_forcing(name):
    make, settings = NETWORKS[name]
    network = make(**settings)
    memory = network.encode(tf.constant(SOURCE), as_mask(SOURCE))
    logits, alignments = network.forced(memory, tf.constant(INPUTS))
    state = network.start(memory, 6)
    for place in range(INPUTS.shape[1]):
        found, state, alignment = network.step(memory, state, tf.constant(INPUTS[:, place]), tf.constant(place))
        assert found.numpy() == pytest.approx(logits[:, place].numpy(), abs=1e-4)
        assert alignment.numpy() == pytest.approx(alignments[:, place].numpy(), abs=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_padding_of_the_source_changes_nothing(name):
    make, settings = NETWORKS[name]
    network = make(**settings)
    short, long = SOURCE[1:, :2], np.pad(SOURCE[1:, :2], ((0, 0), (0, 3)))
    found = [
        network.forced(network.encode(tf.constant(s), as_mask(s)), tf.constant(INPUTS[1:]))[0].numpy() for s in (short, long)
    ]
    assert found[0] == pytest.approx(found[1], abs=1e-4)


def test_no_word_sees_a_later_one():
    network, changed = transformer(), INPUTS.copy()
    changed[:, 3] = 11
    memory = network.encode(tf.constant(SOURCE), as_mask(SOURCE))
    before, after = (network.forced(memory, tf.constant(inputs))[0].numpy() for inputs in (INPUTS, changed))
    assert before[:, :3] == pytest.approx(after[:, :3], abs=1e-5)
    assert np.abs(before[:, 3] - after[:, 3]).max() > 1e-3


def test_numbers_of_weights():
    # 2 x 128, words of 100 and 200: embeddings, 2 + 2 LSTM layers of 4 u (i + u + 1), memory and attention layer, projection
    network = RecurrentTranslator(100, 200, units=128, layers=2, kind="scaled_luong")
    lstm = [4 * 128 * (inputs + 128 + 1) for inputs in (128, 128, 256, 128)]
    expected = 100 * 128 + 200 * 128 + sum(lstm) + 128 * 128 + 1 + 256 * 128 + 128 * 200
    assert sum(int(np.prod(weight.shape)) for weight in network.trainable_variables) == expected


def test_positions_by_hand():
    found = positions(1, 2, 4).numpy()
    rates = [1.0, 0.01]
    assert found == pytest.approx(
        np.array([[*np.sin(np.multiply(p, rates)), *np.cos(np.multiply(p, rates))] for p in (1, 2)]), abs=1e-6
    )


@pytest.mark.learning
@pytest.mark.parametrize("turned", [False, True])
def test_the_alignment_of_copy_and_reverse_is_the_permutation(turned):
    rng = np.random.default_rng(0)
    network = RecurrentTranslator(24, 24, units=48, layers=1, kind="luong", tied=True)
    weights = [weight.value for weight in network.trainable_variables]
    optimizer = Adam(weights, 0.01, clip_norm=1.0)

    def draw(count):
        words = np.stack([rng.permutation(20)[:6] + 4 for _ in range(count)]).astype(np.int32)  # no word twice
        target = words[:, ::-1] if turned else words
        end = np.full((count, 1), 3, np.int32)
        return np.concatenate([words, end], 1), np.concatenate([target, end], 1)

    @tf.function
    def update(source, target):
        inputs = tf.concat([tf.fill((tf.shape(target)[0], 1), 2), target[:, :-1]], 1)
        with tf.GradientTape() as tape:
            logits, _ = network.forced(network.encode(source, as_mask(source)), inputs)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(target, logits))
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return loss

    for _ in range(350):
        update(*map(tf.constant, draw(64)))
    source, target = draw(50)
    inputs = np.concatenate([np.full((50, 1), 2, np.int32), target[:, :-1]], 1)
    logits, alignments = network.forced(network.encode(tf.constant(source), as_mask(source)), tf.constant(inputs))
    assert (logits.numpy().argmax(-1) == target).mean() > 0.98
    expected = np.arange(6)[::-1] if turned else np.arange(6)
    assert (alignments.numpy()[:, :6].argmax(-1) == expected).mean() > 0.95


@pytest.mark.parametrize(
    ("cell", "kind"), [*(("lstm", kind) for kind in KINDS), ("gru", "luong"), ("rnn", "normed_bahdanau"), ("gru", "none")]
)
def test_gradients_of_the_decoder_are_those_of_its_steps(kind, cell):
    network = recurrent(kind=kind, cell=cell)
    weights = [weight.value for weight in network.trainable_variables]

    def loss(by_step):
        memory = network.encode(tf.constant(SOURCE), as_mask(SOURCE))
        if not by_step:
            logits = network.forced(memory, tf.constant(INPUTS))[0]
        else:
            state, found = network.start(memory, 6), []
            for place in range(INPUTS.shape[1]):
                one, state, _ = network.step(memory, state, tf.constant(INPUTS[:, place]), tf.constant(place))
                found.append(one)
            logits = tf.stack(found, 1)
        return tf.reduce_sum(tf.sin(logits))

    found = []
    for by_step in (False, True):
        with tf.GradientTape() as tape:
            total = loss(by_step)
        found.append([tf.convert_to_tensor(gradient).numpy() for gradient in tape.gradient(total, weights)])
    for weight, one, other in zip(network.trainable_variables, *found, strict=True):
        assert one == pytest.approx(other, abs=2e-4), weight.name


@pytest.mark.parametrize("kind", ["none", "luong", "scaled_luong"])
def test_the_fused_decoder_drops_what_the_loop_drops(kind):
    network = recurrent(kind=kind, dropout=0.4)
    weights = [weight.value for weight in network.trainable_variables]
    rng = np.random.default_rng(1)
    from_words = tf.constant(rng.normal(size=(5, 2, 32)), tf.float32)
    masks = [tf.constant(rng.binomial(1, 0.6, (5, 2, 8)) / 0.6, tf.float32) for _ in range(network._masks)]
    found = []
    for way in (network._fused, network._looped):
        with tf.GradientTape() as tape:
            tape.watch(from_words)
            memory = network.encode(tf.constant(SOURCE), as_mask(SOURCE))
            outputs, alignments = way(memory, network.start(memory, 0), from_words, masks)
            total = tf.reduce_sum(tf.sin(3 * outputs)) + tf.reduce_sum(alignments**2)
        gradients = tape.gradient(total, [*weights, from_words], unconnected_gradients="zero")
        found.append([outputs.numpy(), alignments.numpy(), *(tf.convert_to_tensor(one).numpy() for one in gradients)])
    for one, other in zip(*found, strict=True):
        assert one == pytest.approx(other, abs=2e-4)
