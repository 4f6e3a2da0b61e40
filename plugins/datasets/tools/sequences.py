"""Labelled sequences: padded with NaN at their ends to one length."""

from pathlib import Path

import numpy as np
import sources

Arrays = dict[str, np.ndarray]
_VALIDATION = 6  # of each speaker's 30 training utterances, the last ones


def japanese_vowels(work: Path) -> Arrays:
    """Training, validation and test utterances in this order: series float32 [n, 29, 12], label uint8 [n]."""
    folder = sources.unpacked(sources.AEON, work) / "aeon/datasets/data/JapaneseVowels"
    train, test = (_read(folder / f"JapaneseVowels_{part}.ts") for part in ("TRAIN", "TEST"))
    labels = np.array([label for _, label in train])
    number = np.array([int((labels[:place] == labels[place]).sum()) for place in range(len(labels))])
    held_out = number >= 30 - _VALIDATION
    rows = [*(train[place] for place in np.flatnonzero(~held_out)), *(train[place] for place in np.flatnonzero(held_out)), *test]
    series = np.full((len(rows), max(len(values) for values, _ in rows), 12), np.nan, np.float32)
    for place, (values, _) in enumerate(rows):
        series[place, : len(values)] = values
    return {"series": series, "label": np.array([label - 1 for _, label in rows], np.uint8)}


def _read(path: Path) -> list[tuple[np.ndarray, int]]:
    """Values [t, 12] and class (1 to 9) of each line: columns joined by colons, then the class."""
    found: list[tuple[np.ndarray, int]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#@":
            *columns, label = line.split(":")
            found.append((np.array([column.split(",") for column in columns], np.float32).T, int(label)))
    return found
