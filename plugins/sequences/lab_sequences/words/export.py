"""Word vectors as a picture, for TensorBoard's projector, and in word2vec's text format."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab_core.errors import LabError

_SIDE, _MARGIN, _DOT, _LETTERS = 1_400, 60, 3, 13  # pixels
_PAPER, _INK, _BLUE = (250, 250, 248), (60, 64, 72), (47, 111, 222)
_PICTURES = (".png", ".jpg", ".jpeg", ".webp")


def plane(directions: NDArray[Any], *, seed: int = 0) -> NDArray[np.float64]:
    """A place in the plane for each vector, float64 [n, 2], by t-SNE (perplexity 30, from the first principal components)."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(30.0, (len(directions) - 1) / 3)
    method = TSNE(n_components=2, perplexity=perplexity, init="pca", random_state=seed)
    with threadpool_limits(1):  # threads of OpenMP that wait for each other beside a training take many times as long
        return np.asarray(method.fit_transform(directions))


def draw(model: Any, words: int) -> NDArray[np.uint8]:
    """The ``words`` most frequent words on their places, uint8 [height, width, 3]."""
    from PIL import Image, ImageDraw

    from lab_core.items.lettering import font

    count = min(words, len(model.words))
    at = plane(model.directions[:count])
    at = (at - at.min(0)) / np.maximum(np.ptp(at, axis=0), 1e-9) * (_SIDE - 2 * _MARGIN) + _MARGIN
    paper = Image.new("RGB", (_SIDE, _SIDE), _PAPER)
    pen = ImageDraw.Draw(paper)
    for (x, y), word in zip(at.tolist(), model.words.words, strict=False):
        pen.ellipse((x - _DOT, y - _DOT, x + _DOT, y + _DOT), fill=_BLUE)
        pen.text((x + 5, y - 2), word, _INK, font(_LETTERS, word), anchor="ls")
    return np.asarray(paper)


def write_picture(model: Any, path: Path, words: int) -> None:
    """The t-SNE map of :func:`draw` as a picture file; raises LabError for another suffix."""
    from PIL import Image

    if path.suffix.lower() not in _PICTURES:
        raise LabError(f"picture={path} is no picture file.", f"End the name with {', '.join(_PICTURES)}.")
    with _errors(path):
        Image.fromarray(draw(model, words)).save(path)


def write_vectors(model: Any, path: Path, words: int) -> None:
    """word2vec's text format: a line with the number of words and dimensions, then a word and its vector a line."""
    with _errors(path), path.open("w", encoding="utf-8") as file:
        file.write(f"{len(model.words)} {model.vectors.shape[1]}\n")
        for word, vector in zip(model.words.words, model.vectors.tolist(), strict=True):
            file.write(f"{word} {' '.join(f'{value:.6g}' for value in vector)}\n")


def write_projector(model: Any, path: Path, words: int) -> None:
    """The ``words`` most frequent words for ``tensorboard --logdir FOLDER``: vectors, words, and what belongs together."""
    count = min(words, len(model.words))
    with _errors(path):
        path.mkdir(parents=True, exist_ok=True)
        rows = ("\t".join(f"{value:.6g}" for value in vector) for vector in model.vectors[:count].tolist())
        (path / "vectors.tsv").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
        lines = (f"{word}\t{number}" for word, number in zip(model.words.words, model.words.counts[:count], strict=False))
        (path / "metadata.tsv").write_text("\n".join(["word\tcount", *lines]) + "\n", encoding="utf-8")
        (path / "projector_config.pbtxt").write_text(
            'embeddings {\n  tensor_name: "words"\n  tensor_path: "vectors.tsv"\n  metadata_path: "metadata.tsv"\n}\n'
        )


class _errors:
    """Turns a failed write into one line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, OSError):
            raise LabError(f"{self._path} can't be written: {error.strerror}.") from error
