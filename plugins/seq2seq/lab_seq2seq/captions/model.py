"""The captioner that training leaves: images of any size in, captions out."""

from collections.abc import Iterable, Iterator, Mapping
from math import exp
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from lab_tensorflow.batching import in_batches
from lab_tensorflow.network_model import NetworkModel
from numpy.typing import NDArray

from lab_core.errors import LabError, UsageError
from lab_core.model import Apply, Kind, Scored
from lab_seq2seq.captions.config import CaptionConfig
from lab_seq2seq.captions.options import CaptionOptions
from lab_seq2seq.text.vocabulary import END, PAD, START, UNKNOWN, restore

FORBIDDEN = (PAD, START, UNKNOWN)


class Caption(NamedTuple):
    """A caption, its log-probability, its words, and the weights of the regions at each word [words, regions]."""

    text: str
    score: float
    words: list[str]
    alignment: NDArray[np.float32]


class CaptionModel(NetworkModel, Apply):
    """Describes images in a few words."""

    config_type = CaptionConfig
    consumes = Kind.IMAGE
    produces = Kind.TEXT
    options: ClassVar[type[CaptionOptions]] = CaptionOptions
    batch: ClassVar[int] = 16

    def make_networks(self) -> Mapping[str, Any]:
        from lab_seq2seq.captions.build import build

        self.vocabulary = restore(self.about.get("vocabulary") or {})
        self._compiled: dict[int, Any] = {}
        known = self.about.get("neighbours")
        size = (int(known[0]), int(known[1])) if known else None
        return {"captioner": build(self.config, len(self.vocabulary), len(self.about.get("attributes", ())), known=size)}

    def apply(self, items: Iterable[NDArray[np.uint8]], options: CaptionOptions) -> Iterator[Any]:  # type: ignore[override]
        """A text each, or with ``nbest`` above 1 a list of :class:`Scored`."""
        if options.regions and self.config.style != "soft-attention":
            raise UsageError(f"regions needs style=soft-attention; this model has {self.config.style}.")
        number = 0
        unwritten: LabError | None = None  # raised at the end: no caption is lost with its picture
        for part in in_batches(items, self.batch):
            for image, found in zip(part, self.captions(part, options), strict=True):
                number += 1
                if options.regions and unwritten is None:
                    try:
                        self._draw(options.regions, number, image, found[0])
                    except LabError as error:
                        unwritten = error
                if options.listing:
                    yield "\n".join(f"{place}) {one.text} (p={exp(one.score):f})" for place, one in enumerate(found))
                elif options.nbest > 1:
                    yield [Scored(one.text, one.score) for one in found[: options.nbest]]
                else:
                    yield found[0].text
        if unwritten is not None:
            raise unwritten

    def captions(self, images: list[NDArray[np.uint8]], options: CaptionOptions) -> list[list[Caption]]:
        """The captions of the beam for each image, best first."""
        source = self._source(np.stack([self._square(image) for image in images]))
        rows = self._search(options.beam)(source, options.longest + 1, options.length_penalty, options.beam)
        arrays = [tensor.numpy() for tensor in (rows.tokens, rows.lengths, rows.log_probabilities, rows.scores, rows.alignments)]
        found: list[list[Caption]] = []
        for tokens, lengths, logs, scores, alignments in zip(*arrays, strict=True):
            beams = [
                self._caption(tokens[place, : lengths[place]], float(logs[place]), alignments[place])
                for place in range(len(lengths))
                if place == 0 or scores[place] > -1e8
            ]
            found.append(beams)
        return found

    def _caption(self, tokens: NDArray[Any], log: float, alignment: NDArray[Any]) -> Caption:
        numbers = [int(token) for token in tokens if token != END]
        words = [self.vocabulary.token(number) for number in numbers]
        return Caption(self.vocabulary.decode(numbers), log, words, alignment[: len(words)])

    def _square(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Any image as uint8 [size, size, 3]: the middle square, scaled."""
        from PIL import Image

        colour = np.repeat(image, 3, 2) if image.shape[2] == 1 else image[:, :, :3]
        side = min(colour.shape[:2])
        top, left = (colour.shape[0] - side) // 2, (colour.shape[1] - side) // 2
        square = Image.fromarray(np.ascontiguousarray(colour[top : top + side, left : left + side]))
        return np.asarray(square.resize((self.config.size, self.config.size), Image.Resampling.BICUBIC))

    def _source(self, images: NDArray[np.uint8]) -> Any:
        if self.config.encoder == "frozen":
            from lab_seq2seq.captions.features import features

            return features(images, self.config.encoder_size)
        from lab_seq2seq.captions.data import resized

        return resized(images, self.config)

    def _search(self, beam: int) -> Any:
        import tensorflow as tf

        from lab_seq2seq.decoding.beam import beam_search

        def decode(source: Any, longest: Any, alpha: Any, wanted: Any) -> Any:
            network = self.networks["captioner"]
            memory = network.encode(source)
            repeated = tuple(tf.repeat(tensor, beam, axis=0) for tensor in memory)
            return beam_search(
                lambda state, tokens, place: network.step(repeated, state, tokens, place),
                network.start(memory, longest),
                memory[-1],
                beam=beam,
                longest=longest,
                start=START,
                end=END,
                forbidden=FORBIDDEN,
                alpha=alpha,
                wanted=wanted,
            )

        if beam not in self._compiled:
            self._compiled[beam] = tf.function(decode, reduce_retracing=True)
        function = self._compiled[beam]
        return lambda source, longest, alpha, wanted: function(
            tf.constant(source), tf.constant(longest), tf.constant(float(alpha)), tf.constant(wanted)
        )

    def _draw(self, path: str, number: int, image: NDArray[np.uint8], caption: Caption) -> None:
        from PIL import Image

        from lab_seq2seq.captions.regions import draw

        place = Path(path).expanduser()
        place = place if number == 1 else place.with_name(f"{place.stem}-{number}{place.suffix}")
        try:
            Image.fromarray(draw(self._square(image), caption.words, caption.alignment)).save(place)
        except (OSError, ValueError) as error:
            raise LabError(f"The picture {place} can't be written: {error}.", "Example: regions=words.png") from None
