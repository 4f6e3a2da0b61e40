"""The translator that training leaves: text in, text out, in batches of similar length, in the order of the input."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from lab_tensorflow.network_model import NetworkModel
from numpy.typing import NDArray

from lab_core.errors import LabError, UsageError
from lab_core.model import Apply, Kind, Scored
from lab_seq2seq.config import RecurrentConfig, TransformerConfig
from lab_seq2seq.options import DecodeOptions
from lab_seq2seq.text.encoded import Vocabularies, pad
from lab_seq2seq.text.vocabulary import END, PAD, START, UNKNOWN

WINDOW = 1024  # texts that are sorted by length before they are cut into batches
FORBIDDEN = (PAD, START)


class Translation(NamedTuple):
    """One translation with what led to it.

    text           running text
    score          of beam search (log-probability with its penalties), or the log-probability of a sample
    pieces         the target's tokens as they are shown, the end as </s>
    source_pieces  the source's tokens
    alignment      float32 [pieces, source_pieces]
    """

    text: str
    score: float
    pieces: list[str]
    source_pieces: list[str]
    alignment: NDArray[np.float32]


class TranslationModel(NetworkModel, Apply):
    """Translates with one network, in one direction."""

    consumes = Kind.TEXT
    produces = Kind.TEXT
    options: ClassVar[type[DecodeOptions]] = DecodeOptions
    batch: ClassVar[int] = 32

    def make_networks(self) -> Mapping[str, Any]:
        from lab_seq2seq.networks.build import build

        self.vocabularies = Vocabularies.restored(self.about.get("vocabularies"))
        return {"translator": build(self.config, len(self.vocabularies.source), len(self.vocabularies.target))}

    def apply(self, items: Iterable[str], options: DecodeOptions) -> Iterator[Any]:  # type: ignore[override]
        """A text each, or with ``nbest`` above 1 a list of :class:`Scored`."""
        if (options.attention or options.copy_unknown) and getattr(self.config, "attention", "") == "none":
            raise UsageError("This model has no attention, which attention and copy_unknown need.")
        unwritten: LabError | None = None  # raised at the end: no translation is lost with its picture
        for number, found in enumerate(self.translate(items, options)):
            if options.attention and unwritten is None:
                try:
                    self._draw(options.attention, number, found[0])
                except LabError as error:
                    unwritten = error
            if options.nbest > 1:
                yield [Scored(one.text, one.score) for one in found]
            else:
                yield found[0].text
        if unwritten is not None:
            raise unwritten

    def translate(self, items: Iterable[str], options: DecodeOptions) -> Iterator[list[Translation]]:
        """The ``nbest`` translations of each text, best first; an empty text gives an empty one."""
        rest = iter(items)
        first = True
        while window := list(islice(rest, self.batch if first else WINDOW)):  # the first results come soon
            yield from self._window(window, options)
            first = False

    def _window(self, texts: Sequence[str], options: DecodeOptions) -> Iterator[list[Translation]]:
        encoded = [self._encode(text, options) for text in texts]
        order = sorted(range(len(texts)), key=lambda place: len(encoded[place]))
        found: dict[int, list[Translation]] = {}
        for begin in range(0, len(order), self.batch):
            part = order[begin : begin + self.batch]
            for place, result in zip(part, self._decode([encoded[place] for place in part], options), strict=True):
                found[place] = self._finish(texts[place], encoded[place], result, options)
        yield from (found[place] for place in range(len(texts)))

    def _encode(self, text: str, options: DecodeOptions) -> list[int]:
        numbers = self.vocabularies.source.encode(text)
        if len(numbers) >= options.longest:
            print(f"A text of {len(numbers)} tokens is cut to {options.longest - 1}: {text[:40]!r}...", file=sys.stderr)
            numbers = numbers[: options.longest - 1]
        return [*numbers, END]

    def _decode(self, rows: list[list[int]], options: DecodeOptions) -> Iterator[tuple[Any, ...]]:
        """For each row: tokens [beam, longest], lengths, scores and alignments of its hypotheses."""
        import tensorflow as tf

        source = pad(rows, multiple=4)
        longest = max(int(self.about["longest_target"]) + 5, source.shape[1] * 3 // 2)
        filled = np.concatenate([source, np.repeat(source[:1], -len(rows) % 4, 0)])  # few sizes of a batch
        if options.temperature:
            seed = tf.constant([options.seed, int(np.abs(source.astype(np.int64)).sum())], tf.int64)
            decoded = self._sample(filled, longest, options.temperature, seed)
        else:
            settings = (longest, options.length_penalty, options.coverage_penalty, options.nbest)
            decoded = self._beam(options.beam)(filled, *settings)
        arrays = [tensor.numpy() for tensor in (decoded.tokens, decoded.lengths, decoded.scores, decoded.alignments)]
        for row in range(len(rows)):
            yield tuple(array[row] for array in arrays)

    def _finish(self, text: str, source: list[int], result: tuple[Any, ...], options: DecodeOptions) -> list[Translation]:
        target = self.vocabularies.target
        source_pieces = [*self.vocabularies.source.pieces(text)[: len(source) - 1], "</s>"]
        found: list[Translation] = []
        for tokens, length, score, alignment in zip(*result, strict=True):
            if found and (len(found) == options.nbest or score < -1e8):
                break
            numbers = [int(number) for number in tokens[:length]]
            alignment = alignment[:length, : len(source)]
            pieces = [target.token(number) for number in numbers]
            if options.copy_unknown and UNKNOWN in numbers:
                written = _copied(target.kind, pieces, source_pieces[:-1], alignment)
            else:
                written = target.decode(numbers)
            found.append(Translation(written if source[:-1] else "", float(score), pieces, source_pieces, alignment))
        return found

    def _draw(self, path: str, number: int, translation: Translation) -> None:
        from PIL import Image

        from lab_seq2seq.attention_picture import draw

        place = Path(path).expanduser()
        if number:
            place = place.with_name(f"{place.stem}-{number + 1}{place.suffix}")
        try:
            Image.fromarray(draw(translation.source_pieces, translation.pieces, translation.alignment)).save(place)
        except (OSError, ValueError) as error:
            raise LabError(f"The picture {place} can't be written: {error}.", "Example: attention=alignment.png") from None

    # --- compiled decoding

    @cached_property
    def _beams(self) -> dict[int, Any]:
        return {}

    def _beam(self, beam: int) -> Any:
        """The compiled search with ``beam`` hypotheses, traced once for all sizes."""
        import tensorflow as tf

        from lab_seq2seq.decoding.beam import beam_search
        from lab_seq2seq.networks.translator import as_mask

        def decode(source: Any, longest: Any, alpha: Any, beta: Any, wanted: Any) -> Any:
            network = self.networks["translator"]
            memory = network.encode(source, as_mask(source))
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
                beta=beta,
                wanted=wanted,
            )

        if beam not in self._beams:
            number, real = tf.TensorSpec((), tf.int32), tf.TensorSpec((), tf.float32)
            signature = [tf.TensorSpec((None, None), tf.int32), number, real, real, number]
            self._beams[beam] = tf.function(decode, input_signature=signature)
        return self._beams[beam]

    @cached_property
    def _sample(self) -> Any:
        import tensorflow as tf

        from lab_seq2seq.decoding.sampling import sample
        from lab_seq2seq.networks.translator import as_mask

        def decode(source: Any, longest: Any, temperature: Any, seed: Any) -> Any:
            network = self.networks["translator"]
            memory = network.encode(source, as_mask(source))
            return sample(
                lambda state, tokens, place: network.step(memory, state, tokens, place),
                network.start(memory, longest),
                memory[-1],
                longest=longest,
                start=START,
                end=END,
                forbidden=FORBIDDEN,
                temperature=temperature,
                seed=seed,
            )

        signature = [
            tf.TensorSpec((None, None), tf.int32),
            tf.TensorSpec((), tf.int32),
            tf.TensorSpec((), tf.float32),
            tf.TensorSpec((2,), tf.int64),
        ]
        return tf.function(decode, input_signature=signature)


def _copied(kind: str, pieces: list[str], source: Sequence[str], alignment: NDArray[Any]) -> str:
    """The text of ``pieces``, each <unk> replaced (in place) by the token of ``source`` with the largest weight."""
    for place, piece in enumerate(pieces):
        if piece == "<unk>" and source:
            pieces[place] = source[int(alignment[place, : len(source)].argmax())]
    text = (" " if kind == "words" else "").join(piece for piece in pieces if piece != "</s>")
    return text.replace("▁", " ").strip() if kind == "pieces" else text


class RecurrentModel(TranslationModel):
    """Recurrent network."""

    config_type = RecurrentConfig


class TransformerModel(TranslationModel):
    """Transformer."""

    config_type = TransformerConfig


MODELS = {RecurrentConfig: RecurrentModel, TransformerConfig: TransformerModel}
