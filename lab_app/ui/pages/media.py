"""Pictures, texts and films of a run's media folder."""

import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from lab_app.ui.library import Library
from lab_core.errors import LabError
from lab_core.files import read_file

_KINDS = {"png": "image/png", "mp4": "video/mp4", "gif": "image/gif", "txt": "text/plain; charset=utf-8"}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}\.(png|mp4|gif|txt)")


def file(request: Request) -> Response:
    """One file, by its name alone: a plain file of the media folder, never through a link."""
    library: Library = request.app.state.library
    name = request.path_params["file"]
    match = _NAME.fullmatch(name)
    if match is None:
        return PlainTextResponse("there is no such file\n", 404)
    folder = library.folder(request.path_params["run"]) / "media"
    try:
        data = b"" if folder.is_symlink() else read_file(folder / name)
    except (OSError, LabError):
        data = b""
    if not data:
        return PlainTextResponse("there is no such file\n", 404)
    headers = {"Cache-Control": "private, max-age=60"}  # a file of a step is written once
    return Response(data, media_type=_KINDS[match[1]], headers=headers)
