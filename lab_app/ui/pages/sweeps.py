"""Sweeps: the list of them, one with its runs, and starting, stopping and going on."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lab_app.sweeping import report
from lab_app.sweeping import sweep as files
from lab_app.ui import forms
from lab_app.ui.children import Children
from lab_app.ui.library import Library
from lab_app.ui.rendering import path, render
from lab_core.errors import LabError, UsageError

_LISTED = 50
_LOG = 4_000


def index(request: Request) -> Response:
    """The newest sweeps with how they stand."""
    library: Library = request.app.state.library
    children: Children = request.app.state.children
    folder = library.runs_dir / files.FOLDER
    found: list[dict[str, Any]] = []
    names = sorted((one for one in folder.glob("*.json")), key=lambda one: one.stat().st_mtime, reverse=True)[:_LISTED]
    for one in names:
        try:
            sweep = files.load(one.stem, library.runs_dir)
            standings = [files.standing(spec) for spec in sweep.specs]
            tasks = list(dict.fromkeys(spec.task for spec in sweep.specs))
            child = children.find("sweep", sweep.name)
            found.append({"name": sweep.name, "tasks": tasks, "counts": report.counts(standings), "total": len(standings),
                          "running": child is not None and child.running})  # fmt: skip
        except LabError as error:
            found.append({"name": one.stem, "tasks": [], "counts": {}, "total": 0, "running": False, "problem": error.message})
    return render(request, "sweeps.html", section="sweeps", sweeps=found)


def page(request: Request) -> Response:
    """One sweep: its runs, and the scores of each combination of settings."""
    library: Library = request.app.state.library
    children: Children = request.app.state.children
    name: str = request.path_params["sweep"]
    child = children.find("sweep", name)
    running = child is not None and child.running
    part = request.query_params.get("part") == "live"
    log = child.text()[-_LOG:] if child is not None else ""
    if child is not None and not files.is_sweep(name, library.runs_dir):
        template = "part_starting.html" if part else "starting.html"
        return render(request, template, section="sweeps", id=name, running=running, log=log)
    sweep = files.load(name, library.runs_dir)
    standings = [files.standing(spec) for spec in sweep.specs]
    missing = any(one.state in ("waiting", "stopped", "failed") for one in standings)
    return render(
        request,
        "part_sweep.html" if part else "sweep.html",
        section="sweeps",
        sweep=sweep,
        standings=standings,
        line=report.line(standings, sweep.jobs),
        done=sum(one.state == "completed" for one in standings),
        groups=report.groups(standings, library.registry),
        running=running,
        stopping=child is not None and child.stopping and running,
        missing=missing and not running,
        state=f"{running}",
        log="" if running else log,
        resume_command=forms.command_text(["lab", "resume", name], request.app.state.shown_dir),
        began=forms.command_text(sweep.command, request.app.state.shown_dir) if sweep.command else "",
    )


def begin(request: Request, form: forms.Form) -> Response:
    """Start the sweep of a form."""
    library: Library = request.app.state.library
    planned = forms.sweep_of(form, library.registry, library.runs_dir)
    request.app.state.children.sweep(planned.name, planned)
    library.forget()
    return RedirectResponse(f"/sweeps/{path(planned.name)}", 303)


async def start(request: Request) -> Response:
    """The sweep of the form on the page of sweeps."""
    return begin(request, forms.read(await request.body()))


def stop(request: Request) -> Response:
    """Let every run of the sweep save itself and end."""
    name: str = request.path_params["sweep"]
    child = request.app.state.children.find("sweep", name)
    if child is None or not child.running:
        raise UsageError(f"This server did not start {name}, or it has ended.", "Press Ctrl-C where it was started.")
    child.stop()
    return RedirectResponse(f"/sweeps/{path(name)}", 303)


def resume(request: Request) -> Response:
    """Carry out what is missing."""
    library: Library = request.app.state.library
    name: str = request.path_params["sweep"]
    files.load(name, library.runs_dir)
    request.app.state.children.sweep(name)
    return RedirectResponse(f"/sweeps/{path(name)}", 303)
