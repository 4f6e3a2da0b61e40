"""The same DCGAN in Keras, timed on request: ``gan_keras.py WAY WIDTH BATCH THREADS``. Knows nothing of the lab.

fit        a train_step of its own inside ``fit``, as the Keras guide writes it
combined   ``predict``, ``train_on_batch`` of the discriminator, ``train_on_batch`` of a combined model in which it is frozen
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from turns import serve

LATENT, STEPS = 100, 20


def generator(width: int) -> keras.Model:
    def active(x):
        return layers.ReLU()(layers.BatchNormalization()(x))

    z = keras.Input((LATENT,))
    x = active(layers.Reshape((7, 7, 4 * width))(layers.Dense(49 * 4 * width, use_bias=False)(z)))
    for channels in (2 * width, width):
        x = active(layers.Conv2DTranspose(channels, 4, 2, "same", use_bias=False)(x))
    return keras.Model(z, layers.Conv2D(1, 3, padding="same", activation="tanh")(x))


def discriminator(width: int) -> keras.Model:
    image = keras.Input((28, 28, 1))
    x = layers.LeakyReLU(0.2)(layers.Conv2D(width, 4, 2, "same")(image))
    for channels in (2 * width, 4 * width):
        x = layers.LeakyReLU(0.2)(layers.BatchNormalization()(layers.Conv2D(channels, 4, 2, "same")(x)))
    return keras.Model(image, layers.Dense(1)(layers.Flatten()(x)))


class Gan(keras.Model):
    def __init__(self, made: keras.Model, judge: keras.Model) -> None:
        super().__init__()
        self.made, self.judge = made, judge
        self.loss_of = keras.losses.BinaryCrossentropy(from_logits=True)
        self.optimizers = [keras.optimizers.Adam(2e-4, 0.5) for _ in range(2)]
        self.seeds = keras.random.SeedGenerator(0)
        self.trackers = [keras.metrics.Mean(name=name) for name in ("judge", "made")]

    @property
    def metrics(self):
        return self.trackers

    def train_step(self, real):
        count = tf.shape(real)[0]
        labels = tf.concat([tf.zeros((count, 1)), tf.ones((count, 1))], 0)
        fake = self.made(keras.random.normal((count, LATENT), seed=self.seeds), training=True)
        with tf.GradientTape() as tape:
            loss = self.loss_of(labels, self.judge(tf.concat([fake, real], 0), training=True))
        weights = self.judge.trainable_weights
        self.optimizers[0].apply(tape.gradient(loss, weights), weights)
        noise = keras.random.normal((count, LATENT), seed=self.seeds)
        with tf.GradientTape() as tape:
            other = self.loss_of(tf.ones((count, 1)), self.judge(self.made(noise, training=True), training=True))
        weights = self.made.trainable_weights
        self.optimizers[1].apply(tape.gradient(other, weights), weights)
        self.trackers[0].update_state(loss)
        self.trackers[1].update_state(other)
        return {one.name: one.result() for one in self.trackers}


def main() -> None:
    way, width, batch, threads = sys.argv[1], *map(int, sys.argv[2:5])
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (10_000, 28, 28, 1)).astype(np.float32)
    made, judge = generator(width), discriminator(width)
    parameters = [sum(int(np.prod(weight.shape)) for weight in network.trainable_weights) for network in (made, judge)]
    work = by_fit(made, judge, images, batch) if way == "fit" else by_combined(made, judge, images, batch, rng)
    before = [network.get_weights() for network in (made, judge)]
    work()
    for network, old in zip((made, judge), before, strict=True):
        assert any(not np.array_equal(a, b) for a, b in zip(old, network.get_weights(), strict=True)), "a network doesn't learn"
    serve(work, keras=keras.__version__, parameters=parameters)


def by_fit(made, judge, images, batch):
    gan = Gan(made, judge)
    gan.compile(optimizer=None)
    data = tf.data.Dataset.from_tensor_slices(images).shuffle(len(images)).repeat().batch(batch).prefetch(2)

    def work() -> int:
        gan.fit(data, steps_per_epoch=STEPS, epochs=1, verbose=0)
        return STEPS

    return work


def by_combined(made, judge, images, batch, rng):
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    labels = np.concatenate([np.ones((batch, 1)), np.zeros((batch, 1))])
    judge.compile(loss=loss, optimizer=keras.optimizers.Adam(2e-4, 0.5))
    judge.train_on_batch(images[: 2 * batch], labels)  # Keras 3 takes the weights to train when it first trains
    judge.trainable = False
    noise = keras.Input((LATENT,))
    combined = keras.Model(noise, judge(made(noise)))
    combined.compile(loss=loss, optimizer=keras.optimizers.Adam(2e-4, 0.5))

    def work() -> int:
        fake = made.predict(rng.normal(size=(batch, LATENT)), verbose=0)
        real = images[rng.integers(0, len(images), batch)]
        judge.train_on_batch(np.concatenate([real, fake]), labels)
        combined.train_on_batch(rng.normal(size=(batch, LATENT)), np.ones((batch, 1)))
        return 1

    return work


if __name__ == "__main__":
    main()
