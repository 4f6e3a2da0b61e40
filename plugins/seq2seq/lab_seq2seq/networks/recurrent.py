"""The recurrent encoder-decoder of the program ``nmt`` (Luong, Brevdo, Zhao 2017): stacked cells, attention with input feeding.

One step of the decoder (Luong et al. 2015, section 3.3, with the linear attention layer of ``contrib.seq2seq.AttentionWrapper``):

    x_t = [embedding(y_t-1); a_t-1]
    h_t = cells(x_t, h_t-1)
    c_t = sum_j alignment_tj v_j
    a_t = W_a [h_t; c_t],   logits = W a_t

The decoder starts from the encoder's final states; a bidirectional encoder has half as many layers per direction, whose states
alternate forward, backward. Without attention the logits come from h_t and nothing is fed back.

Deviations from ``nmt``: all steps' embeddings meet the first layer's kernel in one product; ``output_dropout`` and tied
embeddings are additions, off in the preset ``book``.
"""

from typing import Any, Literal

import keras
import tensorflow as tf
from lab_tensorflow import recurrent as layers_of

from lab_seq2seq.networks import attention
from lab_seq2seq.networks.fused_decoder import Memory, decode
from lab_seq2seq.networks.translator import Dropout, Tensors, Translator, keep_all

Cell = Literal["lstm", "gru", "rnn"]
GATES = {"lstm": 4, "gru": 3, "rnn": 1}


class RecurrentTranslator(Translator):
    """See the module. ``tied`` shares one embedding among source, target and softmax (needs one vocabulary)."""

    def __init__(
        self,
        source_size: int,
        target_size: int,
        *,
        units: int,
        layers: int,
        cell: Cell = "lstm",
        kind: attention.Kind = "scaled_luong",
        bidirectional: bool = False,
        dropout: float = 0.0,
        output_dropout: float = 0.0,
        tied: bool = False,
        spread: float = 0.1,
        seed: int = 0,
        name: str = "translator",
    ) -> None:
        super().__init__(name)
        self.units, self.layer_count, self.cell, self.kind = units, layers, cell, kind
        self.dropout, self.output_dropout, self.bidirectional = dropout, output_dropout, bidirectional
        self._spread = keras.initializers.RandomUniform(-spread, spread, seed=keras.random.SeedGenerator(seed))
        self.target_size = target_size
        self.embedding = self._add("target_embedding", (target_size, units))
        self.source_embedding = self.embedding if tied else self._add("source_embedding", (source_size, units))
        directions = ("forward", "backward") if bidirectional else ("forward",)
        each = layers // len(directions)
        value_size = units * len(directions)
        self.encoder = [
            [self._cell(f"encoder_{direction}_{layer}", units if layer == 0 else value_size) for direction in directions]
            for layer in range(each)
        ]
        feeds = units if kind != "none" else 0
        self.decoder = [self._cell(f"decoder_{layer}", units + (feeds if layer == 0 else 0)) for layer in range(layers)]
        self.attention = attention.weights(kind, units, value_size, lambda name, *rest: self._add(f"attention_{name}", *rest))
        self.attention_layer = self._add("attention_layer", (units + value_size, units)) if kind != "none" else None
        self.projection = None if tied else self._add("projection", (units, target_size))

    def _add(self, name: str, shape: tuple[int, ...], start: float | None = None) -> Any:
        return self._weight(name, shape, start, self._spread)

    def _cell(self, name: str, inputs: int) -> tuple[Any, Any, Any]:
        """Kernel, recurrent kernel and bias of one layer; an LSTM's forget gate starts with bias 1."""
        columns = GATES[self.cell] * self.units
        kernel, recurrent = self._add(f"{name}_kernel", (inputs, columns)), self._add(f"{name}_recurrent", (self.units, columns))
        if self.cell == "gru":
            return kernel, recurrent, self._add(f"{name}_bias", (2, columns), 0.0)
        bias = self._add(f"{name}_bias", (columns,), 0.0)
        if self.cell == "lstm":
            bias.assign(tf.concat([tf.zeros(self.units), tf.ones(self.units), tf.zeros(2 * self.units)], 0))
        return kernel, recurrent, bias

    # --- encoder

    def encode(self, source: Any, mask: Any, dropout: Dropout = keep_all) -> Tensors:
        """Memory: values [batch, source, value_size], keys [batch, source, units], final states of each layer, mask."""
        outputs = tf.gather(self.source_embedding, tf.transpose(source))  # [time, batch, units]
        real = tf.transpose(mask) > 0
        states: list[Any] = []
        for layer in self.encoder:
            inputs = dropout(outputs, self.dropout)
            found = [self._run(inputs, weights, real, backward=number == 1) for number, weights in enumerate(layer)]
            outputs = tf.concat([output for output, _ in found], -1)
            states += [state for _, state in found]
        values = tf.transpose(outputs, (1, 0, 2)) * mask[:, :, None]
        keys = attention.keys(values, self.attention) if self.attention else values[:, :, :0]
        return (values, keys, *(tensor for state in states for tensor in state), mask)

    def _run(self, inputs: Any, weights: tuple[Any, Any, Any], real: Any, *, backward: bool) -> tuple[Any, Tensors]:
        """One layer in one direction over [time, batch, features]; the padding's steps leave the state as it is."""
        if backward:
            inputs, real = tf.reverse(inputs, [0]), tf.reverse(real, [0])
        zeros = tf.zeros((tf.shape(inputs)[1], self.units))
        layer = {"lstm": layers_of.lstm, "gru": layers_of.gru, "rnn": layers_of.rnn}[self.cell]
        first = (zeros, zeros) if self.cell == "lstm" else (zeros,)
        outputs, *state = layer(inputs, *weights, *first, mask=real)
        return (tf.reverse(outputs, [0]) if backward else outputs), tuple(state)

    # --- decoder

    def start(self, memory: Tensors, longest: int) -> Tensors:
        """Per layer h (and c), then the attention vector."""
        states = memory[2:-1]
        return (*states, tf.zeros_like(states[0])) if self.kind != "none" else states

    def step(self, memory: Tensors, state: Tensors, tokens: Any, place: Any) -> tuple[Any, Tensors, Any]:
        kernel, _, bias = self.decoder[0]
        from_embedding = tf.matmul(tf.gather(self.embedding, tokens), kernel[: self.units])
        output, state, alignment = self._step(memory, state, from_embedding + _input_bias(self.cell, bias), keep_all)
        return self._logits(output), state, alignment

    def forced(self, memory: Tensors, inputs: Any, dropout: Dropout = keep_all) -> tuple[Any, Any]:
        kernel, _, bias = self.decoder[0]
        embedded = dropout(tf.gather(self.embedding, tf.transpose(inputs)), self.dropout)  # [time, batch, units]
        from_embedding = tf.tensordot(embedded, kernel[: self.units], 1) + _input_bias(self.cell, bias)
        steps, state = tf.shape(from_embedding)[0], self.start(memory, 0)
        masks = [dropout(tf.ones((steps, *_shape(state[0]))), self.dropout) for _ in range(self._masks)]
        fused = self.cell == "lstm" and self.kind in ("none", "luong", "scaled_luong")
        outputs, alignments = (self._fused if fused else self._looped)(memory, state, from_embedding, masks)
        stacked = dropout(outputs, self.output_dropout)
        return self._logits(tf.transpose(stacked, (1, 0, 2))), tf.transpose(alignments, (1, 0, 2))

    def _fused(self, memory: Tensors, state: Tensors, from_embedding: Any, masks: list[Any]) -> tuple[Any, Any]:
        """Outputs and alignments of all steps, time first, where the gradient is written by hand."""
        (kernel, recurrent, _), *upper = self.decoder
        kernels = [tf.concat([kernel[self.units :], recurrent], 0), *(tf.concat([k, r], 0) for k, r, _ in upper)]
        first = [(state[2 * layer], state[2 * layer + 1]) for layer in range(self.layer_count)]
        attended: Memory | None = None
        if self.kind != "none":
            keys = memory[1] * self.attention["scale"] if self.kind == "scaled_luong" else memory[1]
            attended = Memory(keys, memory[0], memory[-1], self.attention_layer)
        outputs, alignments = decode(from_embedding, kernels, [bias for *_, bias in upper], first, attended, masks)
        if attended is None:
            alignments = tf.zeros((tf.shape(outputs)[0], *_shape(memory[-1])))
        return outputs, alignments

    def _looped(self, memory: Tensors, state: Tensors, from_embedding: Any, masks: list[Any]) -> tuple[Any, Any]:
        """The same for every cell and attention, differentiated step by step."""
        steps = tf.shape(from_embedding)[0]
        outputs = tf.TensorArray(tf.float32, steps, element_shape=(None, self.units))
        alignments = tf.TensorArray(tf.float32, steps, element_shape=(None, None))

        def body(place: Any, state: Tensors, outputs: Any, alignments: Any) -> tuple[Any, ...]:
            parts = iter([mask[place] for mask in masks])
            output, state, alignment = self._step(
                memory, state, from_embedding[place], lambda tensor, share: tensor * next(parts) if share else tensor
            )
            return place + 1, state, outputs.write(place, output), alignments.write(place, alignment)

        *_, outputs, alignments = tf.while_loop(
            lambda place, *_: place < steps, body, (tf.constant(0), state, outputs, alignments)
        )
        return outputs.stack(), alignments.stack()

    @property
    def _masks(self) -> int:
        """Dropout masks of one step: of what is fed back, and of the inputs of every layer but the first."""
        return (self.layer_count - 1 + (self.kind != "none")) if self.dropout else 0

    def _step(self, memory: Tensors, state: Tensors, from_embedding: Any, dropout: Dropout) -> tuple[Any, Tensors, Any]:
        """One step of all layers and of the attention; ``from_embedding`` [rows, gates] has met kernel and bias."""
        values, keys, mask = memory[0], memory[1], memory[-1]
        per_layer = 2 if self.cell == "lstm" else 1
        from_inputs = from_embedding
        if self.kind != "none":
            from_inputs += tf.matmul(dropout(state[-1], self.dropout), self.decoder[0][0][self.units :])
        new: list[Any] = []
        output = from_inputs
        for number, (kernel, recurrent, bias) in enumerate(self.decoder):
            if number:
                from_inputs = tf.matmul(dropout(output, self.dropout), kernel) + _input_bias(self.cell, bias)
            before = state[number * per_layer : (number + 1) * per_layer]
            after = _CELLS[self.cell](from_inputs, tf.matmul(before[0], recurrent), before, bias)
            new += after
            output = after[0]
        if self.kind == "none":
            return output, tuple(new), tf.zeros_like(mask)
        found = attention.scores(self.kind, output, keys, self.attention)
        context, alignment = attention.attend(found, values, mask)
        attended = tf.matmul(tf.concat([output, context], -1), self.attention_layer)
        return attended, (*new, attended), alignment

    def _logits(self, outputs: Any) -> Any:
        table = tf.transpose(self.embedding) if self.projection is None else tf.convert_to_tensor(self.projection)
        return tf.tensordot(outputs, table, 1)


def lstm_step(from_inputs: Any, from_state: Any, cell: Any) -> tuple[Any, Any]:
    """h and c [rows, units] of one LSTM step; both products [rows, 4 units] in the order i, f, o, g, the bias in one of them."""
    i, f, o, g = tf.split(from_inputs + from_state, 4, axis=1)
    c = tf.sigmoid(f) * cell + tf.sigmoid(i) * tf.tanh(g)
    return tf.sigmoid(o) * tf.tanh(c), c


def _lstm(from_inputs: Any, from_state: Any, before: Tensors, bias: Any) -> Tensors:
    return lstm_step(from_inputs, from_state, before[1])


def _gru(from_inputs: Any, from_state: Any, before: Tensors, bias: Any) -> Tensors:
    z, r, g = tf.split(from_inputs, 3, axis=1)
    z_state, r_state, g_state = tf.split(from_state + bias[1], 3, axis=1)
    z = tf.sigmoid(z + z_state)
    return (z * before[0] + (1 - z) * tf.tanh(g + tf.sigmoid(r + r_state) * g_state),)


def _rnn(from_inputs: Any, from_state: Any, before: Tensors, bias: Any) -> Tensors:
    return (tf.tanh(from_inputs + from_state),)


_CELLS = {"lstm": _lstm, "gru": _gru, "rnn": _rnn}


def _input_bias(cell: Cell, bias: Any) -> Any:
    return bias[0] if cell == "gru" else tf.convert_to_tensor(bias)


def _shape(tensor: Any) -> tuple[Any, ...]:
    return tuple(tf.unstack(tf.shape(tensor)))
