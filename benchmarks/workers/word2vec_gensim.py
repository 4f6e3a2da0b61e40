"""gensim's word2vec on a text file, 20,000 words a unit of work, for benchmarks/word2vec.py; two more arguments: one training."""

import sys
from pathlib import Path

import gensim
import numpy as np
from gensim.models import Word2Vec
from turns import serve

WORDS, SENTENCE = 20_000, 1_000


def main() -> None:
    path, window, negatives, threads = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    texts = [line.split() for line in path.read_text().splitlines()]
    model = Word2Vec(
        vector_size=128, window=window, negative=negatives, sg=1, hs=0, sample=0, min_count=1, workers=threads, alpha=0.025,
        min_alpha=0.0001, ns_exponent=0.75, seed=0,
    )  # fmt: skip
    total = sum(map(len, texts))
    if len(sys.argv) > 5:
        model.build_vocab(texts)
        model.train(texts, total_examples=len(texts), epochs=max(1, round(int(sys.argv[5]) / total)))
        counts = [model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key]
        arrays = {"vectors": model.wv.vectors, "contexts": model.syn1neg, "counts": np.array(counts)}
        np.savez(sys.argv[6], words=np.array(model.wv.index_to_key), **arrays)
        return
    flat = [word for one in texts for word in one]
    parts = [flat[start : start + SENTENCE] for start in range(0, len(flat), SENTENCE)]
    model.build_vocab(parts)
    at = 0

    def work() -> int:
        nonlocal at
        count = WORDS // SENTENCE
        some = [parts[place % len(parts)] for place in range(at, at + count)]
        at += count
        model.train(some, total_words=WORDS, epochs=1, start_alpha=0.025, end_alpha=0.025)
        return 1

    work()
    serve(work, gensim=gensim.__version__)


if __name__ == "__main__":
    main()
