"""One ``lab apply``, from arguments to results: sources, model, writer, failures, the summary."""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab_app.applying import places, sources
from lab_app.applying.engine import PATIENCE, Answer, answers
from lab_app.applying.meter import Meter, plural
from lab_app.applying.source import Failure, Input, Source
from lab_app.applying.targets import Targets
from lab_app.applying.writers import Places, Writer, record
from lab_core.config import Config, changed, to_dict
from lab_core.errors import LabError, UsageError
from lab_core.model import Kind, Model

_UNIT = {Kind.VECTORS: "vector", Kind.LABELS: "item", Kind.BOXES: "item"}


@dataclass
class Request:
    """What is asked for. ``label`` and ``task`` name the model; ``about`` goes into results.json and ``--json``."""

    model: Any
    options: Config
    label: str
    task: str
    plugin: str = ""
    about: dict[str, Any] = field(default_factory=dict[str, Any])
    inputs: Sequence[str] = ()
    out: str | None = None
    target: Path | None = None
    watch: Path | None = None
    whole: bool = False
    form: str = "png"
    fps: float = 25.0
    overwrite: bool = False
    distances: bool = False
    patience: int = PATIENCE
    json: bool = False
    quiet: bool = False


@dataclass
class Done:
    """What came of it: how many, which failed, which files were written, the document for ``--json``."""

    count: int
    failures: list[Failure]
    files: list[Path]
    document: dict[str, Any]


Batches = Iterable[Iterable[Source | Failure]]


def apply(request: Request, *, say: Callable[[str], None]) -> Done:
    """Apply a model to all inputs, write the results, name the failures. Raises UsageError for inputs that don't fit."""
    model = request.model
    consumes, produces = Kind(model.consumes), model.result_kind(request.options)
    batches, files = _batches(request, consumes)
    inputs = [one.path for one in files]
    if request.watch is not None and request.out is None:
        raise UsageError("--watch needs a place for results.", "Name a folder: --out DIR/")
    out = request.out
    if out is None:
        named = [(one.name, one.path.suffix.lower() in sources.FILMS) for one in files]
        out = places.default_out(produces, request.task, named or ([("stdin", False)] if not request.watch else None))
    _check_folders(out, request)
    about: dict[str, Any] = {
        "model": request.label,
        "task": request.task,
        **request.about,
        "options": to_dict(request.options),
        "changed": changed(request.options, {}),
        "failed": [],
    }
    meter = Meter(
        _UNIT.get(consumes, str(consumes)), len(files) or None, quiet=request.quiet or (out is None and not request.json)
    )
    about["failed"] = meter.failures
    overwrite = request.overwrite or request.watch is not None
    free = Places(inputs, overwrite=overwrite)
    if request.distances:
        from lab_app.applying.distance_matrix import DistanceMatrix

        writer: Writer | None = DistanceMatrix(produces, out, free)
    else:
        writer = None
        if out is not None or not request.json:
            writer = places.make_writer(out, produces, free, about, form=request.form, fps=request.fps, overwrite=overwrite)
    targets = Targets(request.target, produces, whole=request.whole) if request.target is not None else None
    records: list[dict[str, Any]] = []
    try:
        _run(request, batches, writer, targets, meter, records if request.json else None)
    except KeyboardInterrupt:
        if request.watch is None:  # else it is how watching ends
            raise
    finally:
        meter.end()
        if writer is not None:
            writer.close()
    written = writer.files if writer is not None else []
    if not request.quiet:
        where = f"  -> {out}" if out is not None and written else ""
        say(f"applied    {meter.summary()}{where}")
    if len(meter.failures) > 1:
        say(f"failed     {len(meter.failures)} of {meter.done + len(meter.failures)}; each is named above")
    document = {**about, "failed": [{"name": one.name, "reason": one.reason} for one in meter.failures], "items": records,
                "seconds": meter.seconds, "files": [str(path) for path in written]}  # fmt: skip
    return Done(meter.done, meter.failures, written, document)


def _run(
    request: Request, batches: Batches, writer: Writer | None, targets: Targets | None, meter: Meter, records: list[Any] | None
) -> None:
    noted = request.quiet
    for batch in batches:
        for source, answer in _answers(request, batch, meter):
            if source.profile and not noted:
                noted = True
                meter.say(f"note       {source.called} has a colour profile (ICC); profiles are not applied")
            target = targets.of(source, meter.done + len(meter.failures)) if targets is not None else None
            try:
                files = writer.add(source, answer, target) if writer is not None else []
                if records is not None:
                    records.append({**record(source, answer), **({"files": [str(path) for path in files]} if files else {})})
            except UsageError:
                raise
            except LabError as error:
                meter.failed(Failure(source.called, str(error)))
            else:
                meter.add()
                if request.watch is not None and not request.quiet and files:
                    meter.say(f"{source.called} -> {', '.join(map(str, files))}")


def _answers(request: Request, batch: Iterable[Source | Failure], meter: Meter) -> Iterator[tuple[Source, Answer]]:
    """The answers of a batch; an empty line is answered by an empty line where texts become texts."""
    model: Model = request.model
    if request.model.result_kind(request.options) != Kind.TEXT or request.model.consumes != Kind.TEXT:
        yield from answers(model, batch, request.options, plugin=request.plugin, failed=meter.failed, patience=request.patience)
        return
    order: deque[Source] = deque()

    def filled() -> Iterator[Source | Failure]:
        for source in batch:
            if isinstance(source, Source):
                order.append(source)
            if isinstance(source, Failure) or source.item.strip():
                yield source

    blank = Answer("", Kind.TEXT, "an empty text")
    for source, answer in answers(model, filled(), request.options, plugin=request.plugin, failed=meter.failed):
        while (first := order.popleft()) is not source:
            if not first.item.strip():  # else it failed
                yield first, blank
        yield source, answer
    for source in order:
        if not source.item.strip():
            yield source, blank


def _batches(request: Request, kind: Kind) -> tuple[Batches, list[Input]]:
    """The sources of a request in batches, each a stream of its own through the model; the files among them."""
    outside = Path(request.out) if request.out is not None and places.is_folder(request.out) else None
    given = list(request.inputs)
    if request.watch is not None:
        from lab_app.applying.watching import arriving

        if given:
            raise UsageError("--watch takes its inputs from a folder.", "Leave out the others.")
        return arriving(request.watch, kind, whole=request.whole, outside=outside), []
    if not given:
        if sys.stdin.isatty():
            if kind != Kind.TEXT:
                raise UsageError(f"{request.label} takes items of the kind {kind}; none is given.", "Name files or folders.")
            from lab_app.applying.prompt import prompt

            return prompt(request.label), []
        given = ["-"]
    if "-" in given:
        if len(given) > 1:
            raise UsageError("- (standard input) goes with no other input.")
        if kind == Kind.TEXT and not request.whole:
            return sources.lines_as_they_come(sys.stdin.fileno()), []
        if kind not in (Kind.TEXT, Kind.IMAGE, Kind.SERIES):
            raise UsageError(f"Items of the kind {kind} can't be read from standard input.", "Name a file.")
        return [sources.standard_input(kind)], []
    if kind == Kind.TEXT:
        stream, files = sources.texts(given, whole=request.whole, outside=outside)
        return [stream], files
    files = sources.find(given, kind, outside=outside)
    return [sources.read(files, kind)], files


def _check_folders(out: str | None, request: Request) -> None:
    """Raise UsageError where results would go among the inputs."""
    if out is None or not places.is_folder(out):
        return
    folder = Path(out).resolve()
    for one in (*request.inputs, *([str(request.watch)] if request.watch else [])):
        if one != "-" and Path(one).is_dir() and Path(one).resolve() == folder:
            raise UsageError(f"{one} holds the inputs; results would go among them.", "Choose another folder with --out.")


def counted(done: Done, unit: str) -> str:
    """``3 images``."""
    return f"{done.count:,} {unit if done.count == 1 else plural(unit)}"
