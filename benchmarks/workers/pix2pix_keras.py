"""The same pix2pix in plain Keras, timed on request: ``pix2pix_keras.py WIDTH BATCH THREADS``. Knows nothing of the lab."""

import os
import sys

from turns import serve

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
STEPS = 5


def main() -> None:
    width, batch, threads = map(int, sys.argv[1:4])
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(max(2, threads))
    layers = keras.layers

    def unet() -> keras.Model:
        x = images = keras.Input((64, 64, 1))
        kept = []
        widths = [width * min(2**level, 8) for level in range(6)]
        for level, filters in enumerate(widths):
            x = layers.LeakyReLU(0.2)(x) if level else x
            x = layers.Conv2D(filters, 4, 2, "same")(x)
            x = layers.BatchNormalization()(x) if level else x
            kept.append(x)
        for step, level in enumerate(reversed(range(5))):
            x = layers.BatchNormalization()(layers.Conv2DTranspose(widths[level], 4, 2, "same")(layers.ReLU()(x)))
            x = layers.Dropout(0.5)(x) if step < 3 else x
            x = layers.Concatenate()([x, kept[level]])
        return keras.Model(images, layers.Conv2DTranspose(3, 4, 2, "same", activation="tanh")(layers.ReLU()(x)))

    def patch() -> keras.Model:
        x = images = keras.Input((64, 64, 4))
        for number, (filters, stride) in enumerate(((width, 2), (2 * width, 2), (4 * width, 1))):
            x = layers.Conv2D(filters, 4, stride, "same")(x)
            x = layers.LeakyReLU(0.2)(layers.BatchNormalization()(x) if number else x)
        return keras.Model(images, layers.Conv2D(1, 4, padding="same")(x))

    made, judge = unet(), patch()
    optimizers = [keras.optimizers.Adam(2e-4, 0.5) for _ in range(2)]
    for network, optimizer in zip((judge, made), optimizers, strict=True):
        optimizer.build(network.trainable_variables)
    inputs, targets = tf.random.uniform((1000, 64, 64, 1), -1, 1), tf.random.uniform((1000, 64, 64, 3), -1, 1)

    @tf.function
    def step() -> None:
        places = tf.random.uniform((batch,), 0, 1000, tf.int32)
        a, b = tf.gather(inputs, places), tf.gather(targets, places)
        with tf.GradientTape(persistent=True) as tape:
            fake = made(a, training=True)
            real, told = judge(tf.concat([a, b], -1), training=True), judge(tf.concat([a, fake], -1), training=True)
            judged = 0.5 * (tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(told)))
            total = tf.reduce_mean(tf.nn.softplus(-told)) + 100 * tf.reduce_mean(tf.abs(b - fake))
        for network, optimizer, loss in zip((judge, made), optimizers, (judged, total), strict=True):
            optimizer.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)

    def work() -> int:
        for _ in range(STEPS):
            step()
        return STEPS

    work()
    numbers = [sum(int(v.value.shape.num_elements()) for v in network.trainable_variables) for network in (made, judge)]
    serve(work, parameters=numbers)


if __name__ == "__main__":
    main()
