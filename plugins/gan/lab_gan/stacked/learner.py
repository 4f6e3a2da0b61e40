"""StackedGAN (Huang et al. 2017): three phases, told apart by the number of the update.

Level 1 makes features from a label, level 0 an image from features. In each level a generator G, a discriminator D that also
finds the noise, and the part E of the encoder that undoes what G does (section 3.3):

    L_G = adversarial_weight L_adv + conditional_weight d(E(G(h, z)), h) + entropy_weight |Q(G(h, z)) - z|^2

with h the label (d: cross-entropy) or the features (d: mean squared error), and Q the discriminator's second head. Before the
joint phase h of level 0 are the features of real images; then those of level 1, and everything is learnt end to end.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from lab_gan import losses
from lab_gan.adversarial import accuracies
from lab_gan.learner import Learner, Noise, Shape
from lab_gan.networks import policy
from lab_gan.stacked import networks
from lab_gan.stacked.config import StackedConfig

_ENCODING = ("encoder", "classifier")
_MAKING = ("feature_generator", "image_generator")
_JUDGING = ("feature_critic", "image_critic")
_PLAYED = ("critic_loss", "generator_loss", "real_accuracy", "fake_accuracy", "conditional_loss", "entropy_loss")


class Stacked(Learner):
    """``networks``: encoder and classifier, and for features and for images a generator and a critic.

    Accuracies are the image discriminator's. What a phase doesn't do yet is reported as 0.
    """

    kept = _MAKING
    figures = ("encoder_loss", "encoder_accuracy", *_PLAYED)

    def __init__(self, config: StackedConfig, shape: Shape, classes: int, *, precision: str, seed: int) -> None:
        self.config, self.classes, self.seed = config, classes, seed
        seeds = [int(one >> 1) for one in np.random.SeedSequence(seed).generate_state(6)]
        dtype = policy(precision)
        self.networks = {
            "encoder": networks.make_encoder(config, shape, dtype=dtype, seed=seeds[0]),
            "classifier": networks.make_classifier(config, classes, seed=seeds[1]),
            "feature_generator": networks.make_feature_generator(config, classes, dtype=dtype, seed=seeds[2]),
            "image_generator": networks.make_image_generator(config, shape, dtype=dtype, seed=seeds[3]),
            "feature_critic": networks.make_feature_critic(config, dtype=dtype, seed=seeds[4]),
            "image_critic": networks.make_image_critic(config, shape, dtype=dtype, seed=seeds[5]),
        }
        self.optimizers = {
            "encoder_optimizer": keras.optimizers.Adam(config.encoder_learning_rate),
            "generator_optimizer": _optimizer(config, config.learning_rate),
            "critic_optimizer": _optimizer(config, config.critic_learning_rate),
        }
        for optimizer, names in zip(self.optimizers.values(), (_ENCODING, _MAKING, _JUDGING), strict=True):
            optimizer.build(self._weights(names))

    def update(self, images: Any, labels: Any, step: Any) -> tuple[Any, ...]:
        joint_from = self.config.encoder_steps + self.config.separate_steps
        noise = Noise(self.seed, step)
        size = (len(images[0]), self.config.latent // 2)
        z1, z0 = noise.normal(size), noise.normal(size)
        return tf.cond(
            step < self.config.encoder_steps,
            lambda: self._encode(images[0], labels[0]),
            lambda: self._play(images[0], labels[0], z1, z0, tf.cast(step >= joint_from, tf.float32)),
        )

    def _encode(self, images: Any, labels: Any) -> tuple[Any, ...]:
        """The encoder learns to tell the classes."""
        weights = self._weights(_ENCODING)
        with tf.GradientTape() as tape:
            _, loss, accuracy = self._encoded(images, labels)
        self.optimizers["encoder_optimizer"].apply(tape.gradient(loss, weights), weights)
        return (loss, accuracy, *[tf.zeros(()) for _ in _PLAYED])

    def _encoded(self, images: Any, labels: Any) -> tuple[Any, Any, Any]:
        features = self.networks["encoder"](images, training=True)
        logits = self.networks["classifier"](features, training=True)
        right = tf.cast(tf.argmax(logits, 1, tf.int32) == labels, tf.float32)
        return features, losses.class_loss(logits, labels), tf.reduce_mean(right)

    def _play(self, images: Any, labels: Any, z1: Any, z0: Any, joint: Any) -> tuple[Any, ...]:
        """One turn of both levels; ``joint`` is 1 where level 0 goes on from level 1, 0 where from real features."""
        config, at = self.config, self.networks
        features, encoder_loss, encoder_accuracy = self._encoded(images, labels)
        with tf.GradientTape(persistent=True) as tape:
            made = at["feature_generator"](tf.concat([z1, tf.one_hot(labels, self.classes)], 1), training=True)
            given = joint * made + (1 - joint) * tf.stop_gradient(features)
            drawn = at["image_generator"](tf.concat([z0, given], 1), training=True)
            level1 = self._level("feature_critic", features, made, z1)
            level0 = self._level("image_critic", images, drawn, z0)
            entropy = level1["entropy"] + level0["entropy"]
            critic = level1["critic"] + level0["critic"]
            critic_total = critic + entropy
            adversarial = level1["generator"] + level0["generator"]
            conditional = losses.class_loss(at["classifier"](made), labels)
            conditional += tf.reduce_mean(tf.square(at["encoder"](drawn) - given))
            generator_total = (
                config.adversarial_weight * adversarial
                + config.conditional_weight * conditional
                + config.entropy_weight * entropy
            )
        for name, names, total in (("critic", _JUDGING, critic_total), ("generator", _MAKING, generator_total)):
            weights = self._weights(names)
            gradient = tape.gradient(total, weights)
            self.optimizers[f"{name}_optimizer"].apply(gradient, weights)
        right = (level0["real_accuracy"], level0["fake_accuracy"])
        return (encoder_loss, encoder_accuracy, critic, adversarial, *right, conditional, entropy)

    def _level(self, critic: str, real: Any, fake: Any, z: Any) -> dict[str, Any]:
        """What one discriminator says of real and of made ones, and how far it is from the noise."""
        told = [self.networks[critic](items, training=True) for items in (real, fake)]
        logits = [one["logit"] for one in told]
        return {
            "critic": losses.critic_loss(self.config.loss, *logits),
            "generator": losses.generator_loss(self.config.loss, logits[1]),
            "entropy": tf.reduce_mean(tf.square(told[1]["noise"] - z)),
            **accuracies(self.config.loss, *logits),
        }

    def _weights(self, names: tuple[str, ...]) -> list[Any]:
        return [weight for name in names for weight in self.networks[name].trainable_variables]


def _optimizer(config: StackedConfig, rate: float) -> keras.optimizers.Optimizer:
    if config.optimizer == "rmsprop":
        return keras.optimizers.RMSprop(rate)
    return keras.optimizers.Adam(rate, config.beta1, config.beta2)
