"""The tasks of the character models."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task
from lab_sequences.characters.benchmarks import REGISTERED

Settings = Mapping[str, Any]

SMOKE: Settings = {
    "steps": 6, "batch_size": 4, "units": 16, "embedding": 8, "layers": 1, "length": 16, "context": 8, "heads": 2, "limit": 8,
    "updates_per_slice": 3, "media_every": 3, "sample_length": 40, "selection_count": 1,
}  # fmt: skip
SHARED: Settings = {"schedule": "cosine", "final_learning_rate": 0.02, "gradient_clip": 1.0, "warmup": 100, "beta2": 0.99}
LSTM: Settings = {**SHARED, "network": "lstm", "learning_rate": 4e-3, "batch_size": 32, "length": 64, "selection_every": 1_500}
TANG: Settings = {
    **LSTM, "units": 256, "layers": 1, "embedding": 128, "length": 52, "learning_rate": 3e-3, "dropout": 0.1,
}  # fmt: skip
TRANSFORMER: Settings = {
    **SHARED, "network": "transformer", "layers": 4, "units": 128, "embedding": 128, "heads": 4, "context": 64, "length": 64,
    "batch_size": 16, "learning_rate": 2e-3, "weight_decay": 0.05, "selection_every": 2_000,
}  # fmt: skip
BOOK: Settings = {  # the source's: Adam, clip 5, dropout .5, two layers of 128, one-hot vectors
    "network": "lstm", "layers": 2, "units": 128, "embedding": 0, "dropout": 0.5, "gradient_clip": 5.0, "batch_size": 32,
    "fewest": 1, "learning_rate": 0.01, "schedule": "constant",
}  # fmt: skip

# Of each text: the LSTM's default, the Transformer's, the source's settings for a text of this kind, further presets.
TEXTS: Mapping[str, tuple[Settings, Settings, Settings, Mapping[str, Settings]]] = {
    "austen": (
        {**LSTM, "steps": 2_000, "units": 320, "layers": 1, "embedding": 64, "batch_size": 48},
        {**TRANSFORMER, "steps": 5_000},
        {**BOOK, "length": 50, "steps": 20_000},
        {"long": {**LSTM, "steps": 12_000, "units": 512, "layers": 2, "embedding": 128, "batch_size": 64, "dropout": 0.1}},
    ),
    "tang": (
        {**TANG, "steps": 1_500},
        {**TRANSFORMER, "steps": 4_000, "length": 52, "dropout": 0.1},
        {**BOOK, "embedding": 128, "length": 26, "steps": 10_000, "learning_rate": 0.005},
        {},
    ),
    "c": (
        {**LSTM, "steps": 2_000, "units": 256, "layers": 1, "embedding": 64, "length": 96},
        {**TRANSFORMER, "steps": 5_000, "length": 96, "context": 96},
        {**BOOK, "length": 100, "steps": 20_000},
        {},
    ),
}
METHODS = {  # method -> model class, settings, title
    "order-0": ("NGramModel", {"order": 1}, "Frequency of each character"),
    "witten-bell": ("NGramModel", {"order": 6}, "Witten-Bell n-grams"),
    "bz2": ("Bz2Model", {}, "bzip2"),
    "lzma": ("LzmaModel", {}, "LZMA"),
}
_SOURCES = {
    "lstm": "Graves 2013, Generating sequences with recurrent neural networks, arXiv 1308.0850",
    "transformer": "Dai et al. 2019, Transformer-XL, ACL, arXiv 1901.02860; Su et al. 2021, RoFormer, arXiv 2104.09864",
}


def tasks() -> list[Task]:
    """Both networks and the baselines on each text, and on the user's own."""
    found: list[Task] = []
    for short, (lstm, transformer, book, others) in TEXTS.items():
        data, title = REGISTERED[short][:2]
        found.append(_network("char-rnn", "lstm", f"-{short}", data, title, {"default": lstm, "book": book, **others}))
        found.append(_network("char-transformer", "transformer", f"-{short}", data, title, {"default": transformer}))
        found += [_baseline(method, f"-{short}", data, title) for method in METHODS]
    own = "your own text (data=FILE or FOLDER)"
    lstm, transformer, book, others = TEXTS["austen"]
    found.append(_network("char-rnn", "lstm", "", "austen", own, {"default": lstm, "book": book, **others}))
    found.append(_network("char-transformer", "transformer", "", "austen", own, {"default": transformer}))
    return [*found, *(_baseline(method, "", "austen", own) for method in METHODS)]


def _network(name: str, network: str, short: str, data: str, title: str, presets: Mapping[str, Settings]) -> Task:
    return Task(
        id=f"{name}{short}",
        title=f"{'Transformer' if network == 'transformer' else 'LSTM'} character model of {title}",
        family="text",
        method=name,
        benchmark="characters/{data}",
        trainer="lab_sequences.characters.trainer:CharacterTrainer",
        model="lab_sequences.characters.model:CharacterModel",
        config="lab_sequences.characters.config:CharacterConfig",
        settings={"data": data, "network": network},
        presets={"smoke": SMOKE, **presets},
        step_unit="updates",
        precisions=("float32", "bfloat16"),
        source=_SOURCES[network],
        parameter="" if short else "data",
        tags=("text", "characters"),
    )


def _baseline(method: str, short: str, data: str, title: str) -> Task:
    model, settings, about = METHODS[method]
    return Task(
        id=f"char-{method}{short}",
        title=f"{about}: {title}",
        family="text",
        method=method,
        benchmark="characters/{data}",
        model=f"lab_sequences.characters.baselines:{model}",
        config="lab_sequences.characters.config:BaselineConfig",
        settings={"data": data, **settings},
        presets={"smoke": {"limit": 8}, "default": {}},
        parameter="" if short else "data",
        tags=("text", "characters", "baseline"),
    )
