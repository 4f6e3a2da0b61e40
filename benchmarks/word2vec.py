"""word2vec, words a second: the lab's kernel beside gensim, on Jane Austen's novels, in one run.

    uv run python benchmarks/word2vec.py --gensim-python PATH [--threads 2] [--processor] [--retrieval] [--out FILE]

Both read the same text of words that occur five times or more, one after another, without subsampling.

    window 5    skip-gram, random windows up to 5, 5 noise words, 128 dimensions
    book        skip-gram, window 1, 64 noise words, 128 dimensions (the lab: NCE with biases; gensim: negative sampling)

Each contestant has a process of its own and waits while another works. ``--retrieval`` also trains gensim as long as the preset
``default`` does and scores both on the test novel.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from contest import WORKERS, Worker, clock_of, contest_parser, publish, take_turns

from lab_core.machine.versions import machine

WORDS = 20_000  # of one unit of work
SETTINGS = {"window 5": ("5", "5"), "book": ("1", "64")}  # window, noise words
DEFAULT_WORDS = 4_000_000


def write_text(path: Path) -> None:
    """The words of the training novels that have vectors, a chapter a line."""
    from lab_sequences.characters.data import load_texts
    from lab_sequences.words import text
    from lab_sequences.words.config import WordConfig

    config = WordConfig(data="austen")
    texts = [text.words_of(one) for one in load_texts(config, "train")]
    words = text.build(texts, limit=config.vocabulary_limit, fewest=config.fewest, rare="skipped")
    path.write_text("".join(f"{' '.join(word for word in one if word in words.numbers)}\n" for one in texts))


def retrieval(options: argparse.Namespace, path: Path) -> dict[str, float]:
    """Mean average precision on the test novel of gensim's vectors; the lab's is that of ``lab run word2vec-austen``."""
    import numpy as np
    from lab_sequences.words.config import WordConfig
    from lab_sequences.words.evaluation import RetrievalEvaluator
    from lab_sequences.words.model import WordModel
    from lab_sequences.words.text import Words

    from lab_core.registry.discovery import discover

    out = path.with_suffix(".npz")
    script = str(WORKERS / "word2vec_gensim.py")
    command = [options.gensim_python, script, str(path), "5", "5", str(options.threads), str(DEFAULT_WORDS), str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with np.load(out, allow_pickle=False) as arrays:
        words = Words(arrays["words"].tolist(), arrays["counts"].tolist())
        model = WordModel(WordConfig(), words, arrays["vectors"], arrays["contexts"])
    found = RetrievalEvaluator(discover()[0].benchmark("words/austen")).evaluate(model, protocol="test", count=500, seed=0)
    return {"gensim": round(found.value, 4)}


def main() -> None:
    parser = contest_parser(__doc__, seconds=4.0)
    parser.add_argument("--gensim-python", required=True, help="an interpreter that has gensim")
    parser.add_argument("--retrieval", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "austen.txt"
        write_text(path)
        workers: dict[tuple[str, str], Worker] = {}
        for name, sizes in SETTINGS.items():
            arguments = (str(path), *sizes, str(options.threads))
            workers[name, "lab"] = Worker(name, sys.executable, "word2vec_lab.py", *arguments)
            workers[name, "gensim"] = Worker(name, options.gensim_python, "word2vec_gensim.py", *arguments)
        loads = take_turns(workers.values(), options)
        found: dict[str, Any] = {"per": clock_of(options), "threads": options.threads, "rounds": options.rounds}
        found |= {"machine": machine(), "load": loads[-1]}
        for name in SETTINGS:
            rates = {who: workers[name, who].rates(clock_of(options), WORDS) for who in ("lab", "gensim")}
            row: dict[str, Any] = {f"{who}_words_a_second": round(statistics.median(rate)) for who, rate in rates.items()}
            ranges = {f"{who}_range": [round(min(rate)), round(max(rate))] for who, rate in rates.items()}
            ratio = row["lab_words_a_second"] / row["gensim_words_a_second"]
            found[name] = row | ranges | {"ratio": round(ratio, 2)}
        if options.retrieval:
            found["retrieval"] = retrieval(options, path)
    publish(found, options.out)


if __name__ == "__main__":
    main()
