"""Puts together what watches a run: progress, TensorBoard, the live display."""

from collections.abc import Callable, Iterable, Sequence

from lab_app.display.choice import On as DisplayOn
from lab_app.durations import duration, span
from lab_app.observers import plugins
from lab_app.observers.media import MediaFolder
from lab_app.observers.progress import ProgressBar
from lab_app.observers.tensorboard import TensorBoard, tensorboard_or_none
from lab_app.records.estimate import estimate_time
from lab_app.records.timing import recorded_learning
from lab_core.benchmark import Benchmark
from lab_core.extension import ObserverMaker
from lab_core.runs.run import Run
from lab_core.task import Task
from lab_core.training.memory import gigabytes
from lab_core.training.observing import Observer

_WORTH_SAYING = 20.0  # seconds


class Watchers:
    """Makes the observers of a job once its run folder exists.

    display      where to show the newest model at work; None: nowhere
    video_best   whether to film each new best model
    makers       observers that plugins bring or the user names
    """

    def __init__(
        self,
        *,
        display: DisplayOn | None = None,
        video_best: bool = False,
        quiet: bool,
        makers: Iterable[ObserverMaker] = (),
    ) -> None:
        self._display: DisplayOn | None = display
        self._video_best = video_best
        self._quiet = quiet
        self._makers = tuple(makers)
        self._run: Run | None = None
        self._board: TensorBoard | None = None
        self._say: Callable[[str], None] = lambda text: None

    def make(self, run: Run, task: Task, benchmark: Benchmark | None) -> Sequence[Observer]:
        """Progress first: the display may draw its picture above the bar."""
        record = run.record
        bar = ProgressBar(task.id, task.step_unit, score=benchmark.score if benchmark else None, quiet=self._quiet)
        if not self._quiet:
            memory = f"memory {gigabytes(record.memory_bytes)}  " if record.memory_bytes else ""
            bar.message(
                f"{task.id} ({record.preset})  seed {record.seed}  {record.device}  {record.precision}  "
                f"{record.threads} thread{'' if record.threads == 1 else 's'}  {memory}{run.folder}"
            )
            if expected := _expectation(run, task, benchmark):
                bar.message(expected)
        self._run = run
        self._say = bar.message
        watching: list[Observer] = [bar, MediaFolder(run.folder / "media", report=bar.message)]
        board = self._board = tensorboard_or_none(run)
        if board is not None:
            watching.append(board)
        watching += plugins.make(self._makers, run, task, benchmark, report=bar.message)
        if self._video_best:
            from lab_app.observers.film import make_films

            films = make_films(benchmark, run.folder / "media", seed=record.seed, report=bar.message, board=board)
            if films is not None:
                watching.insert(1, films)  # before TensorBoard, which must still be open when the last film is done
        if self._display is not None:
            from lab_app.observers.display import make_display

            display = make_display(self._display, benchmark, run, bar)
            if display is not None:
                watching.append(display)
        return watching

    def finish(self) -> None:
        """Once all is recorded: the final score for TensorBoard, and ``report.html``. Errors are reported, nothing is raised."""
        run = self._run
        if run is None or not run.folder.is_dir():
            return
        try:
            if self._board is not None:
                self._board.score_of(run)
        except Exception as error:  # as for the page
            self._say(f"TensorBoard has no final score of {run.record.id}: {error}")
        try:
            from lab_app.results.report import write_report

            write_report(run)
        except Exception as error:  # a page is never worth a training
            self._say(f"{run.folder / 'report.html'} was not written: {error}")


def _expectation(run: Run, task: Task, benchmark: Benchmark | None) -> str:
    """How long a new training takes, and when it starts to show learning; empty where that isn't known, or is seconds."""
    record = run.record
    if record.step:
        return ""
    found = estimate_time(
        task,
        record.preset,
        record.budget_steps,
        runs_dir=run.runs_dir,
        device=record.device,
        precision=record.precision,
        threads=record.threads,
    )
    if found is None or found.high < _WORTH_SAYING:
        return ""
    found = found.limited(record.budget_seconds)
    text = f"takes {span(found.low, found.high)} ({found.source})"
    if benchmark is None or record.changed:
        return text
    learning = recorded_learning(task, record.preset, benchmark.score, device=record.device)
    return text if learning is None or learning < _WORTH_SAYING else f"{text}; learning shows after about {duration(learning)}"
