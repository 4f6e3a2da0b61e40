"""The pictures of a process that displays a model, passed on through this server: one port, one token for a browser.

:mod:`lab_app.display.web` serves them as parts of one answer, always the newest; they are passed on as they come.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.responses import Response, StreamingResponse

from lab_app.ui.children import Child

_WAIT = 10.0  # seconds for the beginning of an answer
_CHUNK = 1 << 16


async def stream(child: Child) -> Response:
    """The child's pictures; no content where it shows none or has just ended: a page then shows nothing."""
    address = child.display()
    if address is None or not child.running:
        return Response(status_code=204)
    try:
        async with asyncio.timeout(_WAIT):
            reader, writer = await asyncio.open_connection("127.0.0.1", address[0])
            writer.write(f"GET /{address[1]}/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return Response(status_code=204)
    if not head.startswith("HTTP/1.1 200 "):
        writer.close()
        return Response(status_code=204)
    kind = next((line.partition(":")[2].strip() for line in head.split("\r\n") if line.lower().startswith("content-type:")), "")
    return StreamingResponse(_passed_on(child, reader, writer), media_type=kind or "application/octet-stream")


async def _passed_on(child: Child, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
    child.viewers += 1
    try:
        while data := await reader.read(_CHUNK):
            yield data
    finally:
        child.viewers -= 1
        writer.close()
        with suppress(OSError, asyncio.CancelledError):
            await writer.wait_closed()
