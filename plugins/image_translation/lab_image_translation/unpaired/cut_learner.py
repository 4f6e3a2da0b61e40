"""One update of CUT (Park et al. 2020): one generator, whose patches must stay recognisable, instead of a cycle."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf
from lab_tensorflow.learner import Learner
from lab_tensorflow.noise import Noise
from lab_tensorflow.precision import policy
from lab_tensorflow.schedules import learning_rate

from lab_image_translation import losses
from lab_image_translation.networks.patch import discriminator
from lab_image_translation.networks.resnet import resnet_generator
from lab_image_translation.unpaired.config import CutConfig
from lab_image_translation.unpaired.cycle_learner import apply, make_optimizers


def contrasted_layers(blocks: int) -> tuple[str, ...]:
    """The generator's layers whose features are contrasted: its three convolutions, the first and the middle block.

    Deviation: the paper also takes the padded image itself.
    """
    return ("enc0", "enc1", "enc2", "block0", f"block{blocks // 2}") if blocks > 1 else ("enc0", "enc1", "enc2", "block0")


class CutLearner(Learner):
    """``networks``: generator, discriminator, and the projections of each contrasted layer's features."""

    averaged = ("generator",)
    metrics = ("generator_loss", "discriminator_loss", "nce_loss")

    def __init__(self, config: CutConfig, *, precision: str, seed: int) -> None:
        self.config, self.seed = config, seed
        dtype, start = policy(precision), seed % 1_000_003
        self.generator = resnet_generator(3, 3, seed=start, dtype=dtype, **config.generator_options)
        self.judge = discriminator(
            3,
            field=config.field,
            width=config.discriminator_width,
            normalisation="instance",
            bias=False,
            seed=start + 1,
            dtype=dtype,
        )
        layers = [self.generator.get_layer(name) for name in contrasted_layers(config.blocks)]
        self.encoder = keras.Model(self.generator.input, [layer.output for layer in layers], name="encoder")
        keras.utils.set_random_seed(start + 2)
        self.projections = [_projection(layer.output.shape[-1], config.nce_dimensions, layer.name) for layer in layers]
        self.networks = {"generator": self.generator, "discriminator": self.judge}
        self.networks |= {f"projection_{layer.name}": net for layer, net in zip(layers, self.projections, strict=True)}
        projected = tuple(name for name in self.networks if name.startswith("projection"))
        self.groups = {"generator": ("generator", *projected), "discriminator": ("discriminator",)}
        if config.identity_weight:
            self.metrics = (*self.metrics, "identity_loss")
        self.optimizers, self.weights = make_optimizers(config, self.networks, self.groups)

    def update(self, batch: Mapping[str, Any], step: Any) -> Mapping[str, Any]:
        """Equation 5: L_GAN + nce_weight L_PatchNCE(G, H, X) + identity L_PatchNCE(G, H, Y)."""
        config, noise = self.config, Noise(self.seed, step)
        a, b = batch["a"], batch["b"]
        with tf.GradientTape(persistent=True) as tape:
            fake = self.generator(a, training=True)
            generator = losses.generator_loss("least-squares", self.judge(fake, training=True), real_target=config.real_target)
            nce = self._contrast(a, fake, noise)
            total = generator + config.nce_weight * nce
            metrics = {"generator_loss": generator, "nce_loss": nce}
            if config.identity_weight:
                metrics["identity_loss"] = self._contrast(b, self.generator(b, training=True), noise)
                total += config.nce_weight * config.identity_weight * metrics["identity_loss"]
            judged = losses.discriminator_loss(
                "least-squares",
                self.judge(b, training=True),
                self.judge(tf.stop_gradient(fake), training=True),
                real_target=config.real_target,
            )
        metrics["discriminator_loss"] = judged
        rate = learning_rate(step, config)
        apply(self, "discriminator", tape, judged, rate * config.discriminator_learning_rate)
        apply(self, "generator", tape, total, rate)
        return metrics

    def _contrast(self, source: Any, made: Any, noise: Noise) -> Any:
        """Mean over the layers of the patch loss: what was made at a place must be recognised among places of the source."""
        total: Any = 0.0
        for keys, queries, projection in zip(self.encoder(source), self.encoder(made), self.projections, strict=True):
            places = noise.integers((self.config.nce_patches,), keys.shape[1] * keys.shape[2])
            described = []
            for features in (queries, keys):
                flat = tf.reshape(features, [tf.shape(features)[0], -1, features.shape[-1]])
                described.append(tf.math.l2_normalize(tf.cast(projection(tf.gather(flat, places, axis=1)), tf.float32), -1))
            total += losses.patch_nce(described[0], described[1], temperature=self.config.nce_temperature)
        return total / len(self.projections)


def _projection(channels: int, dimensions: int, name: str) -> keras.Model:
    """Two dense layers on [images, places, channels]."""
    features = keras.Input((None, channels), name="features")
    x = keras.layers.Dense(dimensions, activation="relu", name="hidden")(features)
    return keras.Model(features, keras.layers.Dense(dimensions, name="out")(x), name=f"projection_{name}")
