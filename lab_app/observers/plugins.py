"""Observers that plugins bring (hook ``lab_observers``) and that a user names (``--observer module:function``)."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from lab_core.benchmark import Benchmark
from lab_core.errors import LabError, UsageError
from lab_core.extension import ObserverMaker
from lab_core.imports import allow, load_object
from lab_core.runs.run import Run
from lab_core.task import Task
from lab_core.training.observing import Observer


def named(texts: Iterable[str]) -> list[ObserverMaker]:
    """The makers that a user typed as ``module:function``; raises UsageError for another form, LabError where there is none."""
    found: list[ObserverMaker] = []
    for text in texts:
        module, colon, function = text.partition(":")
        if not colon or not function.isidentifier():
            raise UsageError(f"--observer {text!r}: 'module:function' is expected.", "Example: --observer my_module:make")
        allow(module)
        load_object(text, what="--observer")
        found.append(ObserverMaker(id=text, maker=text))
    return found


def make(
    makers: Iterable[ObserverMaker], run: Run, task: Task, benchmark: Benchmark | None, *, report: Callable[[str], None]
) -> Sequence[Observer]:
    """An observer of each maker that wants to watch this run; one that fails is reported in a line, and training goes on."""
    return list(_made(makers, run, task, benchmark, report))


def _made(
    makers: Iterable[ObserverMaker], run: Run, task: Task, benchmark: Benchmark | None, report: Callable[[str], None]
) -> Iterator[Observer]:
    for maker in makers:
        try:
            observer = load_object(maker.maker, what=f"Observer {maker.id}")(run, task, benchmark)
        except Exception as error:  # an observer is never worth a training
            what = error.message if isinstance(error, LabError) else f"{type(error).__name__}: {error}"
            report(f"observer {maker.id} was left out: {' '.join(what.split())}")
            continue
        if isinstance(observer, Observer):
            yield observer
        elif observer is not None:
            report(f"observer {maker.id} was left out: it made a {type(observer).__name__}, not an Observer")
