"""The lab's character models, timed on request: ``char_lab.py WORK UNITS PRECISION THREADS``; WORK: lstm, transformer, sample."""

import sys

import numpy as np
from turns import serve

STEPS = 5  # updates of one call


def main() -> None:
    kind, units, precision, threads = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    from char_sizes import CHARACTERS, sizes
    from lab_tensorflow.runtime import start

    tf = start(threads=threads)
    from lab_sequences.characters.config import CharacterConfig, SampleOptions
    from lab_sequences.characters.learner import CharacterLearner
    from lab_sequences.characters.networks import make_network
    from lab_sequences.characters.vocabulary import Vocabulary
    from lab_sequences.characters.writer import Writer

    from lab_core.config import resolve

    layers, batch, length = sizes(kind, units)
    network_kind = "transformer" if kind == "transformer" else "lstm"
    settings = {"network": network_kind, "layers": layers, "units": units, "embedding": units, "batch_size": batch}
    config = resolve(CharacterConfig, {**settings, "length": length, "context": 0, "steps": 10**9, "gradient_clip": 1.0})
    network = make_network(config, CHARACTERS, products=precision)
    parameters = [sum(int(np.prod(weight.shape)) for weight in network.trainable_variables)]
    if kind == "sample":
        letters = Vocabulary("".join(chr(ord("0") + number) for number in range(CHARACTERS - 2)))
        writer, options = Writer(network, letters), SampleOptions(length=256, stop="none")

        def sample() -> int:
            return sum(len("".join(text)) for text in writer.write(8, seed=0, options=options))

        sample()
        serve(sample, parameters=parameters)
        return
    learner = CharacterLearner(config, network, seed=0)
    tokens = tf.constant(np.random.default_rng(0).integers(2, CHARACTERS, (batch, length + 1)), tf.int32)
    items = {"tokens": tokens, "restart": tf.zeros(batch)}

    @tf.function(input_signature=[tf.TensorSpec((), tf.int32)])
    def updates(first):
        total = tf.constant(0.0)
        for number in tf.range(STEPS):
            total += learner.update(items, first + number)["loss"]
        return total

    done = [0]

    def train() -> int:
        updates(tf.constant(done[0])).numpy()
        done[0] += STEPS
        return STEPS * batch * length

    train()
    serve(train, parameters=parameters)


if __name__ == "__main__":
    main()
