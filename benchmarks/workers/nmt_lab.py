"""The lab's translators, timed on request: ``nmt_lab.py WORK UNITS BATCH THREADS``; WORK is lstm, transformer, greedy or beam."""

import sys

import numpy as np
from turns import serve

STEPS, SOURCE, TARGET, WORDS = 5, 20, 22, 2000


def main() -> None:
    kind, units, batch, threads = sys.argv[1], *map(int, sys.argv[2:5])
    from lab_tensorflow.runtime import start

    tf = start(threads=threads)
    from lab_seq2seq.config import RecurrentConfig, TransformerConfig
    from lab_seq2seq.learner import TranslationLearner
    from lab_seq2seq.networks.build import build

    from lab_core.config import resolve

    settings = {"units": units, "steps": 10**9, "dropout": 0.3, "output_dropout": 0.3, "label_smoothing": 0.1}
    if kind == "transformer":
        config = resolve(TransformerConfig, settings, {"layers": 3, "heads": 4, "hidden": 512})
    else:
        config = resolve(RecurrentConfig, settings)
    network = build(config, WORDS, WORDS)
    learner = TranslationLearner(config, network, seed=0)
    rng = np.random.default_rng(0)
    tokens = {
        name: tf.constant(rng.integers(4, WORDS, (batch, size)), tf.int32)
        for name, size in (("source", SOURCE), ("target", TARGET))
    }

    @tf.function(input_signature=[tf.TensorSpec((), tf.int32)])
    def updates(first):
        total = tf.constant(0.0)
        for number in tf.range(STEPS):
            total += learner.update(tokens, first + number)["loss"]
        return total

    done = [0]

    def train() -> int:
        updates(tf.constant(done[0])).numpy()
        done[0] += STEPS
        return STEPS

    def decode() -> int:
        from lab_seq2seq.decoding.beam import beam_search
        from lab_seq2seq.networks.translator import as_mask

        beam = 1 if kind == "greedy" else 5
        if "search" not in compiled:

            @tf.function
            def search():
                memory = network.encode(tokens["source"], as_mask(tokens["source"]))
                rows = tuple(tf.repeat(tensor, beam, axis=0) for tensor in memory)
                # no end token: every sequence has the full length
                settings = {"beam": beam, "longest": TARGET, "start": 2, "end": 3, "forbidden": (0, 2, 3)}
                return beam_search(lambda *step: network.step(rows, *step), network.start(memory, TARGET), memory[-1], **settings)

            compiled["search"] = search
        compiled["search"]().tokens.numpy()
        return 1

    compiled: dict = {}
    work = decode if kind in ("greedy", "beam") else train
    work()
    serve(work, parameters=list(learner.parameters.values()), words=batch * TARGET)


if __name__ == "__main__":
    main()
