"""What can be asked of a caption (lab apply --with KEY=VALUE)."""

from typing import Annotated

from lab_core.config import Config, about
from lab_core.errors import UsageError


class CaptionOptions(Config, frozen=True, kw_only=True):
    """How a captioner decodes."""

    beam: Annotated[int, about("Hypotheses of beam search; 1 is greedy", ge=1, le=64)] = 3
    nbest: Annotated[int, about("Captions of each image, best first, with their log-probabilities", ge=1, le=64)] = 1
    listing: Annotated[bool, about("All captions of the beam in one text, each as: 0) caption (p=0.040413)")] = False
    length_penalty: Annotated[float, about("alpha of the length penalty; 0: none", ge=0, le=5)] = 0.0
    longest: Annotated[int, about("Most words of a caption", unit="words", ge=1, le=100)] = 20
    regions: Annotated[
        str, about("Picture file: the image once for every word, with the attended region lit; image n in NAME-n.png")
    ] = ""

    def check(self) -> None:
        if self.nbest > self.beam:
            raise UsageError(f"nbest={self.nbest} needs a beam of at least {self.nbest}; beam is {self.beam}.")
