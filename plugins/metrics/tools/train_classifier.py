"""Train the classifier in whose features the images of a data set are compared.

    uv run plugins/metrics/tools/train_classifier.py mnist --out plugins/metrics/lab_metrics/weights/mnist-cnn

Learns from the train split with small random shifts, turns and (clothes) flips; weights are averaged over the last
couple of hundred updates; the epoch is chosen on the validation split, and the test split is looked at once, with the weights as
they ship: batch normalisation folded into kernels and biases, rounded to float16. Everything random comes from ``--seed``.
"""

import argparse
import shlex
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from lab_datasets import card as data_card
from lab_datasets import load
from lab_metrics.images.classifier import CONVOLUTIONS, HALVED_AFTER, Card, Classifier, read
from lab_tensorflow import runtime

from lab_core.files import fingerprint

CHANNELS = {"conv1": 32, "conv2": 64, "conv3": 64, "conv4": 128, "conv5": 128}
FEATURES = 128


class Recipe(NamedTuple):
    """Largest shift in whole pixels, largest turn in degrees, whether images are mirrored, share of features dropped."""

    shift: int
    degrees: float
    flip: bool
    dropout: float


RECIPES = {"mnist": Recipe(2, 12, False, 0.3), "fashion-mnist": Recipe(2, 0, True, 0.3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", choices=sorted(RECIPES))
    parser.add_argument("--out", type=Path, required=True, help="path without ending: .npz and .json are written")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=3e-3, help="Adam's largest step size")
    parser.add_argument("--decay", type=float, default=0.02, help="decoupled weight decay")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--precision", choices=("float32", "mixed_bfloat16"), default="mixed_bfloat16")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=int, help="look at so many images only, to try the program out")
    train(parser.parse_args())


def train(options: argparse.Namespace) -> None:
    began = time.process_time()
    tf = runtime.start(threads=options.threads)
    import keras

    keras.utils.set_random_seed(options.seed)
    keras.mixed_precision.set_dtype_policy(options.precision)
    recipe = RECIPES[options.data]
    images, labels = (np.asarray(column)[: options.limit] for column in load(options.data, "train"))
    known, answers = load(options.data, "validation")
    shape, classes = images.shape[1:], data_card(options.data).classes
    model = network(keras, shape, len(classes), recipe.dropout)
    averaged = network(keras, shape, len(classes), recipe.dropout)
    averaged.set_weights(model.get_weights())

    per_epoch = len(images) // options.batch
    total = per_epoch * options.epochs
    optimizer = keras.optimizers.AdamW(one_cycle(keras, options.rate, total), weight_decay=options.decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    optimizer.build(model.trainable_variables)
    crossentropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    pairs = list(zip(averaged.weights, model.weights, strict=True))

    @tf.function
    def update(batch: Any, wanted: Any, transforms: Any, keep: Any) -> Any:
        x = tf.cast(batch, tf.float32) / 255.0
        size = tf.constant(shape[:2])
        x = tf.raw_ops.ImageProjectiveTransformV3(
            images=x, transforms=transforms, output_shape=size, fill_value=0.0, interpolation="BILINEAR", fill_mode="CONSTANT"
        )
        with tf.GradientTape() as tape:
            loss = crossentropy(wanted, model(x, training=True)[1])
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        for mean, value in pairs:
            if value.dtype == "float32":
                mean.assign(keep * mean + (1.0 - keep) * value)
        return loss

    rng = np.random.default_rng(options.seed)
    best, step = (-1.0, 0, averaged.get_weights()), 0
    for epoch in range(1, options.epochs + 1):
        order, losses = rng.permutation(len(images)), []
        for some in order[: per_epoch * options.batch].reshape(per_epoch, options.batch):
            keep = np.float32(min(0.995, (1 + step) / (10 + step)))
            losses.append(update(images[some], labels[some], transforms(rng, recipe, options.batch, shape), keep))
            step += 1
        right = accuracy(averaged, known, answers)
        best = max(best, (right, epoch, averaged.get_weights()), key=lambda one: one[0])
        print(
            f"epoch {epoch}  loss {np.mean(losses):.4f}  validation {right:.4f}  {time.process_time() - began:.0f} s", flush=True
        )

    averaged.set_weights(best[2])
    write(options, averaged, best, time.process_time() - began, shape, classes)


def network(keras: Any, shape: Any, classes: int, dropout: float) -> Any:
    """The network that :mod:`lab_metrics.images.classifier` computes, batch normalisation apart; gives features and logits."""
    layers = keras.layers
    x = inputs = keras.Input(shape)
    for name in CONVOLUTIONS:
        kernel = 5 if name == "conv1" else 3
        x = layers.Conv2D(CHANNELS[name], kernel, padding="same", use_bias=False, name=name)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.95, name=f"{name}_norm")(x))
        if name in HALVED_AFTER:
            x = layers.MaxPooling2D(2, padding="same")(x)
    x = layers.Dense(FEATURES, use_bias=False, name="features")(layers.Flatten()(x))
    features = layers.ReLU()(layers.BatchNormalization(momentum=0.95, name="features_norm")(x))
    logits = layers.Dense(classes, name="logits", dtype="float32")(layers.Dropout(dropout, seed=1)(features))
    return keras.Model(inputs, (features, logits))


def one_cycle(keras: Any, rate: float, total: int) -> Any:
    """Up for a fifth of the training, down to nothing by a cosine."""
    warm = total // 5
    return keras.optimizers.schedules.CosineDecay(rate / 20, total - warm, warmup_target=rate, warmup_steps=warm)


def transforms(rng: np.random.Generator, recipe: Recipe, count: int, shape: Any) -> np.ndarray:
    """Float32 [count, 8]: projective maps, about the centre, from a place in the new picture to one in the old."""
    angle = np.deg2rad(rng.uniform(-recipe.degrees, recipe.degrees, count))
    mirror = np.where(rng.random(count) < 0.5, -1.0, 1.0) if recipe.flip else np.ones(count)
    dx, dy = rng.integers(-recipe.shift, recipe.shift, (2, count), endpoint=True)  # whole pixels: nothing is blurred
    a, b, c, d = mirror * np.cos(angle), -mirror * np.sin(angle), np.sin(angle), np.cos(angle)
    x, y = (shape[1] - 1) / 2, (shape[0] - 1) / 2
    zero = np.zeros(count)
    return np.stack([a, b, x - a * x - b * y + dx, c, d, y - c * x - d * y + dy, zero, zero], axis=1).astype(np.float32)


def accuracy(model: Any, images: np.ndarray, labels: np.ndarray) -> float:
    _, logits = model.predict(images.astype(np.float32) / 255.0, batch_size=500, verbose=0)
    return float(np.mean(logits.argmax(axis=1) == labels))


def folded(model: Any) -> dict[str, np.ndarray]:
    """Kernels and biases in float16 with batch normalisation folded in: w' = w g / s, b' = beta - mean g / s."""
    weights: dict[str, np.ndarray] = {}
    for name in (*CONVOLUTIONS, "features"):
        norm = model.get_layer(f"{name}_norm")
        gamma, beta, mean, variance = (np.asarray(value, np.float64) for value in norm.get_weights())
        scale = gamma / np.sqrt(variance + norm.epsilon)
        weights[f"{name}/kernel"] = np.asarray(model.get_layer(name).get_weights()[0], np.float64) * scale
        weights[f"{name}/bias"] = beta - mean * scale
    weights["logits/kernel"], weights["logits/bias"] = model.get_layer("logits").get_weights()
    return {name: value.astype(np.float16) for name, value in weights.items()}


def write(options: argparse.Namespace, model: Any, best: Any, spent: float, shape: Any, classes: tuple[str, ...]) -> None:
    weights = folded(model)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    file = options.out.with_suffix(".npz")
    np.savez(file, allow_pickle=False, **weights)
    card = Card(
        data=options.data,
        classes=classes,
        shape=tuple(shape),
        parameters=sum(value.size for value in weights.values()),
        seed=options.seed,
        epochs=options.epochs,
        chosen_epoch=best[1],
        test_accuracy=0.0,
        validation_accuracy=0.0,
        processor_seconds=round(spent, 1),
        command=shlex.join(["uv", "run", *sys.argv]),
        file=fingerprint(file),
    )
    classifier = Classifier(options.out.name, card, weights)
    shares = {}
    for split in ("validation", "test"):
        images, labels = load(options.data, split)
        shares[f"{split}_accuracy"] = float(np.mean(classifier.features(np.asarray(images))[1].argmax(axis=1) == labels))
    card = msgspec.structs.replace(card, **shares)
    options.out.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(card)) + b"\n")
    read(options.out)
    print(
        f"{options.out}: validation {card.validation_accuracy:.4f}, test {card.test_accuracy:.4f}, {file.stat().st_size:,} bytes"
    )


if __name__ == "__main__":
    main()
