"""The tasks of sequence classification."""

from collections.abc import Mapping
from typing import Any

from lab_core.task import Task

Settings = Mapping[str, Any]

SMOKE: Settings = {"steps": 6, "batch_size": 8, "units": 8, "updates_per_slice": 3, "selection_count": 20}
SHARED: Settings = {
    "batch_size": 64, "schedule": "cosine", "gradient_clip": 1.0, "average_decay": 0.99, "selection_every": 500,
    "selection_count": 500, "media_every": 0,
}  # fmt: skip
# no selection: validation has 499 or 500 of 500 right from 100 updates on, and can't tell the models apart
DEFAULT: Settings = {
    **SHARED, "network": "lstm", "steps": 4_000, "learning_rate": 5e-3, "differences": True, "selection_every": 0,
}  # fmt: skip
BOOK: Settings = {  # the source's: 64 units, minibatches of 128, gradient descent at 0.01, 5,000,000 sequences
    "network": "lstm", "layers": 1, "units": 64, "batch_size": 128, "optimizer": "sgd", "learning_rate": 0.01, "steps": 39_062,
    "scaling": "none", "pooling": "last", "head_deviation": 1.0, "updates_per_slice": 100, "media_every": 0,
}  # fmt: skip
VOWELS: Settings = {
    **SHARED,
    "batch_size": 32,
    "learning_rate": 3e-3,
    "dropout": 0.4,
    "jitter": 0.3,
    "pooling": "mean",
    "selection_every": 250,
}
NETWORKS: Mapping[str, tuple[str, Settings, str]] = {
    "lstm": ("LSTM", {"network": "lstm", "steps": 1_500}, "Hochreiter and Schmidhuber 1997"),
    "gru": ("GRU", {"network": "gru", "steps": 1_500}, "Cho et al. 2014, arXiv 1406.1078"),
    "rnn": ("Plain RNN", {"network": "rnn", "steps": 1_500, "learning_rate": 1e-3}, "Elman 1990"),
    "tcn": ("Temporal convolutions", {"network": "tcn", "steps": 1_500, "layers": 3}, "Bai et al. 2018, arXiv 1803.01271"),
}
BASELINES = {
    "majority": ("The most frequent class", "MajorityModel"),
    "dtw": ("Nearest neighbour under dynamic time warping", "NearestModel"),
}


def tasks() -> list[Task]:
    """The source's exercise with its settings, four networks on spoken vowels, and the baselines."""
    books = {"book": BOOK, "book-short": {**BOOK, "steps": 7_812}}
    return [
        _network(
            "sequence-classification", "sequence-lstm", "linear-or-random", "LSTM: class of a sequence (data=ID or FILE)",
            {"default": DEFAULT, **books}, "Graves 2012, Supervised sequence labelling with recurrent neural networks",
        ),
        *(
            _network(
                f"vowels-{name}", f"sequence-{name}", "japanese-vowels", f"{title}: which speaker said it",
                {"default": {**VOWELS, **settings}}, source,
            )
            for name, (title, settings, source) in NETWORKS.items()
        ),
        *(_baseline(name) for name in BASELINES),
    ]  # fmt: skip


def _network(name: str, method: str, data: str, title: str, presets: Mapping[str, Settings], source: str) -> Task:
    kind = {key: value for key, value in presets["default"].items() if key in ("network", "layers", "pooling", "differences")}
    return Task(
        id=name,
        title=title,
        family="series",
        method=method,
        benchmark="sequences/{data}",
        trainer="lab_sequences.classification.trainer:SequenceTrainer",
        model="lab_sequences.classification.model:SequenceModel",
        config="lab_sequences.classification.config:SequenceConfig",
        settings={"data": data},
        parameter="" if name.startswith("vowels") else "data",
        presets={"smoke": {**kind, **SMOKE}, **presets},
        step_unit="updates",
        max_devices=8,
        source=source,
        tags=("series", "classification"),
    )


def _baseline(name: str) -> Task:
    title, model = BASELINES[name]
    return Task(
        id=f"sequence-{name}",
        title=f"{title}: class of a sequence without training",
        family="series",
        method=f"sequence-{name}",
        benchmark="sequences/{data}",
        model=f"lab_sequences.classification.baselines:{model}",
        config="lab_sequences.classification.config:BaselineConfig",
        settings={"data": "japanese-vowels"},
        parameter="data",
        presets={"smoke": {}, "default": {}},
        source="Sakoe and Chiba 1978" if name == "dtw" else "",
        tags=("series", "classification", "baseline"),
    )
