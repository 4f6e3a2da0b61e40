"""Recurrent layers with hand-written gradients: LSTM, GRU and the plain RNN, as functions of tensors.

One layer runs over all time steps at once. The product of the inputs with the input kernel is one product for all steps, and so
are the gradients of both kernels; a time step is left with one product of the hidden state with the recurrent kernel. Time comes
first in every sequence: ``[time, batch, features]``. A static length of at most ``UNROLLED`` steps is unrolled, any other one
runs in a ``tf.while_loop``. With ``dtype=tf.bfloat16`` products are in bfloat16; gates, states and gradients stay float32.

Where ``mask`` [time, batch] is False the state stays as it is and the output is the state before: padded sequences end with
the state after their last real step. Gradients of gradients are not defined.
"""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

UNROLLED = 64  # steps; a graph of more operations takes long to trace

Tensors = tuple[Any, ...]
Step = Callable[[Tensors, Tensors], tuple[Tensors, Tensors]]  # (state, inputs of the step) -> (state, outputs of the step)


def lstm(
    inputs: Any, kernel: Any, recurrent: Any, bias: Any, h0: Any, c0: Any, mask: Any = None, *, dtype: Any = tf.float32
) -> tuple[Any, Any, Any]:
    """Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000).

    z = x W + h U + b, split into i, f, o, g;  c' = sigmoid(f) c + sigmoid(i) tanh(g);  h' = sigmoid(o) tanh(c')

    inputs     [time, batch, features]
    kernel     [features, 4 units], gates in the order i, f, o, g
    recurrent  [units, 4 units]
    bias       [4 units]
    h0, c0     [batch, units]

    Returns outputs [time, batch, units] and the last h and c. Differentiable in everything but the mask.
    """
    units = recurrent.shape[0]

    @tf.custom_gradient
    def layer(inputs: Any, kernel: Any, recurrent: Any, bias: Any, h0: Any, c0: Any) -> Any:
        from_inputs = _from_inputs(inputs, kernel, dtype) + bias  # [time, batch, 4 units]
        low = tf.cast(recurrent, dtype)

        def forward(state: Tensors, step: Tensors) -> tuple[Tensors, Tensors]:
            h, c = state
            z = step[0] + _product(h, low)
            gates, candidate = tf.sigmoid(z[:, : 3 * units]), tf.tanh(z[:, 3 * units :])
            i, f, o = tf.split(gates, 3, axis=1)
            cell = f * c + i * candidate
            squashed = tf.tanh(cell)
            new = _kept_where(mask, step, (o * squashed, cell), state)
            return new, (new[0], gates, candidate, c, squashed)

        (h, c), (outputs, gates, candidates, cells, squashed) = scan(forward, (h0, c0), _with_mask(mask, from_inputs))

        def gradient(d_outputs: Any, d_h: Any, d_c: Any) -> Any:
            i, f, o = tf.split(gates, 3, axis=2)
            factors = tf.concat(  # d z / d cell for i, f and g, d z / d h for o
                [candidates * i * (1 - i), cells * f * (1 - f), squashed * o * (1 - o), i * (1 - candidates * candidates)], 2
            )
            through = o * (1 - squashed * squashed)  # d cell / d h
            transposed = tf.transpose(low)

            def backward(state: Tensors, step: Tensors) -> tuple[Tensors, Tensors]:
                d_new, factor, through, f = step[:4]
                (d_h, d_c), passed = _shares(mask, step, (state[0] + d_new, state[1]))
                d_cell = d_c + d_h * through
                dz = tf.cast(tf.concat([d_cell, d_cell, d_h, d_cell], 1) * factor, dtype)
                return _sum((_product(dz, transposed), d_cell * f), passed), (dz,)

            sequences = _with_mask(mask, d_outputs, factors, through, f)
            (d_h0, d_c0), (dz,) = scan(backward, (d_h, d_c), sequences, reverse=True)
            d_recurrent = over_time(before(outputs, h0), dz, dtype)
            return (*_input_gradients(inputs, kernel, dz, dtype), d_recurrent, bias_gradient(dz), d_h0, d_c0)

        return (outputs, h, c), gradient

    return layer(*(tf.convert_to_tensor(one) for one in (inputs, kernel, recurrent, bias, h0, c0)))


def gru(
    inputs: Any, kernel: Any, recurrent: Any, bias: Any, h0: Any, mask: Any = None, *, dtype: Any = tf.float32
) -> tuple[Any, Any]:
    """Gated recurrent unit (Cho et al. 2014), the reset gate applied after the product as cuDNN and Keras have it.

    a = x W + b_0, r = h U + b_1, each split into z, r, g;  h' = z h + (1 - z) tanh(a_g + r r_g)  with z, r = sigmoid(a + r)

    inputs     [time, batch, features]
    kernel     [features, 3 units], gates in the order z, r, g
    recurrent  [units, 3 units]
    bias       [2, 3 units]: of the inputs, of the hidden state
    h0         [batch, units]

    Returns outputs [time, batch, units] and the last h.
    """
    units = recurrent.shape[0]

    @tf.custom_gradient
    def layer(inputs: Any, kernel: Any, recurrent: Any, bias: Any, h0: Any) -> Any:
        from_inputs = _from_inputs(inputs, kernel, dtype) + bias[0]  # [time, batch, 3 units]
        low = tf.cast(recurrent, dtype)

        def forward(state: Tensors, step: Tensors) -> tuple[Tensors, Tensors]:
            (h,) = state
            from_state = _product(h, low) + bias[1]
            gates = tf.sigmoid(step[0][:, : 2 * units] + from_state[:, : 2 * units])
            z, r = tf.split(gates, 2, axis=1)
            inner = from_state[:, 2 * units :]
            candidate = tf.tanh(step[0][:, 2 * units :] + r * inner)
            new = _kept_where(mask, step, (z * h + (1 - z) * candidate,), state)
            return new, (new[0], gates, candidate, inner)

        (h,), (outputs, gates, candidates, inner) = scan(forward, (h0,), _with_mask(mask, from_inputs))

        def gradient(d_outputs: Any, d_h: Any) -> Any:
            z, r = tf.split(gates, 2, axis=2)
            earlier = before(outputs, h0)
            d_candidate = (1 - z) * (1 - candidates * candidates)
            from_inputs = tf.concat([(earlier - candidates) * z * (1 - z), d_candidate * inner * r * (1 - r), d_candidate], 2)
            from_state = tf.concat([from_inputs[:, :, : 2 * units], d_candidate * r], 2)
            transposed = tf.transpose(low)

            def backward(state: Tensors, step: Tensors) -> tuple[Tensors, Tensors]:
                d_new, factor, z = step[:3]
                (d_h,), passed = _shares(mask, step, (state[0] + d_new,))
                d_state = tf.cast(tf.tile(d_h, [1, 3]) * factor, dtype)
                return _sum((_product(d_state, transposed) + d_h * z,), passed), (d_state, d_h)

            sequences = _with_mask(mask, d_outputs, from_state, z)
            (d_h0,), (d_state, d_hs) = scan(backward, (d_h,), sequences, reverse=True)
            d_inputs = tf.cast(tf.tile(d_hs, [1, 1, 3]) * from_inputs, dtype)
            d_bias = tf.stack([bias_gradient(d_inputs), bias_gradient(d_state)])
            return (*_input_gradients(inputs, kernel, d_inputs, dtype), over_time(earlier, d_state, dtype), d_bias, d_h0)

        return (outputs, h), gradient

    return layer(*(tf.convert_to_tensor(one) for one in (inputs, kernel, recurrent, bias, h0)))


def rnn(
    inputs: Any, kernel: Any, recurrent: Any, bias: Any, h0: Any, mask: Any = None, *, dtype: Any = tf.float32
) -> tuple[Any, Any]:
    """The plain recurrent network (Elman 1990): h' = tanh(x W + h U + b).

    inputs [time, batch, features], kernel [features, units], recurrent [units, units], bias [units], h0 [batch, units]

    Returns outputs [time, batch, units] and the last h.
    """

    @tf.custom_gradient
    def layer(inputs: Any, kernel: Any, recurrent: Any, bias: Any, h0: Any) -> Any:
        from_inputs = _from_inputs(inputs, kernel, dtype) + bias
        low = tf.cast(recurrent, dtype)

        def forward(state: Tensors, step: Tensors) -> tuple[Tensors, Tensors]:
            computed = tf.tanh(step[0] + _product(state[0], low))
            new = _kept_where(mask, step, (computed,), state)
            return new, (new[0], computed)

        (h,), (outputs, computed) = scan(forward, (h0,), _with_mask(mask, from_inputs))

        def gradient(d_outputs: Any, d_h: Any) -> Any:
            slopes, transposed = 1 - computed * computed, tf.transpose(low)

            def backward(state: Tensors, step: Tensors) -> tuple[Tensors, Tensors]:
                (d_h,), passed = _shares(mask, step, (state[0] + step[0],))
                dz = tf.cast(d_h * step[1], dtype)
                return _sum((_product(dz, transposed),), passed), (dz,)

            (d_h0,), (dz,) = scan(backward, (d_h,), _with_mask(mask, d_outputs, slopes), reverse=True)
            d_recurrent = over_time(before(outputs, h0), dz, dtype)
            return (*_input_gradients(inputs, kernel, dz, dtype), d_recurrent, bias_gradient(dz), d_h0)

        return (outputs, h), gradient

    return layer(*(tf.convert_to_tensor(one) for one in (inputs, kernel, recurrent, bias, h0)))


# --- time


def scan(step: Step, state: Tensors, sequences: Sequence[Any], *, reverse: bool = False) -> tuple[Tensors, Tensors]:
    """``step`` over the time axis of ``sequences``; the last state and the stacked outputs, both in the order of time."""
    length = sequences[0].shape[0]
    if length is None or length > UNROLLED:
        return _loop(step, state, sequences, reverse=reverse)
    parts = list(zip(*(tf.unstack(sequence) for sequence in sequences), strict=True))
    outputs: list[Tensors] = []
    for part in reversed(parts) if reverse else parts:
        state, output = step(state, part)
        outputs.append(output)
    if reverse:
        outputs.reverse()
    return state, tuple(tf.stack(column) for column in zip(*outputs, strict=True))


def _loop(step: Step, state: Tensors, sequences: Sequence[Any], *, reverse: bool) -> tuple[Tensors, Tensors]:
    length = tf.shape(sequences[0])[0]
    example = [tf.zeros(tf.shape(sequence)[1:], sequence.dtype) for sequence in sequences]
    shapes = [(output.dtype, output.shape) for output in step(state, tuple(example))[1]]
    stores = tuple(tf.TensorArray(dtype, size=length, element_shape=shape) for dtype, shape in shapes)

    def body(number: Any, state: Tensors, stores: Tensors) -> tuple[Any, Tensors, Tensors]:
        place = length - 1 - number if reverse else number
        state, outputs = step(state, tuple(sequence[place] for sequence in sequences))
        return number + 1, state, tuple(store.write(place, output) for store, output in zip(stores, outputs, strict=True))

    start = (tf.constant(0), state, stores)
    _, state, stores = tf.while_loop(lambda number, *_: number < length, body, start)
    return state, tuple(store.stack() for store in stores)


# --- masks: the mask [time, batch, 1], where there is one, is the last of the sequences


def _with_mask(mask: Any, *sequences: Any) -> Tensors:
    return sequences if mask is None else (*sequences, tf.cast(mask, tf.float32)[:, :, None])


def _kept_where(mask: Any, step: Tensors, new: Tensors, old: Tensors) -> Tensors:
    """The new state where the mask is 1, the old one where it is 0."""
    if mask is None:
        return new
    return tuple(step[-1] * a + (1 - step[-1]) * b for a, b in zip(new, old, strict=True))


def _shares(mask: Any, step: Tensors, gradients: Tensors) -> tuple[Tensors, Tensors | None]:
    """Gradients of the state, parted into those of the new and of the old one."""
    if mask is None:
        return gradients, None
    return tuple(step[-1] * one for one in gradients), tuple((1 - step[-1]) * one for one in gradients)


def _sum(a: Tensors, b: Tensors | None) -> Tensors:
    return a if b is None else tuple(one + other for one, other in zip(a, b, strict=True))


# --- products


def _product(a: Any, b: Any) -> Any:
    """float32 a @ b in the precision of ``b``."""
    return tf.cast(tf.matmul(tf.cast(a, b.dtype), b), tf.float32)


def _rows(sequence: Any) -> Any:
    return tf.reshape(sequence, (-1, sequence.shape[-1]))


def _from_inputs(inputs: Any, kernel: Any, dtype: Any) -> Any:
    """The inputs' part of every step's product: [time, batch, columns of the kernel]."""
    found = _product(_rows(inputs), tf.cast(kernel, dtype))
    shape = tf.shape(inputs)
    found = tf.reshape(found, (shape[0], shape[1], kernel.shape[1]))
    return tf.ensure_shape(found, (inputs.shape[0], inputs.shape[1], kernel.shape[1]))


def before(outputs: Any, h0: Any) -> Any:
    """The hidden state before each step."""
    return tf.concat([h0[None], outputs[:-1]], 0)


def over_time(left: Any, dz: Any, dtype: Any = tf.float32) -> Any:
    """A kernel's gradient: the sum over time and batch of left (x) dz, as one product."""
    return tf.cast(tf.matmul(_rows(tf.cast(left, dtype)), _rows(dz), transpose_a=True), tf.float32)


def _input_gradients(inputs: Any, kernel: Any, dz: Any, dtype: Any) -> tuple[Any, Any]:
    d_rows = tf.cast(tf.matmul(_rows(dz), tf.cast(kernel, dtype), transpose_b=True), tf.float32)
    return tf.reshape(d_rows, tf.shape(inputs)), over_time(inputs, dz, dtype)


def bias_gradient(dz: Any) -> Any:
    return tf.reduce_sum(tf.cast(dz, tf.float32), (0, 1))
