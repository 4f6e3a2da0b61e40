"""What is measured on a benchmark, in which unit, and which values mean something."""

import msgspec


class Score(msgspec.Struct, frozen=True, kw_only=False):
    """The quantity that a benchmark reports.

    ``random`` and ``reference`` are the two anchors of the normalised scale (0 and 1); a benchmark without both
    is in no aggregate. ``good`` is the value from which the problem counts as solved, where the field has one.
    """

    name: str
    unit: str = ""
    higher_is_better: bool = True
    random: float | None = None
    reference: float | None = None
    reference_name: str = ""
    good: float | None = None
    digits: int = 1

    def normalise(self, value: float) -> float | None:
        """``(value - random) / (reference - random)``, or None without both anchors."""
        if self.random is None or self.reference is None or self.random == self.reference:
            return None
        return (value - self.random) / (self.reference - self.random)

    def better(self, a: float, b: float) -> bool:
        """Whether ``a`` is strictly better than ``b``."""
        return a > b if self.higher_is_better else a < b

    def format(self, value: float) -> str:
        return f"{value:,.{self.digits}f}" + (f" {self.unit}" if self.unit else "")

    def goal(self) -> str:
        """What a good score is, in a few words."""
        sign = ">=" if self.higher_is_better else "<="
        if self.good is not None:
            return f"{sign} {self.format(self.good)} (solved)"
        if self.reference is not None:
            return f"{sign} {self.format(self.reference)} ({self.reference_name or 'reference'})"
        return "higher is better" if self.higher_is_better else "lower is better"
