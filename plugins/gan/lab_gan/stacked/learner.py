"""StackedGAN (Huang et al. 2017): three phases, which follow from the number of the update.

Level 1 generates features from a label, level 0 an image from features. In each level a generator G, a discriminator D that
also recovers the noise, and the part E of the encoder that inverts G (section 3.3):

    L_G = adversarial_weight L_adv + conditional_weight d(E(G(h, z)), h) + entropy_weight |Q(G(h, z)) - z|^2

with h the label (d: cross-entropy) or the features (d: mean squared error), and Q the discriminator's second head. Before the
joint phase h of level 0 are the features of real images; then those of level 1, and everything is learnt end to end.
"""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from lab_tensorflow.learner import Learner
from lab_tensorflow.losses import adversarial as losses
from lab_tensorflow.noise import Noise
from lab_tensorflow.precision import policy

from lab_gan.images import Shape
from lab_gan.losses import class_loss
from lab_gan.optimizers import make_optimizer, set_learning_rates
from lab_gan.stacked import networks
from lab_gan.stacked.config import StackedConfig

_ENCODING = ("encoder", "classifier")
_GENERATORS = ("feature_generator", "image_generator")
_DISCRIMINATORS = ("feature_discriminator", "image_discriminator")
_ADVERSARIAL = (
    "discriminator_loss",
    "generator_loss",
    "real_accuracy",
    "fake_accuracy",
    "conditional_loss",
    "entropy_loss",
)
Tensors = dict[str, Any]


class Stacked(Learner):
    """``networks``: encoder and classifier, and for features and for images a generator and a discriminator.

    Accuracies are the image discriminator's. Metrics that a phase doesn't have yet are reported as 0.
    """

    averaged = _GENERATORS
    metrics = ("encoder_loss", "encoder_accuracy", *_ADVERSARIAL)

    def __init__(self, config: StackedConfig, shape: Shape, classes: int, *, precision: str, seed: int) -> None:
        self.config, self.classes, self.seed = config, classes, seed
        seeds = [int(one >> 1) for one in np.random.SeedSequence(seed).generate_state(6)]
        dtype = policy(precision)
        self.networks = {
            "encoder": networks.make_encoder(config, shape, dtype=dtype, seed=seeds[0]),
            "classifier": networks.make_classifier(config, classes, seed=seeds[1]),
            "feature_generator": networks.make_feature_generator(config, classes, dtype=dtype, seed=seeds[2]),
            "image_generator": networks.make_image_generator(config, shape, dtype=dtype, seed=seeds[3]),
            "feature_discriminator": networks.make_feature_discriminator(config, dtype=dtype, seed=seeds[4]),
            "image_discriminator": networks.make_image_discriminator(config, shape, dtype=dtype, seed=seeds[5]),
        }
        encoder = keras.optimizers.Adam(config.encoder_learning_rate)
        encoder.build(self._weights(_ENCODING))
        generator = make_optimizer(config, config.learning_rate, self._weights(_GENERATORS))
        discriminator = make_optimizer(config, config.discriminator_learning_rate, self._weights(_DISCRIMINATORS))
        self._rates = [(generator, config.learning_rate), (discriminator, config.discriminator_learning_rate)]
        self.optimizers = {
            "encoder_optimizer": encoder,
            "generator_optimizer": generator,
            "discriminator_optimizer": discriminator,
        }

    def update(self, batch: Mapping[str, Any], step: Any) -> Mapping[str, Any]:
        images, labels = batch["image"], batch["label"]
        joint_from = self.config.encoder_steps + self.config.separate_steps
        noise = Noise(self.seed, step)
        size = (len(images), self.config.latent // 2)
        z1, z0 = noise.normal(size), noise.normal(size)
        set_learning_rates(self.config, step, self._rates)
        return tf.cond(
            step < self.config.encoder_steps,
            lambda: self._encoder_update(images, labels),
            lambda: self._adversarial_update(images, labels, z1, z0, tf.cast(step >= joint_from, tf.float32)),
        )

    def _encoder_update(self, images: Any, labels: Any) -> Tensors:
        """The encoder learns to classify."""
        weights = self._weights(_ENCODING)
        with tf.GradientTape() as tape:
            _, loss, accuracy = self._encoded(images, labels)
        self.optimizers["encoder_optimizer"].apply(tape.gradient(loss, weights), weights)
        return {"encoder_loss": loss, "encoder_accuracy": accuracy} | {name: tf.zeros(()) for name in _ADVERSARIAL}

    def _encoded(self, images: Any, labels: Any) -> tuple[Any, Any, Any]:
        """Features [batch, features], cross-entropy and accuracy of the encoder."""
        features = self.networks["encoder"](images, training=True)
        logits = self.networks["classifier"](features, training=True)
        right = tf.cast(tf.argmax(logits, 1, tf.int32) == labels, tf.float32)
        return features, class_loss(logits, labels), tf.reduce_mean(right)

    def _adversarial_update(self, images: Any, labels: Any, z1: Any, z0: Any, joint: Any) -> Tensors:
        """One step of both levels; ``joint`` is 1 where level 0 continues level 1, 0 where it starts from real features."""
        config, nets = self.config, self.networks
        features, encoder_loss, encoder_accuracy = self._encoded(images, labels)
        with tf.GradientTape(persistent=True) as tape:
            fake_features = nets["feature_generator"](tf.concat([z1, tf.one_hot(labels, self.classes)], 1), training=True)
            inputs = joint * fake_features + (1 - joint) * tf.stop_gradient(features)
            fakes = nets["image_generator"](tf.concat([z0, inputs], 1), training=True)
            level1 = self._level("feature_discriminator", features, fake_features, z1)
            level0 = self._level("image_discriminator", images, fakes, z0)
            entropy = level1["entropy"] + level0["entropy"]
            discriminator = level1["discriminator"] + level0["discriminator"]
            discriminator_total = discriminator + entropy
            adversarial = level1["generator"] + level0["generator"]
            conditional = class_loss(nets["classifier"](fake_features), labels)
            conditional += tf.reduce_mean(tf.square(nets["encoder"](fakes) - inputs))
            generator_total = (
                config.adversarial_weight * adversarial
                + config.conditional_weight * conditional
                + config.entropy_weight * entropy
            )
        for optimizer, names, total in (
            ("discriminator_optimizer", _DISCRIMINATORS, discriminator_total),
            ("generator_optimizer", _GENERATORS, generator_total),
        ):
            weights = self._weights(names)
            self.optimizers[optimizer].apply(tape.gradient(total, weights), weights)
        return {
            "encoder_loss": encoder_loss,
            "encoder_accuracy": encoder_accuracy,
            "discriminator_loss": discriminator,
            "generator_loss": adversarial,
            "real_accuracy": level0["real_accuracy"],
            "fake_accuracy": level0["fake_accuracy"],
            "conditional_loss": conditional,
            "entropy_loss": entropy,
        }

    def _level(self, discriminator: str, real: Any, fake: Any, z: Any) -> Tensors:
        """The losses of one level, the error of its recovered noise, and its discriminator's accuracies."""
        real_output, fake_output = (self.networks[discriminator](items, training=True) for items in (real, fake))
        logits = real_output["logit"], fake_output["logit"]
        return {
            "discriminator": losses.discriminator_loss(self.config.loss, *logits),
            "generator": losses.generator_loss(self.config.loss, logits[1]),
            "entropy": tf.reduce_mean(tf.square(fake_output["noise"] - z)),
            **losses.accuracies(self.config.loss, *logits),
        }

    def _weights(self, names: tuple[str, ...]) -> list[Any]:
        return [weight for name in names for weight in self.networks[name].trainable_variables]
