"""One update of StarGAN (Choi et al. 2018): one generator for every pair of several domains."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf
from lab_tensorflow.learner import Learner
from lab_tensorflow.losses.reconstruction import absolute_error
from lab_tensorflow.noise import Noise
from lab_tensorflow.precision import policy
from lab_tensorflow.schedules import learning_rate

from lab_image_translation import losses
from lab_image_translation.networks.layers import seeds
from lab_image_translation.networks.resnet import resnet_generator
from lab_image_translation.unpaired.config import StarConfig
from lab_image_translation.unpaired.cycle_learner import apply, make_optimizers


def with_domain(images: Any, domains: Any, count: int) -> Any:
    """Images [batch, h, w, 3] with ``count`` further channels, 1 in that of the domain, int32 [batch]."""
    planes = tf.one_hot(domains, count)[:, None, None, :]
    shape = tf.shape(images)
    return tf.concat([images, tf.broadcast_to(planes, [shape[0], shape[1], shape[2], count])], -1)


def star_discriminator(domains: int, *, width: int, layers: int, seed: int, dtype: Any) -> keras.Model:
    """Logits of patches [batch, h', w', 1], and of the domain [batch, domains] from the mean over places.

    Nothing is normalised inside, so the initial weights keep the variance (He et al. 2015). With the deviation of 0.02 that
    pix2pix has, it learnt nothing about domains for 400 updates, and the generator learnt to change nothing.
    """
    init = (keras.initializers.HeNormal(one) for one in seeds(seed))
    x = images = keras.Input((None, None, 3), name="images")
    for number in range(layers):
        x = keras.layers.Conv2D(
            width * 2**number, 4, 2, "same", kernel_initializer=next(init), dtype=dtype, name=f"layer{number}"
        )(x)
        x = keras.layers.LeakyReLU(0.01, dtype=dtype, name=f"active{number}")(x)
    patch = keras.layers.Conv2D(1, 3, padding="same", kernel_initializer=next(init), dtype=dtype, name="patch")(x)
    pooled = keras.layers.GlobalAveragePooling2D(dtype=dtype, name="pooled")(x)
    domain = keras.layers.Dense(domains, kernel_initializer=next(init), dtype=dtype, name="domain")(pooled)
    outputs = [keras.layers.Activation("linear", dtype="float32", name=f"out_{n}")(y) for n, y in enumerate((patch, domain))]
    return keras.Model(images, outputs, name="star_discriminator")


class StarLearner(Learner):
    """``networks``: generator and discriminator. Deviation: least squares instead of the Wasserstein loss with a penalty."""

    averaged = ("generator",)
    metrics = ("generator_loss", "discriminator_loss", "class_loss", "cycle_loss")

    def __init__(self, config: StarConfig, domains: int, *, precision: str, seed: int) -> None:
        self.config, self.domains, self.seed = config, domains, seed
        dtype, start = policy(precision), seed % 1_000_003
        self.generator = resnet_generator(3, 3, extra=domains, seed=start, dtype=dtype, **config.generator_options)
        self.judge = star_discriminator(domains, width=config.discriminator_width, layers=4, seed=start + 1, dtype=dtype)
        self.networks = {"generator": self.generator, "discriminator": self.judge}
        self.optimizers, self.weights = make_optimizers(
            config, self.networks, {"generator": ("generator",), "discriminator": ("discriminator",)}
        )

    def update(self, batch: Mapping[str, Any], step: Any) -> Mapping[str, Any]:
        """Equations 5 and 6: L_D = L_adv + class_weight L_cls(real); L_G = L_adv + class_weight L_cls(fake) + cycle L_rec."""
        config, noise = self.config, Noise(self.seed, step)
        images, domains = batch["image"], batch["domain"]
        targets = noise.integers((config.batch_size,), self.domains)
        with tf.GradientTape(persistent=True) as tape:
            fake = self.generator(with_domain(images, targets, self.domains), training=True)
            back = self.generator(with_domain(fake, domains, self.domains), training=True)
            patch, named = self.judge(fake, training=True)
            generator = losses.generator_loss("least-squares", patch)
            cycle = absolute_error(images, back)
            class_fake = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(targets, named))
            total = generator + config.class_weight * class_fake + config.cycle_weight * cycle
            real_patch, real_named = self.judge(images, training=True)
            fake_patch, _ = self.judge(tf.stop_gradient(fake), training=True)
            judged = losses.discriminator_loss("least-squares", real_patch, fake_patch)
            class_real = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(domains, real_named))
            judge_total = judged + config.class_weight * class_real
        rate = learning_rate(step, config)
        apply(self, "discriminator", tape, judge_total, rate * config.discriminator_learning_rate)
        apply(self, "generator", tape, total, rate)
        return {"generator_loss": generator, "discriminator_loss": judged, "class_loss": class_real, "cycle_loss": cycle}
