"""Images with captions as arrays: regions' features or images, words, attributes."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from lab_datasets.loading import load_columns
from numpy.typing import NDArray

from lab_seq2seq.captions.config import CaptionConfig
from lab_seq2seq.text.encoded import pad
from lab_seq2seq.text.vocabulary import END, SPECIALS, Listed

_DULL = frozenset(["a", "an", "and", "at", "for", "from", "in", "of", "on", "or", "the", "to", "with"])  # no attributes

_SIDES = re.compile(r"\b(left|right|leftwards?|rightwards?|(anti|counter)?clockwise|east|west)\b")  # wrong in a mirror


class Captioned(msgspec.Struct, frozen=True):
    """Images uint8 [n, size, size, 3] and the captions of each."""

    images: NDArray[np.uint8]
    captions: list[list[str]]


def load(config: CaptionConfig, split: str) -> Captioned:
    """The images of a split at the size that the encoder reads; raises UsageError for data without captions."""
    wanted = msgspec.structs.replace(config, colour="colour")
    columns = load_columns(wanted, split)
    columns.need("image", "caption")
    several = columns["captions"] if "captions" in columns else [[text] for text in columns["caption"]]
    return Captioned(np.asarray(columns["image"]), [list(texts) for texts in several])


def words(text: str) -> list[str]:
    """A caption as the decoder writes it: lower case, punctuation apart."""
    from lab_metrics.text.cider import words as split

    return split(text)


def make_vocabulary(captions: Sequence[Sequence[str]], config: CaptionConfig) -> Listed:
    """The words of the training captions by how often they occur."""
    counts = Counter(word for texts in captions for text in texts for word in words(text))
    ordered = sorted((word for word in counts if counts[word] >= config.rarest), key=lambda word: (-counts[word], word))
    return Listed("words", ordered[: config.vocabulary_size - len(SPECIALS)])


def attribute_words(captions: Sequence[Sequence[str]], count: int) -> list[str]:
    """The ``count`` words that most images are described with, function words left out."""
    counts = Counter(word for texts in captions for word in {word for text in texts for word in words(text)} - _DULL)
    return [word for word, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:count]]


def turnable(captions: Sequence[Sequence[str]]) -> NDArray[np.uint8]:
    """1 for each image that its captions still describe when it is mirrored: none of them names a side."""
    return np.array([not any(_SIDES.search(text.lower()) for text in texts) for texts in captions], np.uint8)


def columns(source: NDArray[Any], data: Captioned, vocabulary: Listed, attributes: Sequence[str], longest: int) -> dict[str, Any]:
    """One row a caption. ``picture``: its row of ``source``; ``target``: words, END, padding; ``attribute``: 0 or 1 each."""
    rows: list[list[int]] = []
    pictures: list[int] = []
    for number, texts in enumerate(data.captions):
        for text in texts:
            rows.append([*vocabulary.encode(" ".join(words(text)))[: longest - 1], END])
            pictures.append(number)
    present = [[word in {w for text in data.captions[number] for w in words(text)} for word in attributes] for number in pictures]
    labels = np.array(present, np.uint8).reshape(len(rows), len(attributes))
    return {"source": source[pictures], "target": pad(rows), "attribute": labels}


def resized(images: Any, config: CaptionConfig) -> Any:
    """uint8 images of the side that the config's encoder reads."""
    size = config.size if config.encoder == "scratch" else config.encoder_size
    if images.shape[1] == size:
        return images
    from PIL import Image

    return np.stack([np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC)) for image in images])
