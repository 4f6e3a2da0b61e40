"""The catalogue of tasks, and a task with its settings, the form that starts it, and its records."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lab_app.results.intervals import digits, interval
from lab_app.results.results import find_benchmark
from lab_app.sections import grouped
from lab_app.ui import forms
from lab_app.ui.children import Children
from lab_app.ui.library import Library
from lab_app.ui.rendering import path, render, value
from lab_core.config import Field, fields
from lab_core.errors import unknown
from lab_core.machine import devices
from lab_core.registry.registry import config_type
from lab_core.task import Task

_ADDRESS = re.compile(r"https?://[^\s,;)]+")


def index(request: Request) -> Response:
    """Every task by family, or those that a search finds."""
    library: Library = request.app.state.library
    query = request.query_params.get("q", "").strip()
    family = request.query_params.get("family", "")
    words = query.lower().split()
    best = {row.task: row for row in reversed(library.rows()) if row.score is not None}
    groups: dict[str, list[dict[str, Any]]] = {}
    families: dict[str, int] = {}
    for task in library.registry.tasks():
        families[task.family] = families.get(task.family, 0) + 1
        if family in ("", task.family) and all(word in _text(task) for word in words):
            groups.setdefault(task.family, []).append(_entry(library, task, best))
    return render(
        request, "tasks.html", section="tasks", groups=groups, families=families, q=query, family=family,
        found=sum(map(len, groups.values())), total=sum(families.values()),
    )  # fmt: skip


def _text(task: Task) -> str:
    return f"{task.id} {task.title} {task.method} {task.family} {task.benchmark or ''} {' '.join(task.tags)}".lower()


def _entry(library: Library, task: Task, best: Mapping[str, Any]) -> dict[str, Any]:
    benchmark = library.benchmark_of(task)
    return {
        "id": task.id,
        "title": task.title,
        "text": _text(task),
        "benchmark": benchmark.id if benchmark else "",
        "goal": f"{benchmark.score.name} {benchmark.score.goal()}" if benchmark else "",
        "trains": task.trainer is not None,
        "pretrained": task.pretrained is not None,
        "run": best.get(task.id),
    }


def page(request: Request) -> Response:
    """One task: what it is, its settings under every preset, what to start, what was recorded."""
    library: Library = request.app.state.library
    registry = library.registry
    task_id: str = request.path_params["task"]
    task = registry.task(task_id)
    preset = request.query_params.get("preset", "default")
    if preset not in task.presets:
        raise unknown(f"preset of {task.id}", preset, task.presets)
    benchmark = library.benchmark_of(task)
    form = {"task": task.id, "preset": preset}
    kind = _what(task, benchmark.needs if benchmark else "")
    return render(
        request,
        "task.html",
        section="tasks",
        task=task,
        plugin=registry.plugin_of(task.id),
        benchmark=benchmark,
        goal=benchmark.score.goal() if benchmark else "",
        random=benchmark.score.format(benchmark.score.random) if benchmark and benchmark.score.random is not None else "",
        groups={
            section: [_setting(field, task, preset) for field in settings]
            for section, settings in grouped(fields(config_type(task))).items()
        },
        preset=preset,
        kind=kind,
        line=forms.command_text(forms.command(form), request.app.state.shown_dir),
        place=forms.place_text(request.app.state.shown_dir),
        other=_other_command(task, kind),
        addresses=_ADDRESS.findall(task.source),
        cores=devices.resolve_threads(),
        runs=[row for row in library.rows() if row.task == task.id][:10],
        records=_records(library, task),
    )


def _what(task: Task, needs: str) -> str:
    """What a model of the task is for: to be watched, sampled or applied."""
    return {"act": "watch", "sample": "sample", "apply": "apply"}.get(needs, "apply" if task.trainer is None else "")


def _other_command(task: Task, kind: str) -> str:
    """The command that uses the model."""
    model = f"{task.id}@pretrained" if task.pretrained else task.id
    return {"watch": f"lab play {model}", "sample": f"lab sample {model}", "apply": f"lab apply {model} INPUT"}.get(kind, "")


def _setting(field: Field, task: Task, preset: str) -> dict[str, Any]:
    values = {name: value(task.preset(name).get(field.name, field.default)) for name in task.presets}
    return {"field": field, "value": values[preset], "values": values, "same": len(set(values.values())) == 1}


def _records(library: Library, task: Task) -> list[dict[str, Any]]:
    """The rows of the leaderboard that shipped runs of the task make."""
    files = library.records_of(task.id)
    found: list[dict[str, Any]] = []
    for benchmark_id in sorted({one.benchmark for file in files for run in file.runs for one in run.evaluations}):
        for table in library.tables(benchmark_id):
            benchmark = find_benchmark(benchmark_id, table.protocol, library.registry)
            shown = digits(benchmark.score)
            for entry in table.entries:
                if task.id in entry.tasks and entry.source == "shipped":
                    found.append(
                        {
                            "benchmark": benchmark_id,
                            "protocol": table.protocol,
                            "preset": entry.preset,
                            "runs": len(entry.runs),
                            "score": shown(entry.summary.mean),
                            "interval": interval(entry.summary, shown),
                            "seconds": entry.wall_seconds,
                        }
                    )
    return found


async def start(request: Request) -> Response:
    """Start the run that the form describes, in a process of its own."""
    library: Library = request.app.state.library
    children: Children = request.app.state.children
    form = forms.read(await request.body())
    if form.get("action") == "sweep":
        from lab_app.ui.pages.sweeps import begin

        return begin(request, form)
    spec = forms.job_of(form, library.registry, library.runs_dir, taken=lambda run_id: children.find("run", run_id) is not None)
    run_id = f"{spec.task}/{spec.name}"
    children.train(spec, run_id, display=bool(form.get("display")))
    library.forget()
    return RedirectResponse(f"/runs/{path(run_id)}", 303)
