"""How long recorded runs took, and when they started to show learning. Light: ``lab info`` imports it."""

from itertools import pairwise

import msgspec

from lab_app.records.brief import BriefRun, Points, brief_runs
from lab_core.score import Score
from lab_core.task import Task

WARM_UP = 0.1  # share of a run whose pace is taken as it was: compilation, first random actions
_PARTS = 4  # of the rest; the fastest and the slowest of them are the bounds of an estimate
_SHOWN = 0.05  # learning shows at this share of the way from a random score to the run's best


class Pace(msgspec.Struct, frozen=True):
    """How fast a run went: its start, then the slowest, the mean and the fastest steps a second."""

    start_step: int
    start_seconds: float
    slowest: float
    mean: float
    fastest: float

    def seconds(self, steps: int, rate: float) -> float:
        """Time of ``steps`` that go at ``rate`` after the start."""
        if steps <= self.start_step:
            return self.start_seconds * steps / self.start_step
        return self.start_seconds + (steps - self.start_step) / rate


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """How long a training should take: ``seconds``, and between ``low`` and ``high``.

    rate      steps a second after the start of the training
    source    whose run it comes from
    """

    seconds: float
    low: float
    high: float
    rate: float
    source: str

    def limited(self, seconds: float | None) -> "Estimate":
        """With no bound above a time limit."""
        if seconds is None:
            return self
        found = {name: min(seconds, getattr(self, name)) for name in ("seconds", "low", "high")}
        return msgspec.structs.replace(self, **found)


def recorded_time(task: Task, preset: str, steps: int) -> Estimate | None:
    """How long a preset took where its plugin recorded it, on a processor; None where no record knows."""
    found = recorded_pace(task, preset, device="cpu", precision=task.precisions[0], threads=2, as_it_is=True)
    return None if found is None else estimate_from(*found, steps)


def learning_seconds(run: BriefRun, score: Score) -> float | None:
    """When a recorded run left the score of a random model by a twentieth of the way to its best; None where it isn't known.

    By the scores of training episodes where there are some, else by those of the selections.
    """
    random = score.random
    if random is None:
        return None
    column = run.curve.scalars.get("score")
    values = run.selection if column is None else dict(zip(run.curve.step, column, strict=True))
    clock = run.selection_seconds if column is None else dict(zip(run.curve.step, run.curve.wall_seconds, strict=True))
    sign = 1 if score.higher_is_better else -1
    gains = [
        (clock[step], sign * (value - random)) for step, value in sorted(values.items()) if value is not None and step in clock
    ]
    most = max((gain for _, gain in gains), default=0.0)
    return next((seconds for seconds, gain in gains if most > 0 and gain >= _SHOWN * most), None)


def recorded_learning(task: Task, preset: str, score: Score, *, device: str) -> float | None:
    """:func:`learning_seconds` of the recorded run of a preset; the median of several."""
    runs = [
        run for run in brief_runs(task) if run.preset == preset and kind_of(run.device) == kind_of(device) and not run.changed
    ]
    found = sorted(seconds for run in runs if (seconds := learning_seconds(run, score)) is not None)
    return found[len(found) // 2] if found else None


def pace(points: Points) -> Pace | None:
    """The pace of a run; None where its points don't show one."""
    kept = [(step, seconds) for step, seconds in points if step > 0 and seconds > 0]
    if not kept:
        return None
    last = kept[-1][0]
    first = next(number for number, (step, _) in enumerate(kept) if step >= WARM_UP * last)
    rest = kept[first:]
    whole = _rate(rest[0], rest[-1]) or kept[-1][0] / kept[-1][1]
    count = min(_PARTS, (len(rest) - 1) // 2)
    ends = [rest[(len(rest) - 1) * part // count] for part in range(count + 1)] if count else []
    rates = [rate for one, other in pairwise(ends) if (rate := _rate(one, other))] or [whole]
    return Pace(*rest[0], slowest=min(rates), mean=whole, fastest=max(rates))


def _rate(one: tuple[int, float], other: tuple[int, float]) -> float | None:
    steps, seconds = other[0] - one[0], other[1] - one[1]
    return steps / seconds if steps > 0 and seconds > 0 else None


def estimate_from(found: Pace, source: str, steps: int) -> Estimate:
    return Estimate(
        seconds=found.seconds(steps, found.mean),
        low=found.seconds(steps, found.fastest),
        high=found.seconds(steps, found.slowest),
        rate=found.mean,
        source=source,
    )


def recorded_pace(
    task: Task, preset: str, *, device: str, precision: str, threads: int, as_it_is: bool = False
) -> tuple[Pace, str] | None:
    """The pace of those recorded runs of a preset that are most alike, and their source.

    ``as_it_is``: only runs without changed settings count.
    """
    runs = [run for run in brief_runs(task) if run.preset == preset and run.step and run.wall_seconds > 0]
    runs = [run for run in runs if kind_of(run.device) == kind_of(device) and not (as_it_is and run.changed)]
    if not runs:
        return None

    def like(run: BriefRun) -> tuple[bool, bool, int]:
        return (not run.changed, run.precision == precision, -abs(run.threads - threads))

    closest = max(map(like, runs))
    alike = [run for run in runs if like(run) == closest]
    paces = [found for run in alike if (found := pace(run.points)) is not None]
    if not paces:
        return None
    slowest, fastest = min(one.slowest for one in paces), max(one.fastest for one in paces)
    first = msgspec.structs.replace(paces[0], slowest=slowest, fastest=fastest)
    used = f"{alike[0].threads} thread{'' if alike[0].threads == 1 else 's'}"
    source = f"recorded with {used} of {alike[0].machine.get('processor', 'another machine')}"
    return first, source


def kind_of(device: str) -> str:
    """``cpu`` or ``gpu``, with their number where there are several: only runs of one kind say how long another takes."""
    return device.partition(":")[0] + (f" x{device.count(',') + 1}" if "," in device else "")
