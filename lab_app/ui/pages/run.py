"""The page of one run: how far it is, its curves, pictures, scores and settings; stop, resume, watch."""

import shlex
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from lab_app.observers.media import media_files
from lab_app.results.intervals import interval, legend, plural
from lab_app.results.report.gallery import spread
from lab_app.results.results import find_benchmark, run_score, summary_of
from lab_app.ui import forms, relay
from lab_app.ui.children import Children
from lab_app.ui.library import Library
from lab_app.ui.pages.runs import progress
from lab_app.ui.rendering import figure, path, render
from lab_core.errors import LabError, UsageError
from lab_core.files import read_file
from lab_core.registry.registry import Registry
from lab_core.runs.run import PERSON, UNDER_WAY, Run
from lab_core.training.spec import JobSpec

_CURVES = 24
_TEXT = 20_000  # letters of a text that are shown
_LOG = 4_000  # letters of a log


def page(request: Request) -> Response:
    """The whole page; with ``part=live`` what changes while the run trains."""
    library: Library = request.app.state.library
    children: Children = request.app.state.children
    run_id: str = request.path_params["run"]
    child = children.find("run", run_id)
    part = request.query_params.get("part") == "live"
    try:
        found = library.run(run_id)
    except LabError:
        if child is None:
            raise
        return render(
            request,
            "part_starting.html" if part else "starting.html",
            section="runs",
            id=run_id,
            running=child.running,
            log=child.text()[-_LOG:],
        )
    mine = child is not None and child.running
    state = found.state
    if mine and state == "killed":  # its folder is there an instant before its process holds it
        state = "created"
    live = progress(library, run_id, child, curves=_CURVES)
    shown: dict[str, Any] = {
        "id": run_id,
        "state": state,
        "live": live,
        "galleries": _galleries(found),
        "under": state in UNDER_WAY or mine or found.locked_by() is not None,
    }
    if part:
        return render(request, "part_run.html", **shown)
    registry = library.registry
    known = registry.has_task(found.record.task)
    return render(
        request,
        "run.html",
        section="runs",
        **shown,
        record=found.record,
        title=(found.record.benchmark or {}).get("title") or found.record.task,
        known=known,
        tables=_scores(found, registry),
        facts=_facts(found),
        can_resume=known and not shown["under"] and _can_resume(found, state),
        can_try=_ability(found),
        failed=child.text()[-_LOG:] if child is not None and not child.running and state == "failed" else "",
        resume_command=forms.command_text(["lab", "resume", run_id], request.app.state.shown_dir),
    )


def _can_resume(found: Run, state: str) -> bool:
    """Whether there is something to go on with."""
    return found.record.task != PERSON and (state == "unscored" or bool(found.checkpoints.steps()))


def _ability(found: Run) -> str:
    """What the page offers to do with the model: "watch", "try", or nothing without one."""
    if not any((found.model_folder(which) / "model.json").is_file() for which in ("best", "last")):
        return ""
    return "watch" if (found.record.benchmark or {}).get("needs") == "act" else "try"


def _galleries(found: Run) -> list[dict[str, Any]]:
    """What the run produced, one entry a name: its steps with their files, or the newest text."""
    galleries: list[dict[str, Any]] = []
    for name, files in groupby(media_files(found.folder / "media"), key=lambda file: file.name):
        every = list(files)
        pictures = spread([file for file in every if file.path.suffix == ".png"])
        texts = spread([file for file in every if file.path.suffix == ".txt"])
        if pictures:
            galleries.append(
                {"name": name, "items": [{"step": file.step, "file": file.path.name} for file in pictures], "text": ""}
            )
        elif texts:
            text = read_file(texts[-1].path).decode("utf-8", "replace")[:_TEXT]
            galleries.append({"name": name, "items": [{"step": texts[-1].step, "file": texts[-1].path.name}], "text": text})
    films = sorted((found.folder / "media").glob("best-*.mp4"))
    if films:
        galleries.append({"name": films[-1].name, "items": [], "text": "", "film": films[-1].name})
    return galleries


def _scores(found: Run, registry: Registry) -> list[dict[str, Any]]:
    """A table for each benchmark and protocol, as in the run's report."""

    def place(saved: Any) -> tuple[str, str]:
        return saved.evaluation.benchmark, saved.evaluation.protocol

    tables: list[dict[str, Any]] = []
    for (benchmark, protocol), group in groupby(sorted(found.saved_evaluations(), key=place), key=place):
        rows = list(group)
        known = find_benchmark(benchmark, protocol, registry)
        summaries = [summary_of([run_score(row.evaluation)], known) for row in rows]
        unit = rows[0].evaluation.unit
        tables.append(
            {
                "benchmark": benchmark,
                "protocol": protocol,
                "score": known.score.name,
                "unit": plural(unit),
                "rows": [
                    {
                        "model": row.model,
                        "step": row.step,
                        "count": len(row.evaluation.scores),
                        "score": figure(row.evaluation.value),
                        "interval": interval(summary, figure),
                    }
                    for row, summary in zip(rows, summaries, strict=True)
                ],
                "legend": legend((one, unit) for one in summaries),
            }
        )
    return tables


def _facts(found: Run) -> dict[str, Any]:
    record = found.record
    facts: dict[str, Any] = {"folder": found.folder, "plugin": f"{record.plugin} {record.plugin_version}"}
    facts |= {"device": record.device, "precision": record.precision, "threads": record.threads}
    if record.best_score is not None:
        facts["selected"] = f"step {record.best_step or 0:,}, selection score {figure(record.best_score)}"
    if record.command:
        facts["command"] = shlex.join(record.command)
    return {**facts, **record.machine, **record.versions}


def log(request: Request) -> Response:
    """What the run's process has printed, where this server started it."""
    child = request.app.state.children.find("run", request.path_params["run"])
    return PlainTextResponse(child.text() if child is not None else "This server did not start it.\n")


def stop(request: Request) -> Response:
    """Let the run save itself and end, as Ctrl-C does; only one that this server started."""
    run_id: str = request.path_params["run"]
    child = request.app.state.children.find("run", run_id)
    if child is None or not child.running:
        raise UsageError(f"This server did not start {run_id}, or it has ended.", "Press Ctrl-C where it was started.")
    child.stop()
    return RedirectResponse(f"/runs/{path(run_id)}", 303)


async def resume(request: Request) -> Response:
    """Go on with the run from its newest checkpoint."""
    library: Library = request.app.state.library
    found = library.run(request.path_params["run"])
    form = forms.read(await request.body())
    children: Children = request.app.state.children
    words = ["lab", "resume", found.record.id, *(["--steps", form["steps"]] if form.get("steps", "").strip() else [])]
    spec = JobSpec(
        task=found.record.task,
        resume=str(found.folder),
        runs_dir=str(library.runs_dir),
        steps=forms.whole(form, "steps", 1, 2**53),
        command=tuple(words),
    )
    run_id: str = request.path_params["run"]
    children.train(spec, run_id, display=bool(form.get("display")))
    library.forget()
    return RedirectResponse(f"/runs/{path(run_id)}", 303)


async def pictures(request: Request) -> Response:
    """The live display of a run that this server started."""
    child = request.app.state.children.find("run", request.path_params["run"])
    return await relay.stream(child) if child is not None else Response(status_code=204)
