"""Decoders of images: Show and Tell (Vinyals et al. 2015), Show, Attend and Tell (Xu et al. 2015), attributes (Wu et al. 2016).

    show-and-tell     x_-1 = W_v v,  x_t = E y_t-1,  logits = W h_t                                    (equations 10 to 12)
    soft-attention    x_t = [E y_t-1; z_t],  z_t = beta_t sum_i alpha_ti a_i,  alpha_t from a bahdanau score of h_t-1
                      beta_t = sigmoid(w . h_t-1),  logits = L_o (E y_t-1 + L_h h_t + L_z z_t)         (equations 1 to 9)
    neighbours        p = (1 - s) softmax(logits) + s votes of similar images' captions (see ``neighbours``); training leaves
                      them out, for a training image is its own neighbour
    attributes        the probabilities of the k most frequent words take the place of v               (section 3.1 of Wu et al.)

v is the mean of the regions' features a_i. Deviations: features go through one layer with ReLU to the LSTM's width first, which
keeps the decoder small; the attributes' head reads v and is trained along with the decoder, whose gradient stops at its output.
"""

from typing import Any

import keras
import tensorflow as tf
from lab_tensorflow.recurrent import lstm

from lab_seq2seq.captions import neighbours as neighbours_of
from lab_seq2seq.networks import attention
from lab_seq2seq.networks.recurrent import lstm_step
from lab_seq2seq.networks.translator import Dropout, Tensors, Translator, keep_all


class CaptionNetwork(Translator):
    """``encoder``: None for features that come in ready, else a network from images float32 0..255 to a feature map."""

    def __init__(
        self,
        vocabulary: int,
        *,
        channels: int,
        units: int,
        soft: bool,
        attributes: int = 0,
        dropout: float = 0.0,
        encoder: Any = None,
        known: tuple[int, int] | None = None,
        neighbours: int = 0,
        neighbour_share: float = 0.0,
        seed: int = 0,
    ) -> None:
        """``known``: how many training images there are to be neighbours, and the most words of their captions."""
        super().__init__("captioner")
        self.neighbours, self.neighbour_share, self.fitted = neighbours, neighbour_share, None
        self.units, self.soft, self.attributes, self.dropout = units, soft, attributes, dropout
        self.target_size, self.encoder = vocabulary, encoder
        generator = keras.random.SeedGenerator(seed)
        spread = keras.initializers.GlorotUniform(seed=generator)

        def add(name: str, shape: tuple[int, ...], start: float | None = None) -> Any:
            return self._weight(
                name, shape, start, spread if len(shape) > 1 else keras.initializers.RandomNormal(0, 0.05, generator)
            )

        self.embedding = add("embedding", (vocabulary, units))
        if soft or not attributes:
            self.region, self.region_bias = add("region", (channels, units)), add("region_bias", (units,), 0.0)
        if attributes:
            self.attribute, self.attribute_bias = (
                add("attribute", (channels, attributes)),
                add("attribute_bias", (attributes,), -3.0),
            )
        whole = attributes or units
        self.whole, self.whole_bias = add("whole", (whole, 2 * units)), add("whole_bias", (2 * units,), 0.0)
        inputs = 2 * units if soft else units
        self.kernel, self.recurrent = add("kernel", (inputs, 4 * units)), add("recurrent", (units, 4 * units))
        self.bias = add("bias", (4 * units,), 0.0)
        self.bias.assign(tf.concat([tf.zeros(units), tf.ones(units), tf.zeros(2 * units)], 0))
        if soft:
            self.attention = attention.weights("bahdanau", units, units, lambda name, *rest: add(f"attention_{name}", *rest))
            self.gate, self.gate_bias = add("gate", (units, 1)), add("gate_bias", (1,), 0.0)
            self.from_hidden, self.from_context = add("from_hidden", (units, units)), add("from_context", (units, units))
        if neighbours and known:
            names = neighbours_of.shapes(*known, channels)
            kind = {name: "int32" if name == "captions" else "float32" for name in names}
            self.fitted = neighbours_of.Fitted(
                **{
                    name: self.add_weight(
                        name=f"neighbour_{name}", shape=shape, dtype=kind[name], initializer="zeros", trainable=False
                    )
                    for name, shape in names.items()
                }
            )
        self.projection, self.projection_bias = add("projection", (units, vocabulary)), add("projection_bias", (vocabulary,), 0.0)

    # --- image

    def encode(self, source: Any, mask: Any = None, dropout: Dropout = keep_all) -> Tensors:
        """Memory: values and keys [batch, regions, units], whole image [batch, 2 units], attribute logits, captions of similar
        training images and their votes [batch, neighbours], mask.

        ``source``: features float [batch, regions, channels], or images uint8 [batch, h, w, 3] where the network has an encoder.
        """
        regions = self.features(source)
        found = dropout(regions, self.dropout)
        values = found[:, :, :0]
        if self.soft or not self.attributes:
            values = tf.nn.relu(_product(found, self.region) + self.region_bias)
        mean = tf.reduce_mean(found, 1)
        if self.attributes:
            logits = tf.matmul(mean, self.attribute) + self.attribute_bias
            vector = tf.stop_gradient(tf.sigmoid(logits))
        else:
            logits, vector = mean[:, :0], tf.reduce_mean(values, 1)
        whole = tf.matmul(vector, self.whole) + self.whole_bias
        keys = attention.keys(values, self.attention) if self.soft else values[:, :, :0]
        if self.fitted is None:
            captions, votes = tf.zeros((tf.shape(values)[0], 0, 1), tf.int32), tf.zeros((tf.shape(values)[0], 0))
        else:
            captions, votes = neighbours_of.similar(tf.reduce_mean(regions, 1), self.fitted, self.neighbours)
        return values, keys, whole, logits, captions, votes, tf.ones(tf.shape(values)[:2])

    def features(self, source: Any) -> Any:
        """Regions float32 [batch, regions, channels]."""
        if self.encoder is None:
            return tf.cast(source, tf.float32)
        found = self.encoder(tf.cast(source, tf.float32), training=False)
        shape = tf.shape(found)
        return tf.reshape(found, (shape[0], shape[1] * shape[2], found.shape[-1]))

    # --- words

    def start(self, memory: Tensors, longest: int) -> Tensors:
        """h and c: of the image as the first input (show and tell), or from its mean features (soft attention); which of the
        similar captions fit what was written, all of them."""
        return (*self._first(memory), tf.ones_like(memory[5]))

    def _first(self, memory: Tensors) -> Tensors:
        whole = memory[2]
        if self.soft:
            h, c = tf.split(tf.tanh(whole), 2, axis=1)
            return h, c
        zeros = tf.zeros_like(whole[:, : self.units])
        return lstm_step(tf.matmul(whole[:, : self.units], self.kernel) + self.bias, tf.zeros_like(zeros) @ self.recurrent, zeros)

    def step(self, memory: Tensors, state: Tensors, tokens: Any, place: Any) -> tuple[Any, Tensors, Any]:
        *before, fitting = state
        output, after, alignment = self._step(memory, tuple(before), tf.gather(self.embedding, tokens))
        logits = self._logits(output)
        if self.fitted is not None:
            fitting = neighbours_of.still_fitting(memory[4], fitting, tokens, place)
            votes = neighbours_of.next_word(memory[4], memory[5], fitting, place, self.target_size)
            logits = neighbours_of.mixed(logits, votes, self.neighbour_share)
        return logits, (*after, fitting), alignment

    def forced(self, memory: Tensors, inputs: Any, dropout: Dropout = keep_all) -> tuple[Any, Any]:
        embedded = dropout(tf.gather(self.embedding, tf.transpose(inputs)), self.dropout)  # [time, batch, units]
        state, steps = self._first(memory), tf.shape(embedded)[0]
        if not self.soft:
            outputs, _, _ = lstm(embedded, self.kernel, self.recurrent, self.bias, *state)
            blank = tf.zeros((tf.shape(inputs)[0], steps, tf.shape(memory[-1])[1]))
            return self._logits(tf.transpose(dropout(outputs, self.dropout), (1, 0, 2))), blank
        stores = [tf.TensorArray(tf.float32, steps, element_shape=(None, None)) for _ in range(2)]

        def body(place: Any, h: Any, c: Any, outputs: Any, alignments: Any) -> tuple[Any, ...]:
            output, (h, c), alignment = self._step(memory, (h, c), embedded[place])
            return place + 1, h, c, outputs.write(place, output), alignments.write(place, alignment)

        *_, outputs, alignments = tf.while_loop(lambda place, *_: place < steps, body, (tf.constant(0), *state, *stores))
        stacked = dropout(tf.ensure_shape(outputs.stack(), (None, None, self.units)), self.dropout)
        return self._logits(tf.transpose(stacked, (1, 0, 2))), tf.transpose(alignments.stack(), (1, 0, 2))

    def _step(self, memory: Tensors, state: Tensors, embedded: Any) -> tuple[Any, Tensors, Any]:
        """What the logits are made of [rows, units], the next state, the weights of the regions [rows, regions]."""
        h, c = state
        if not self.soft:
            h, c = lstm_step(tf.matmul(embedded, self.kernel) + self.bias, tf.matmul(h, self.recurrent), c)
            return h, (h, c), tf.zeros_like(memory[-1])
        scores = attention.scores("bahdanau", h, memory[1], self.attention)
        context, alignment = attention.attend(scores, memory[0], memory[-1])
        context *= tf.sigmoid(tf.matmul(h, self.gate) + self.gate_bias)
        from_inputs = tf.matmul(tf.concat([embedded, context], 1), self.kernel) + self.bias
        h, c = lstm_step(from_inputs, tf.matmul(h, self.recurrent), c)
        return embedded + tf.matmul(h, self.from_hidden) + tf.matmul(context, self.from_context), (h, c), alignment

    def _logits(self, outputs: Any) -> Any:
        return tf.tensordot(outputs, tf.convert_to_tensor(self.projection), 1) + self.projection_bias


def small_encoder(size: int, channels: int = 128) -> Any:
    """A convolutional network for images of ``size``: four halvings, so that a region is 16 pixels."""
    layers = keras.layers
    image = x = keras.Input((size, size, 3), name="image")
    x = layers.Rescaling(1 / 127.5, -1.0, name="rescale")(x)
    for number, width in enumerate((32, 64, 96, channels)):
        x = layers.Conv2D(width, 3, strides=2, padding="same", name=f"conv_{number}")(x)
        x = layers.GroupNormalization(8, name=f"norm_{number}")(x)
        x = layers.Activation("relu", name=f"relu_{number}")(x)
    return keras.Model(image, x, name="encoder")


def _product(x: Any, kernel: Any) -> Any:
    return tf.tensordot(x, tf.convert_to_tensor(kernel), 1)
