"""One update of a generator against pixel, perceptual and adversarial losses: pix2pix, and everything that is a part of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf
from lab_tensorflow.learner import Learner
from lab_tensorflow.naming import named_trainable
from lab_tensorflow.noise import Noise
from lab_tensorflow.optimizers import Adam
from lab_tensorflow.precision import policy
from lab_tensorflow.schedules import learning_rate

from lab_image_translation import losses, vgg
from lab_image_translation.networks.patch import discriminator
from lab_image_translation.paired.config import PairedConfig
from lab_image_translation.paired.problem import Problem


class PairedLearner(Learner):
    """``networks``: generator, and discriminator where ``gan_weight`` is above 0."""

    averaged = ("generator",)
    shares = True

    def __init__(self, config: PairedConfig, problem: Problem, *, precision: str, seed: int) -> None:
        self.config, self.problem, self.seed = config, problem, seed
        dtype = policy(precision)
        self.generator = problem.generator(dtype=dtype, seed=seed % 1_000_003)
        self.networks = {"generator": self.generator}
        self.metrics: tuple[str, ...] = ("pixel_loss",)
        if config.perceptual_weight:
            vgg.check_layers([config.perceptual_layer])
            self.metrics += ("perceptual_loss",)
        if config.gan_weight:
            self.discriminator = discriminator(
                problem.judged_channels,
                field=config.field,
                width=config.discriminator_width,
                normalisation=config.discriminator_normalisation,
                seed=seed % 1_000_003 + 1,
                dtype=dtype,
            )
            self.networks["discriminator"] = self.discriminator
            self.metrics += ("discriminator_loss", "generator_loss")
        weights = {name: named_trainable(network, name) for name, network in self.networks.items()}
        self.weights = {name: list(found.values()) for name, found in weights.items()}
        self.optimizers = {
            f"{name}_optimizer": Adam(
                list(found.values()),
                config.learning_rate,
                beta1=config.beta1,
                beta2=config.beta2,
                weight_decay=config.weight_decay,
                clip_norm=config.gradient_clip,
                names=list(found),
            )
            for name, found in weights.items()
        }

    def update(self, batch: Mapping[str, Any], step: Any) -> Mapping[str, Any]:
        """Isola et al. 2017, equation 4: G* = arg min_G max_D  gan_weight L_cGAN(G, D) + pixel_weight L_L1(G).

        Both players learn from the same generated batch and the same weights: the discriminator looks once at real pairs and
        once at generated ones. Deviation: the paper updates D, then G against the new D.
        """
        config = self.config
        gradients, metrics = self.shards.mean(lambda part, number: self._gradients(part, step, number), batch)
        rate, count = learning_rate(step, config), len(self.weights["generator"])
        if config.gan_weight:
            self._step("discriminator", gradients[count:], rate * config.discriminator_learning_rate)
        self._step("generator", gradients[:count], rate)
        return metrics

    def _gradients(self, batch: Mapping[str, Any], step: Any, number: int) -> tuple[list[Any], Mapping[str, Any]]:
        """The generator's gradients, then the discriminator's if there is one, and the metrics, of one device's part."""
        config, problem = self.config, self.problem
        dropout = Noise(self.seed, step * self.shards.count + number).integers((2,), 2**30)
        with tf.GradientTape(persistent=True) as tape:
            prediction = problem.run(self.generator, batch, dropout, training=True)  # [batch, h, w, outputs]
            metrics = {"pixel_loss": problem.pixel_loss(prediction, batch)}
            total = config.pixel_weight * metrics["pixel_loss"]
            if config.perceptual_weight:
                made, wanted = problem.colours(prediction, batch), problem.colours(batch["target"], batch)
                metrics["perceptual_loss"] = vgg.perceptual_loss(made, wanted, config.perceptual_layer)
                total += config.perceptual_weight * metrics["perceptual_loss"]
            if config.gan_weight:
                real = self.discriminator(problem.judged(batch["target"], batch), training=True)
                fake = self.discriminator(problem.judged(prediction, batch), training=True)
                metrics["discriminator_loss"] = losses.discriminator_loss(config.gan_loss, real, fake)
                metrics["generator_loss"] = losses.generator_loss(config.gan_loss, fake)
                total += config.gan_weight * metrics["generator_loss"]
        gradients = list(tape.gradient(total, self.weights["generator"]))
        if config.gan_weight:
            gradients += tape.gradient(metrics["discriminator_loss"], self.weights["discriminator"])
        return gradients, metrics

    def _step(self, name: str, gradients: Sequence[Any], rate: Any) -> None:
        optimizer = self.optimizers[f"{name}_optimizer"]
        optimizer.learning_rate.assign(rate)
        optimizer.apply_gradients(zip(gradients, self.weights[name], strict=True))
