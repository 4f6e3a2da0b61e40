"""All steps of an LSTM decoder with Luong's attention, the right words given, with hand-written gradients.

A step's work is what depends on the step before: one product a layer, the attention, the attention layer. The gradients of the
kernels, keys and values are left to one product over all steps after the backward loop; differentiating the loop step by step
adds up a whole kernel's gradient at each step instead. Time comes first: ``[time, batch, features]``.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf
from lab_tensorflow.recurrent import before, bias_gradient, over_time, scan

from lab_seq2seq.networks.attention import masked_softmax

Tensors = tuple[Any, ...]


class Memory(NamedTuple):
    """What the attention reads. keys [batch, source, units], values [batch, source, value_size], mask [batch, source].

    ``layer`` [units + value_size, units] makes the attention vector of the top output and the context.
    """

    keys: Any
    values: Any
    mask: Any
    layer: Any


def decode(
    from_words: Any,
    kernels: Sequence[Any],
    biases: Sequence[Any],
    first: Sequence[tuple[Any, Any]],
    memory: Memory | None,
    drops: Sequence[Any] = (),
) -> tuple[Any, Any]:
    """Outputs [time, batch, units] and alignments [time, batch, source] ([time, batch, 0] without memory).

    from_words  [time, batch, 4 units]: the words' part of the lowest layer's product, its bias in it
    kernels     per layer [inputs + units, 4 units], gates in the order i, f, o, g: the rows of what comes in (the attention
                vector before; nothing without memory; the layer below), then those of the layer's own hidden state
    biases      of every layer but the lowest, [4 units]
    first       h and c of each layer before the first step, [batch, units]
    drops       factors [time, batch, units] of what comes in, one for each kernel with such rows; none: no dropout

    Differentiable in everything but the mask and ``drops``.
    """
    layers, units = len(kernels), first[0][0].shape[-1]
    given = [from_words, *kernels, *biases, *(h for h, _ in first), *(c for _, c in first)]
    if memory is not None:
        given += [memory.keys, memory.values, memory.layer]
    feeds = memory is not None

    def parts(given: Sequence[Any]) -> tuple[Any, list[Any], list[Any], Tensors, list[Any]]:
        ends = 1 + layers, 2 * layers, 4 * layers
        return (
            given[0],
            list(given[1 : ends[0]]),
            list(given[ends[0] : ends[1]]),
            tuple(given[ends[1] : ends[2]]),
            [*given[ends[2] :]],
        )

    def dropped(tensor: Any, factors: Sequence[Any], layer: int) -> Any:
        """What comes into a layer, with its dropout factor."""
        return tensor * factors[layer - (not feeds)] if factors else tensor

    @tf.custom_gradient
    def run(*given: Any) -> Any:
        from_words, kernels, biases, states, attended = parts(given)

        def forward(state: Tensors, step: Tensors) -> tuple[Tensors, Tensors]:
            hidden, cells, fed = list(state[:layers]), list(state[layers : 2 * layers]), state[2 * layers :]
            kept: list[Any] = []
            below = fed[0] if feeds else None
            for layer, kernel in enumerate(kernels):
                incoming = [] if below is None else [dropped(below, step[1:], layer)]
                z = tf.matmul(tf.concat([*incoming, hidden[layer]], 1), kernel) + (biases[layer - 1] if layer else step[0])
                gates, candidate = tf.sigmoid(z[:, : 3 * units]), tf.tanh(z[:, 3 * units :])
                i, f, o = tf.split(gates, 3, axis=1)
                cell = f * cells[layer] + i * candidate
                squashed = tf.tanh(cell)
                kept += [gates, candidate, cells[layer], squashed]
                hidden[layer], cells[layer] = o * squashed, cell
                below = hidden[layer]
                kept.append(below)
            if not feeds:
                return (*hidden, *cells), tuple(kept)
            keys, values, layer_kernel = attended
            alignment = masked_softmax(tf.linalg.matvec(keys, below), memory.mask)  # type: ignore[union-attr]
            context = tf.linalg.matvec(values, alignment, transpose_a=True)
            vector = tf.matmul(tf.concat([below, context], 1), layer_kernel)
            return (*hidden, *cells, vector), (*kept, alignment, context, vector)

        start = (*states, tf.zeros_like(states[0])) if feeds else states
        _, kept = scan(forward, start, (from_words, *drops))
        stacks = [kept[5 * layer : 5 * layer + 5] for layer in range(layers)]  # gates, candidate, cell before, squashed, h
        tops = stacks[-1][4]
        alignments, contexts, vectors = kept[5 * layers :] if feeds else (tops[:, :, :0], None, tops)

        def gradient(d_vectors: Any, d_alignments: Any) -> Any:
            factors, through, forgets = zip(*(_slopes(*stack[:4]) for stack in stacks), strict=True)
            transposed = [tf.transpose(kernel) for kernel in kernels]

            def backward(state: Tensors, step: Tensors) -> tuple[Tensors, Tensors]:
                d_hidden, d_cells, d_fed = list(state[:layers]), list(state[layers : 2 * layers]), state[2 * layers :]
                d_vector, slopes = step[0], step[1 : 1 + 3 * layers]
                step_drops = step[1 + 3 * layers : 1 + 3 * layers + len(drops)]
                found: list[Any] = []
                if feeds:
                    keys, values, layer_kernel = attended
                    d_vector += d_fed[0]
                    alignment, d_alignment = step[-2:]
                    d_top, d_context = tf.split(tf.matmul(d_vector, layer_kernel, transpose_b=True), [units, -1], 1)
                    d_alignment += tf.linalg.matvec(values, d_context)
                    d_scores = alignment * (d_alignment - tf.reduce_sum(alignment * d_alignment, 1, keepdims=True))
                    d_hidden[-1] += d_top + tf.linalg.matvec(keys, d_scores, transpose_a=True)
                    found = [d_scores, d_context, d_vector]
                else:
                    d_hidden[-1] += d_vector
                dzs: list[Any] = []
                for layer in reversed(range(layers)):
                    factor, passes, forget = slopes[3 * layer : 3 * layer + 3]
                    d_cell = d_cells[layer] + d_hidden[layer] * passes
                    dz = tf.concat([d_cell, d_cell, d_hidden[layer], d_cell], 1) * factor
                    dzs.insert(0, dz)
                    d_cells[layer] = d_cell * forget
                    d_inputs = tf.matmul(dz, transposed[layer])
                    if not layer and not feeds:
                        d_hidden[0] = d_inputs
                        continue
                    d_below, d_hidden[layer] = tf.split(d_inputs, 2, axis=1)
                    d_below = dropped(d_below, step_drops, layer)
                    if layer:
                        d_hidden[layer - 1] += d_below
                    else:
                        d_fed = (d_below,)
                return (*d_hidden, *d_cells, *d_fed), (*dzs, *found)

            slopes = [one for layer in range(layers) for one in (factors[layer], through[layer], forgets[layer])]
            sequences = [d_vectors, *slopes, *drops, *([alignments, d_alignments] if feeds else [])]
            zeros = tuple(tf.zeros_like(tensor) for tensor in start)
            d_start, found = scan(backward, zeros, sequences, reverse=True)
            dzs, rest = found[:layers], found[layers:]
            below = [before(vectors, tf.zeros_like(states[0])) if feeds else None, *(stack[4] for stack in stacks[:-1])]
            d_kernels = []
            for layer in range(layers):
                incoming = [] if below[layer] is None else [dropped(below[layer], drops, layer)]
                inputs = tf.concat([*incoming, before(stacks[layer][4], states[layer])], 2)
                d_kernels.append(over_time(inputs, dzs[layer]))
            d_biases = [bias_gradient(dz) for dz in dzs[1:]]
            d_attended: list[Any] = []
            if feeds:
                d_scores, d_contexts, d_outputs = rest
                d_attended = [
                    _summed(d_scores, tops),
                    _summed(alignments, d_contexts),
                    over_time(tf.concat([tops, contexts], 2), d_outputs),
                ]
            return (dzs[0], *d_kernels, *d_biases, *d_start[: 2 * layers], *d_attended)

        return (vectors, alignments), gradient

    return run(*(tf.convert_to_tensor(one) for one in given))


def _slopes(gates: Any, candidate: Any, cell: Any, squashed: Any) -> tuple[Any, Any, Any]:
    """d z / d cell for i, f and g with d z / d h for o; d cell / d h; the forget gate."""
    i, f, o = tf.split(gates, 3, axis=2)
    slopes = [candidate * i * (1 - i), cell * f * (1 - f), squashed * o * (1 - o), i * (1 - candidate * candidate)]
    return tf.concat(slopes, 2), o * (1 - squashed * squashed), f


def _summed(left: Any, right: Any) -> Any:
    """Sum over time of left [time, batch, source] (x) right [time, batch, features]: [batch, source, features]."""
    return tf.matmul(tf.transpose(left, (1, 2, 0)), tf.transpose(right, (1, 0, 2)))
