"""The lab's word2vec kernel on a text file, 20,000 words a unit of work, for benchmarks/word2vec.py."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from lab_sequences.words import text
from lab_sequences.words.kernels import train_part
from lab_sequences.words.noise import alias_table, distribution
from turns import serve

WORDS = 20_000


def main() -> None:
    path, window, negatives, threads = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    texts = [line.split() for line in path.read_text().splitlines()]
    words = text.build(texts, limit=50_000, fewest=1, rare="skipped")
    tokens = words.encode(texts)
    book = window == 1
    probabilities = distribution(words.counts, "log-uniform" if book else "unigram", 0.75)
    correction = np.log(negatives * probabilities).astype(np.float32) if book else np.empty(0, np.float32)
    table, keep = alias_table(probabilities), np.ones(len(words), np.float32)
    inputs = np.random.default_rng(0).uniform(-1 / 256, 1 / 256, (len(words), 128)).astype(np.float32)
    outputs, biases = np.zeros_like(inputs), np.zeros(len(words), np.float32)
    pool = ThreadPoolExecutor(threads)
    at = 0

    def part(first: int) -> None:
        last = first + WORDS // threads
        shared = (inputs, outputs, biases, correction, window, not book, 0, negatives, False, 0.025, 0.025)
        train_part(tokens, first, last, 10**9, np.uint64(1), keep, *table, *shared)

    def work() -> int:
        nonlocal at
        list(pool.map(part, range(at, at + WORDS, WORDS // threads)))
        at += WORDS
        return 1

    work()  # compiles
    serve(work)


if __name__ == "__main__":
    main()
