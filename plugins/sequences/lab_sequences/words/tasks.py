"""The tasks of word vectors."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task

Settings = Mapping[str, Any]

SMOKE: Settings = {
    "steps": 60_000, "words_per_slice": 20_000, "dimensions": 16, "limit": 20, "probes_every": 60_000, "selection_count": 20,
}  # fmt: skip
# The source's: 50,000 words, 128 dimensions, window 1, 2 skips, 64 noise words, SGD 1.0 on the mean of 128 predictions,
# 100,001 updates of 64 centre words.
BOOK: Settings = {
    "loss": "nce", "noise": "log-uniform", "negatives": 64, "window": 1, "skips": 2, "dynamic_window": False, "subsample": 0.0,
    "rare": "UNK", "fewest": 1, "vocabulary_limit": 50_000, "dimensions": 128, "learning_rate": 1 / 128,
    "final_learning_rate": 1.0, "steps": 6_400_064, "probes_every": 640_000, "words_per_slice": 128_000,
}  # fmt: skip
METHODS = {  # method -> settings, title
    "word2vec": ({"method": "skip-gram"}, "Skip-gram with negative sampling"),
    "cbow": ({"method": "cbow", "learning_rate": 0.05}, "CBOW with negative sampling"),
}
DEFAULTS: Mapping[str, Settings] = {
    "austen": {"steps": 4_000_000, "subsample": 1e-2, "selection_every": 0},  # more epochs fit the training text alone
    "text8": {"steps": 51_000_000, "subsample": 1e-4, "selection_every": 0, "words_per_slice": 1_000_000},
}
BASELINES = {  # method -> model class, title
    "ppmi-svd": ("PpmiSvdModel", "Singular vectors of positive PMI"),
    "word-frequency": ("FrequencyModel", "Frequency of each word"),
    "random-vectors": ("RandomModel", "Random vectors"),
}
TEXTS = {  # short name -> data set, title
    "-austen": ("austen", "Jane Austen's novels"),
    "-text8": ("text8", "text8"),
    "": ("austen", "your own text (data=FILE or FOLDER)"),
}


def tasks() -> list[Task]:
    """Both methods and the baselines on each text, and on the user's own."""
    found: list[Task] = []
    for short, (data, title) in TEXTS.items():
        found += [_trained(method, short, data, title) for method in METHODS]
        found += [_baseline(method, short, data, title) for method in BASELINES]
    return found


def _trained(method: str, short: str, data: str, title: str) -> Task:
    settings, about = METHODS[method]
    presets = {"smoke": SMOKE, "default": DEFAULTS[data]}
    return Task(
        id=f"{method}{short}",
        title=f"{about}: {title}",
        family="text",
        method=method,
        benchmark="words/{data}",
        trainer="lab_sequences.words.trainer:WordTrainer",
        model="lab_sequences.words.model:WordModel",
        config="lab_sequences.words.config:WordConfig",
        settings={"data": data, **settings},
        parameter="" if short else "data",
        presets={**presets, "book": BOOK} if method == "word2vec" else presets,
        step_unit="words",
        deterministic=True,
        source="Mikolov et al. 2013, arXiv 1310.4546; noise words shared as in Ji et al. 2016, arXiv 1604.04661",
        tags=("text", "words"),
    )


def _baseline(method: str, short: str, data: str, title: str) -> Task:
    model, about = BASELINES[method]
    return Task(
        id=f"{method}{short}",
        title=f"{about}: {title}",
        family="text",
        method=method,
        benchmark="words/{data}",
        model=f"lab_sequences.words.baselines:{model}",
        config="lab_sequences.words.config:WordBaselineConfig",
        settings={"data": data},
        parameter="" if short else "data",
        presets={"smoke": {"limit": 20, "dimensions": 16}, "default": {}},
        tags=("text", "words", "baseline"),
    )
