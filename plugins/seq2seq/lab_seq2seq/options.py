"""What can be asked of a translation (lab apply --with KEY=VALUE)."""

from typing import Annotated

from lab_core.config import Config, about
from lab_core.errors import UsageError


class DecodeOptions(Config, frozen=True, kw_only=True):
    """How a model decodes."""

    beam: Annotated[int, about("Hypotheses of beam search; 1 is greedy", ge=1, le=64)] = 5
    nbest: Annotated[int, about("Translations of each text, best first, with their scores; at most beam", ge=1, le=64)] = 1
    length_penalty: Annotated[float, about("alpha of the length penalty; 0: none", ge=0, le=5)] = 1.0
    coverage_penalty: Annotated[float, about("beta of the coverage penalty; 0: none", ge=0, le=5)] = 0.0
    temperature: Annotated[float, about("Sample at this temperature; 0 searches", ge=0, le=10)] = 0.0
    seed: Annotated[int, about("Seed of the samples", ge=0)] = 0
    longest: Annotated[int, about("Longer sources are cut, which is reported", unit="tokens", ge=4, le=2000)] = 200
    copy_unknown: Annotated[bool, about("Replace <unk> by the source's word with the largest attention")] = False
    attention: Annotated[str, about("Picture file for the alignment: of the first text, or of text n in NAME-n.png")] = ""

    def check(self) -> None:
        if self.nbest > self.beam and not self.temperature:
            raise UsageError(f"nbest={self.nbest} needs a beam of at least {self.nbest}; beam is {self.beam}.")
        if self.nbest > 1 and self.temperature:
            raise UsageError("Samples have no order: nbest belongs to beam search.", "Leave temperature=0.")
