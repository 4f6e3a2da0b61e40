"""Stable names: the same in a process that has built other networks before."""

import keras
import pytest
import tensorflow as tf
from keras import layers
from lab_tensorflow.naming import count, named_slots, named_trainable, named_variables


def functional() -> keras.Model:
    given = keras.Input((4,))
    x = layers.Dense(3)(given)
    x = layers.BatchNormalization()(layers.Dense(3, name="dense_of_its_own")(x))
    inner = keras.Sequential([layers.Dense(2), layers.Dropout(0.1), layers.Dense(2)])
    return keras.Model(given, layers.Dense(1, name="head_2")(inner(x)), name="net")


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = [layers.Dense(2), layers.Dense(2)]
        self.out = layers.Dense(1)

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        return self.out(x)


def recurrent() -> keras.Model:
    return keras.Sequential([layers.Embedding(7, 3), layers.LSTM(2, return_sequences=True), layers.Bidirectional(layers.GRU(2))])


def built(make, shape, dtype="float32"):
    network = make()
    network(tf.zeros(shape, dtype))
    return network


CASES = {
    "functional": lambda: built(functional, (1, 4)),
    "subclassed": lambda: built(Subclassed, (1, 4)),
    "recurrent": lambda: built(recurrent, (1, 5), "int32"),
}


@pytest.mark.parametrize("case", CASES)
def test_names_are_the_same_every_time_and_unique(case):
    first = named_variables(CASES[case](), "g")
    layers.Dense(1)
    again = named_variables(CASES[case](), "g")
    assert list(first) == list(again)
    assert len(first) == len(CASES[case]().variables)
    assert [tuple(one.shape) for one in first.values()] == [tuple(one.shape) for one in again.values()]


def test_automatic_names_count_within_the_network_and_given_ones_stay():
    names = list(named_variables(CASES["functional"](), "g"))
    assert names[:4] == ["g/dense/kernel", "g/dense/bias", "g/dense_of_its_own/kernel", "g/dense_of_its_own/bias"]
    assert "g/batch_normalization/gamma" in names
    assert "g/head_2/kernel" in names
    assert {"g/dense_1/kernel", "g/dense_2/kernel"} <= set(names) or {"g/sequential/dense/kernel"} <= set(names)


def test_the_trained_ones_are_a_part_in_the_networks_order():
    network = CASES["functional"]()
    found = named_trainable(network, "g")
    assert len(found) == len(network.trainable_variables) < len(named_variables(network, "g"))
    for variable, value in zip(network.trainable_variables, found.values(), strict=True):
        assert variable.value is value


@pytest.mark.parametrize("make", [lambda: keras.optimizers.Adam(0.1), lambda: keras.optimizers.RMSprop(0.1, momentum=0.5)])
def test_slots_of_keras_optimisers_are_named_by_their_weights(make):
    def named():
        networks = {"a": CASES["functional"](), "b": CASES["recurrent"]()}
        optimizer = make()
        optimizer.build([weight for network in networks.values() for weight in network.trainable_variables])
        return named_slots(optimizer, "optimizer", networks), len(optimizer.variables)

    found, variables = named()
    again, _ = named()
    assert list(found) == list(again)
    assert len(found) == variables
    assert {"optimizer/iteration", "optimizer/learning_rate"} <= set(found)
    slots = [name for name in found if name.startswith("optimizer/a/dense/kernel/")]
    assert len(slots) == 2
    assert {tuple(found[name].shape) for name in slots} == {(4, 3)}


def test_count_by_hand():
    network = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.BatchNormalization()])
    assert count(network, trainable=True) == 4 * 3 + 3 + 2 * 3
    assert count(network) == 4 * 3 + 3 + 4 * 3
