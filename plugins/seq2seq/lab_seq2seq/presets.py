"""Presets. ``default`` is for two processor cores; ``book`` repeats the settings of the source's commands."""

from collections.abc import Mapping
from typing import Any

Settings = Mapping[str, Any]

SMOKE: Settings = {
    "steps": 6,
    "limit": 200,
    "batch_size": 8,
    "units": 16,
    "vocabulary_size": 300,
    "updates_per_slice": 3,
    "selection_every": 0,
    "selection_count": 2,
    "media_every": 6,
    "media_count": 2,
    "validation_every": 0,
}
SMOKE_TRANSFORMER: Settings = {**SMOKE, "layers": 1, "heads": 2, "hidden": 16}

# Small data (Sennrich and Zhang 2019): few pieces, tied embeddings, dropout, label smoothing
HELP: Settings = {
    "steps": 6_000,
    "batch_size": 64,
    "updates_per_slice": 20,
    "units": 192,
    "dropout": 0.3,
    "output_dropout": 0.3,
    "learning_rate": 3e-3,
    "warmup": 300,
    "schedule": "cosine",
    "final_learning_rate": 0.03,
    "average_decay": 0.995,
    "selection_every": 2_000,
    "selection_count": 200,
    "validation_every": 500,
    "bleu_every": 1_000,
    "bleu_count": 200,
    "media_every": 2_000,
}
HELP_SHORT: Settings = {
    **HELP,
    "steps": 2_500,
    "units": 128,
    "dropout": 0.2,
    "output_dropout": 0.2,
    "learning_rate": 4e-3,
    "warmup": 200,
    "final_learning_rate": 0.05,
    "average_decay": 0.99,
    "selection_every": 1_250,
}
HELP_LONG: Settings = {**HELP, "steps": 20_000, "units": 256, "learning_rate": 2e-3, "warmup": 500}
HELP_TRANSFORMER: Settings = {
    **HELP,
    "layers": 3,
    "hidden": 512,
    "heads": 4,
    "dropout": 0.2,
    "learning_rate": 2e-3,
    "warmup": 600,
}
HELP_TRANSFORMER_SHORT: Settings = {
    **HELP_SHORT,
    "layers": 2,
    "hidden": 384,
    "heads": 4,
    "dropout": 0.1,
    "learning_rate": 3e-3,
    "warmup": 400,
}

# The commands of the source: 2 x 128 units for 12,000 steps, and 3 x 256 for 200,000; otherwise nmt's own defaults
BOOK: Settings = {
    "steps": 12_000,
    "units": 128,
    "layers": 2,
    "bidirectional": False,
    "dropout": 0.2,
    "output_dropout": 0.0,
    "label_smoothing": 0.0,
    "tokens": "words",
    "vocabulary_size": 20_000,
    "shared_vocabulary": False,
    "tied": False,
    "longest": 50,
    "optimizer": "sgd",
    "learning_rate": 1.0,
    "gradient_clip": 5.0,
    "batch_size": 128,
    "validation_every": 1_000,
    "selection_every": 1_000,
    "selection_count": 200,
}
BOOK_LARGE: Settings = {**BOOK, "steps": 200_000, "units": 256, "layers": 3}

NUMBERS: Settings = {
    "steps": 2_000,
    "batch_size": 64,
    "units": 96,
    "learning_rate": 4e-3,
    "warmup": 50,
    "schedule": "cosine",
    "final_learning_rate": 0.02,
    "validation_every": 250,
    "selection_every": 500,
    "selection_count": 200,
    "media_every": 500,
}

# --- captions
CAPTION_SMOKE: Settings = {
    "steps": 4,
    "neighbours": 3,
    "limit": 24,
    "batch_size": 4,
    "units": 8,
    "encoder_size": 32,
    "updates_per_slice": 2,
    "selection_every": 0,
    "selection_count": 8,
    "media_every": 4,
    "media_count": 2,
    "validation_every": 0,
}
CAPTION: Settings = {
    "steps": 600,
    "neighbours": 8,
    "batch_size": 64,
    "learning_rate": 1e-3,
    "warmup": 100,
    "schedule": "cosine",
    "final_learning_rate": 0.05,
    "average_decay": 0.99,
    "selection_every": 200,
    "selection_count": 200,
    "media_every": 200,
    "validation_every": 100,
}
# the second stage, from the model of the first: --set start_from=RUN/model/best
CAPTION_SECOND: Settings = {
    **CAPTION,
    "neighbours": 0,
    "encoder": "trained",
    "steps": 200,
    "batch_size": 16,
    "learning_rate": 3e-4,
    "warmup": 20,
}
CAPTION_SCRATCH: Settings = {**CAPTION, "encoder": "scratch", "size": 64}
