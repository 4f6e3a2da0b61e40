"""The first page: runs under way with their curves, and the list of all runs."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from lab_app.observers.media import media_files
from lab_app.results.report.curves import drawn
from lab_app.runs.store import RunRow
from lab_app.ui.children import Child, Children
from lab_app.ui.library import Library
from lab_app.ui.rendering import render
from lab_core.errors import LabError
from lab_core.runs.run import STATES, UNDER_WAY

PAGE = 200  # runs on a page
_LIVE = 12  # cards at most


def index(request: Request) -> Response:
    """All runs, newest first, of a task, status or text where asked for; above them those under way."""
    library: Library = request.app.state.library
    children: Children = request.app.state.children
    if request.query_params.get("part") == "live":
        return render(request, "part_live.html", cards=_cards(library, children))
    text, status = request.query_params.get("q", "").strip(), request.query_params.get("status", "")
    rows = library.rows()
    found = [row for row in rows if _fits(row, text.lower().split(), status)]
    start = _whole(request.query_params.get("start", "0"))
    return render(
        request,
        "runs.html",
        section="runs",
        cards=_cards(library, children),
        rows=found[start : start + PAGE],
        start=start,
        page=PAGE,
        found=len(found),
        total=len(rows),
        q=text,
        status=status,
        states=STATES,
    )


def _fits(row: RunRow, words: Sequence[str], status: str) -> bool:
    if status and row.status != status:
        return False
    text = f"{row.id} {row.method} {row.preset} {row.benchmark or ''}".lower() if words else ""
    return all(word in text for word in words)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _cards(library: Library, children: Children) -> list[dict[str, Any]]:
    """The runs that are trained or, by this server, scored now; those of it that have only just started first."""
    mine = {child.name: child for child in children.running() if child.what == "run"}
    rows = [row for row in library.rows() if row.status in UNDER_WAY or row.id in mine]
    there = {row.id for row in rows}
    starting = [child for name, child in mine.items() if name not in there]
    cards: list[dict[str, Any]] = [{"id": child.name, "starting": True, "stopping": child.stopping} for child in starting]
    for row in rows[:_LIVE]:
        cards.append({"id": row.id, "starting": False, **progress(library, row.id, children.find("run", row.id))})
    return cards


def progress(library: Library, run_id: str, child: Child | None, *, curves: int = 1) -> dict[str, Any]:
    """How far a run is: step, rate, time left, its first curves, its newest picture or text."""
    try:
        run = library.run(run_id)
    except LabError as error:
        return {"problem": error.message}
    record, lines = run.record, library.curves(run)
    rate = record.step / record.wall_seconds if record.step and record.wall_seconds else None
    newest = _tail(run.metrics.path)
    step = max(record.step, int(newest.get("step", 0)))
    wall = max(record.wall_seconds, float(newest.get("wall_seconds", 0.0)))
    if step and wall:
        rate = step / wall
    end = max([float(step), *(curve.steps[-1] for curve in lines)])
    media = list(media_files(run.folder / "media"))
    latest = max(media, key=lambda file: (file.step, file.path.suffix == ".png"), default=None)
    left = max(0, record.budget_steps - step) / rate if rate else None
    if left is not None and record.budget_seconds is not None:
        left = min(left, max(0.0, record.budget_seconds - wall))
    preferred = sorted(lines, key=lambda curve: (curve.name != "selection", curve.name not in ("score", "loss")))
    return {
        "problem": "",
        "scoring": record.status == "unscored",
        "step": step,
        "budget": record.budget_steps,
        "unit": record.step_unit,
        "rate": rate,
        "left": left,
        "wall": wall,
        "curves": [Markup(drawn(curve, end, record.step_unit)) for curve in preferred[:curves]],
        "picture": latest.path.name if latest is not None and latest.path.suffix == ".png" else "",
        "mine": child is not None and child.running,
        "stopping": child is not None and child.stopping,
        "display": child is not None and child.running and child.display() is not None,
    }


def _tail(path: Any) -> dict[str, Any]:
    """The last whole line of ``metrics.jsonl``."""
    import msgspec

    from lab_core.files import decode_json

    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - 8192))
            lines = file.read().split(b"\n")
        found: Any = decode_json(lines[-2]) if len(lines) > 1 else {}
        return found if isinstance(found, dict) and isinstance(found.get("step"), int) else {}  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    except (OSError, ValueError, msgspec.DecodeError):
        return {}
