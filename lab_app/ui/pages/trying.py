"""Models in the browser: draw, type or drop an input and see the result; sample; watch an agent at work."""

import base64
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lab_app.ui import relay
from lab_app.ui.children import Children
from lab_app.ui.library import Library
from lab_app.ui.rendering import path, render
from lab_app.ui.worker import MOST_SAMPLES, Output, Question, Reply
from lab_core.errors import UsageError
from lab_core.task import Task

_LISTED = 60


def task_of(library: Library, model: str) -> Task:
    """The task of TASK, TASK@pretrained or a run's id; nothing else is opened for a page."""
    name = model.removesuffix("@pretrained")
    if library.registry.has_task(name):
        return library.registry.task(name)
    record = library.run(model).record
    return library.registry.stored_task(record.task, record.plugin, f"Run {model}")


def place_of(library: Library, model: str) -> str:
    """What opens the model: a run by its folder, so that nothing of its name in the current folder is opened instead."""
    return model if library.registry.has_task(model.removesuffix("@pretrained")) else str(library.folder(model))


def index(request: Request) -> Response:
    """The models that are ready: those that ship, those that need no training, and the newest runs."""
    library: Library = request.app.state.library
    groups: dict[str, list[dict[str, Any]]] = {"act": [], "image": [], "text": [], "series": [], "sample": [], "other": []}
    for task in library.registry.tasks():
        if task.pretrained is None and (task.trainer is not None or task.parameter):
            continue
        benchmark = library.benchmark_of(task)
        kind = "other" if benchmark is None else str(benchmark.consumes) if benchmark.needs == "apply" else benchmark.needs
        model = f"{task.id}@pretrained" if task.pretrained else task.id
        groups.setdefault(kind, []).append({"model": model, "title": task.title, "trained": task.pretrained is not None})
    for group in groups.values():
        group.sort(key=lambda one: not one["trained"])
    runs = [row for row in library.rows() if row.score is not None or row.best_score is not None][:_LISTED]
    return render(request, "models.html", section="try", groups=groups, runs=runs)


def page(request: Request) -> Response:
    """The page of one model; its form comes once the model's process has said what it can do."""
    model: str = request.path_params["model"]
    task = task_of(request.app.state.library, model)
    benchmark = request.app.state.library.benchmark_of(task)
    if benchmark is not None and benchmark.needs == "act":
        return RedirectResponse(f"/watch/{path(model)}", 303)
    return render(request, "try.html", section="try", model=model, task=task)


def _ask(request: Request, question: Question) -> Reply:
    library: Library = request.app.state.library
    task = task_of(library, question.target)
    question = msgspec.structs.replace(question, target=place_of(library, question.target))
    return request.app.state.workers.ask(question, environment=repr(sorted(task.environment.items())))


def form(request: Request) -> Response:
    """What can be asked of the model: inputs, options."""
    model: str = request.path_params["model"]
    described = _ask(request, Question(do="describe", target=model)).described
    assert described is not None
    return render(request, "part_try.html", model=model, d=described, most=MOST_SAMPLES)


def example(request: Request) -> Response:
    """An input of the benchmark, as JSON: text, or a picture as a data address."""
    number = request.query_params.get("number", "0")
    asked = Question(do="example", target=request.path_params["model"], seed=int(number) if number.isdecimal() else 0)
    given = _ask(request, asked).given or Output()
    return JSONResponse({"text": given.text, "picture": _address(given)})


async def apply(request: Request) -> Response:
    """The model on the body of the request: a text or a file's bytes."""
    asked = Question(
        do="apply",
        target=request.path_params["model"],
        pairs=request.query_params.getlist("with"),
        data=await request.body(),
        name=request.query_params.get("name", "")[:200].replace("/", "_"),
    )
    return await run_in_threadpool(_answered, request, asked)


async def sample(request: Request) -> Response:
    """Samples from a seed."""
    query = request.query_params
    count, seed = query.get("count", "1"), query.get("seed", "0")
    if not (count.isdecimal() and seed.isdecimal() and len(seed) < 11):
        raise UsageError("Count and seed are whole numbers.")
    asked = Question(
        do="sample",
        target=request.path_params["model"],
        pairs=query.getlist("with"),
        count=int(count[:6]),
        seed=int(seed),
        label=query.get("label", ""),
    )
    return await run_in_threadpool(_answered, request, asked)


def _answered(request: Request, asked: Question) -> Response:
    reply = _ask(request, asked)
    outputs = [{"text": one.text, "note": one.note, "picture": _address(one), "alt": one.alt} for one in reply.outputs]
    given = {"text": reply.given.text, "picture": _address(reply.given)} if reply.given else None
    return render(request, "part_result.html", outputs=outputs, given=given, seconds=reply.seconds, model=asked.target)


def _address(one: Output) -> str:
    return f"data:image/png;base64,{base64.b64encode(one.data).decode()}" if one.data else ""


# Agents at work


def watch(request: Request) -> Response:
    """The page that shows a model at work."""
    model: str = request.path_params["model"]
    library: Library = request.app.state.library
    children: Children = request.app.state.children
    task = task_of(library, model)
    child = children.find("play", model)
    running = child is not None and child.running
    shown = running and child is not None and child.display() is not None
    values: dict[str, Any] = {
        "model": model,
        "running": running,
        "stopping": running and child is not None and child.stopping,
        "shown": shown,
        "log": child.text()[-2000:] if child and not running else "",
    }
    if request.query_params.get("part") == "live":
        return render(request, "part_watch.html", **values)
    return render(request, "watch.html", section="try", task=task, **values)


def start_display(request: Request) -> Response:
    """Start the process that shows a model, and look at it."""
    model: str = request.path_params["model"]
    library: Library = request.app.state.library
    task_of(library, model)
    request.app.state.children.play(model, place_of(library, model))
    return RedirectResponse(f"/watch/{path(model)}", 303)


def end_display(request: Request) -> Response:
    """End the process that shows a model."""
    model: str = request.path_params["model"]
    child = request.app.state.children.find("play", model)
    if child is None or not child.running:
        raise UsageError(f"{model} is not shown.")
    child.stop()
    return RedirectResponse(f"/watch/{path(model)}", 303)


async def pictures(request: Request) -> Response:
    """The pictures of a model at work."""
    child = request.app.state.children.find("play", request.path_params["model"])
    return await relay.stream(child) if child is not None else Response(status_code=204)
