"""One update of a generator and a discriminator: the whole GAN family of this package is this, under other settings.

Where the discriminator learns once an update, both learn from the same generated batch and the same weights (simultaneous
gradients, Mescheder et al. 2017), which saves a pass through the generator; with ``discriminator_steps`` above 1 the generator
has a batch of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from lab_tensorflow.learner import Learner
from lab_tensorflow.losses import adversarial as losses
from lab_tensorflow.noise import Noise
from lab_tensorflow.precision import policy

from lab_gan.config import GanConfig
from lab_gan.images import Shape
from lab_gan.losses import class_loss, code_loss
from lab_gan.networks import CATEGORIES, CODES, latent_size, make_discriminator, make_generator
from lab_gan.optimizers import make_optimizer, set_learning_rates

Tensors = dict[str, Any]


class Adversarial(Learner):
    """``networks``: generator and discriminator. A batch has ``image`` in -1..1 and ``label``."""

    averaged = ("generator",)
    shares = True

    def __init__(self, config: GanConfig, shape: Shape, classes: int, *, precision: str, seed: int) -> None:
        self.config, self.classes, self.seed = config, classes, seed
        self.batches = config.discriminator_steps
        seeds = [int(one >> 1) for one in np.random.SeedSequence(seed).generate_state(2)]
        dtype = policy(precision)
        self.generator = make_generator(config, latent_size(config, classes), shape, dtype=dtype, seed=seeds[0])
        self.discriminator = make_discriminator(config, shape, classes, dtype=dtype, seed=seeds[1])
        self.networks = {"generator": self.generator, "discriminator": self.discriminator}
        rates = {"generator": config.learning_rate, "discriminator": config.discriminator_learning_rate}
        self.optimizers = {
            f"{name}_optimizer": make_optimizer(config, rate, self.networks[name].trainable_variables)
            for name, rate in rates.items()
        }
        self._rates = list(zip(self.optimizers.values(), rates.values(), strict=True))
        self.predicts_category = config.condition == "auxiliary" or config.codes
        self.metrics = ("discriminator_loss", "generator_loss", "real_accuracy", "fake_accuracy")
        self.metrics += ("category_loss",) if self.predicts_category else ()
        self.metrics += ("code_loss",) if config.codes else ()
        self.metrics += ("penalty",) if config.gradient_penalty or config.r1 else ()

    def update(self, batch: Mapping[str, Any], step: Any) -> Mapping[str, Any]:
        shards = self.shards.count
        noises = [Noise(self.seed, step * shards + number) for number in range(shards)]
        set_learning_rates(self.config, step, self._rates)
        if self.batches == 1:
            return self._simultaneous(batch, noises)
        metrics: Mapping[str, Any] = {}
        for turn in range(self.batches):
            part = {name: tensor[turn] for name, tensor in batch.items()}
            metrics = self._discriminator_step(part, noises)
        return {**metrics, **self._generator_step({"label": batch["label"][0]}, noises)}

    def _simultaneous(self, batch: Mapping[str, Any], noises: Sequence[Noise]) -> Mapping[str, Any]:
        """One step of both networks on the same generated batch."""

        def of_part(part: Mapping[str, Any], number: int) -> tuple[Any, Tensors]:
            with tf.GradientTape(persistent=True) as tape:
                latents = self._latents(part["image"].shape[0], noises[number])
                fakes = self.generator(latents["latents"], training=True)
                losses_of = self._discriminator_loss(part["image"], part["label"], fakes, latents, noises[number])
                discriminator_loss, metrics, fake_output = losses_of
                generator_loss, more = self._generator_loss(fake_output, latents)
            discriminator = tape.gradient(discriminator_loss, self.discriminator.trainable_variables)
            generator = tape.gradient(generator_loss, self.generator.trainable_variables)
            return [*discriminator, *generator], metrics | more

        gradients, metrics = self.shards.mean(of_part, batch)
        count = len(self.discriminator.trainable_variables)
        self._apply("discriminator", gradients[:count])
        self._apply("generator", gradients[count:])
        return metrics

    def _discriminator_step(self, batch: Mapping[str, Any], noises: Sequence[Noise]) -> Mapping[str, Any]:
        def of_part(part: Mapping[str, Any], number: int) -> tuple[Any, Tensors]:
            with tf.GradientTape() as tape:
                latents = self._latents(part["image"].shape[0], noises[number])
                fakes = tf.stop_gradient(self.generator(latents["latents"], training=True))
                loss, metrics, _ = self._discriminator_loss(part["image"], part["label"], fakes, latents, noises[number])
            return tape.gradient(loss, self.discriminator.trainable_variables), metrics

        gradients, metrics = self.shards.mean(of_part, batch)
        self._apply("discriminator", gradients)
        return metrics

    def _generator_step(self, batch: Mapping[str, Any], noises: Sequence[Noise]) -> Mapping[str, Any]:
        """``batch`` says only how many images to generate."""

        def of_part(part: Mapping[str, Any], number: int) -> tuple[Any, Tensors]:
            with tf.GradientTape() as tape:
                latents = self._latents(part["label"].shape[0], noises[number])
                fakes = self.generator(latents["latents"], training=True)
                loss, metrics = self._generator_loss(self._discriminate(fakes, latents["category"]), latents)
            return tape.gradient(loss, self.generator.trainable_variables), metrics

        gradients, metrics = self.shards.mean(of_part, batch)
        self._apply("generator", gradients)
        return metrics

    # --- inputs of the generator

    def _latents(self, count: int, noise: Noise) -> Tensors:
        """``latents`` [count, dimensions] with the ``category`` [count] and the ``codes`` [count, 2] that are in them."""
        config = self.config
        size = (count, config.latent)
        z = noise.normal(size) if config.prior == "normal" else noise.uniform(size, -1.0, 1.0)
        if config.codes:
            category = noise.integers((count,), CATEGORIES)
            codes = noise.uniform((count, CODES), -1.0, 1.0)
            return {"latents": tf.concat([z, tf.one_hot(category, CATEGORIES), codes], 1), "category": category, "codes": codes}
        category = noise.integers((count,), max(1, self.classes))
        if config.condition != "none":
            z = tf.concat([z, tf.one_hot(category, self.classes)], 1)
        return {"latents": z, "category": category}

    # --- losses

    def _discriminate(self, images: Any, category: Any) -> Tensors:
        """The discriminator's outputs in float32; the label is an input where ``condition`` says so."""
        inputs = [images]
        if self.config.condition in ("channel", "projection"):
            inputs.append(tf.one_hot(category, self.classes))
        return {name: tf.cast(value, tf.float32) for name, value in self.discriminator(inputs, training=True).items()}

    def _discriminator_loss(
        self, images: Any, labels: Any, fakes: Any, latents: Tensors, noise: Noise
    ) -> tuple[Any, Tensors, Tensors]:
        """The discriminator's loss on one batch, its metrics, and its output for the fakes."""
        config = self.config
        real, fake = self._discriminate(images, labels), self._discriminate(fakes, latents["category"])
        total = loss = losses.discriminator_loss(config.loss, real["logit"], fake["logit"], real_target=config.real_target)
        metrics = {"discriminator_loss": loss} | losses.accuracies(config.loss, real["logit"], fake["logit"])
        if config.condition == "auxiliary":
            total += config.category_weight * (
                class_loss(real["category"], labels) + class_loss(fake["category"], latents["category"])
            )
        if config.codes:
            total += self._information(fake, latents)
        if config.gradient_penalty or config.r1:
            metrics["penalty"] = self._penalty(images, labels, tf.stop_gradient(fakes), latents["category"], noise)
            total += (config.gradient_penalty or config.r1) * metrics["penalty"]
        return total, metrics, fake

    def _generator_loss(self, fake_output: Tensors, latents: Tensors) -> tuple[Any, Tensors]:
        """The generator's loss and metrics from the discriminator's output for its images."""
        total = loss = losses.generator_loss(self.config.loss, fake_output["logit"])
        metrics = {"generator_loss": loss}
        if self.predicts_category:
            metrics["category_loss"] = class_loss(fake_output["category"], latents["category"])
        if self.config.codes:
            metrics["code_loss"] = code_loss(fake_output["codes"], latents["codes"])
            total += self._information(fake_output, latents)
        elif self.predicts_category:
            total += self.config.category_weight * metrics["category_loss"]
        return total, metrics

    def _information(self, fake_output: Tensors, latents: Tensors) -> Any:
        """Minus the bound on the information that a fake holds about its codes, weighted (Chen et al. 2016, equation 5)."""
        category = class_loss(fake_output["category"], latents["category"])
        codes = code_loss(fake_output["codes"], latents["codes"])
        return self.config.category_weight * category + self.config.code_weight * codes

    def _penalty(self, images: Any, labels: Any, fakes: Any, category: Any, noise: Noise) -> Any:
        """The gradient penalty between real and fake images, or R1 at real ones."""
        if self.config.gradient_penalty:
            share = noise.uniform((images.shape[0], 1, 1, 1))
            images = images + share * (fakes - images)
        with tf.GradientTape() as inner:
            inner.watch(images)
            logit = self._discriminate(images, labels)["logit"]
        gradient = inner.gradient(logit, images)
        return losses.gradient_penalty(gradient) if self.config.gradient_penalty else losses.r1(gradient)

    # --- steps

    def _apply(self, name: str, gradients: Any) -> None:
        """One step of the network ``name``; then a critic's weights are clipped where ``clip`` asks for it."""
        self.optimizers[f"{name}_optimizer"].apply(gradients, self.networks[name].trainable_variables)
        limit = self.config.clip
        if name == "discriminator" and limit is not None:
            for variable in self.discriminator.trainable_variables:
                variable.assign(tf.clip_by_value(variable.value, -limit, limit))
