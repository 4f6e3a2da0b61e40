"""Generated images of the past, shown to a discriminator again (Shrivastava et al. 2017; Zhu et al. 2017, section 4)."""

from typing import Any

import tensorflow as tf


class ImagePool:
    """Up to ``size`` generated images [size, h, w, c], part of the training's state."""

    def __init__(self, size: int, shape: tuple[int, int, int]) -> None:
        self.size = size
        self.images = tf.Variable(tf.zeros((max(1, size), *shape)), trainable=False)
        self.filled = tf.Variable(0, dtype=tf.int32, trainable=False)

    @property
    def variables(self) -> dict[str, Any]:
        return {"images": self.images, "filled": self.filled}

    def exchange(self, fakes: Any, noise: Any) -> Any:
        """As many images [batch, h, w, c] for the discriminator. While the pool fills they are the new ones, which it keeps.

        Then each is, with probability 1/2, the new one, or an old one whose place in the pool the new one takes.
        """
        if not self.size:
            return fakes
        found = []
        for fake in tf.unstack(fakes):
            filling = self.filled < self.size
            place = tf.where(filling, self.filled, noise.integers((), self.size))
            new = filling | noise.chance((), 0.5)
            keep = filling | ~new
            old = tf.gather(self.images, place)
            self.images.scatter_nd_update([[place]], [tf.where(keep, fake, old)])
            self.filled.assign_add(tf.cast(filling, tf.int32))
            found.append(tf.where(new, fake, old))
        return tf.stack(found)
