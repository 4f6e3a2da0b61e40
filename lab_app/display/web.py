"""Frames on a page of this machine: a small server on the loopback address whose address holds a secret."""

import html
import io
import json
import secrets
import socket
import socketserver
import threading
import time
from collections import deque
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import TYPE_CHECKING

from lab_app.display.controls import Key, is_key
from lab_app.display.sink import CannotShow, Sink, pixels, step_back
from lab_app.extras import need_extra
from lab_core.scene import Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOSSLESS = 320 * 320  # pixels up to which a picture is sent as PNG: small ones are drawn with hard edges
_MOST_STREAMS = 8
_BOUNDARY = "lab-frame"
_LONGEST_KEY = 32  # bytes of a message about a key
_MOST_KEYS = 256  # that wait to be looked at


class WebSink(Sink):
    """A page with the newest frame, its caption and a pause, at :attr:`url`.

    Only this machine can reach it, and only with the token in the address. While no page is open, or all are paused, it is
    not ``watched`` and nothing is encoded. Raises CannotShow when Pillow is missing or no port can be had.
    """

    name = "web"

    def __init__(self, title: str = "lab", *, port: int = 0) -> None:
        need_extra("The page", "PIL")
        self.title = title
        self.token = secrets.token_urlsafe(16)
        self.frames = 0
        self.caption = ""
        self.over = False
        self._ended = False
        self._news = threading.Condition()
        self._image: NDArray[np.uint8] | None = None
        self._encoded: tuple[int, str, bytes] | None = None
        self._encoding = threading.Lock()
        self._streams = 0
        self._pressed: deque[Key] = deque(maxlen=_MOST_KEYS)
        try:
            self._server = _Server(self, port)
        except OSError as error:
            raise CannotShow(f"The page can't be served on 127.0.0.1: {error.strerror or error}.") from None
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.token}/"

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def show(self, frame: Frame, caption: str) -> None:
        image = pixels(frame)
        with self._news:
            self._image, self.caption = image, caption
            self.frames += 1
            self._news.notify_all()

    @property
    def watched(self) -> bool:
        return self._streams > 0

    def pressed(self) -> Sequence[Key]:
        return [self._pressed.popleft() for _ in range(len(self._pressed))]

    def press(self, key: Key) -> None:
        """Take a key from a page; q ends the showing."""
        if key.name == "q" and key.down:
            self._ended = True
        self._pressed.append(key)

    @property
    def closed(self) -> bool:
        return self._ended

    def close(self) -> None:
        if self.over:
            return
        with self._news:
            self.over = True
            self._news.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def enter(self) -> bool:
        """Count one more stream; False when there are too many."""
        with self._news:
            if self._streams >= _MOST_STREAMS:
                return False
            self._streams += 1
            return True

    def leave(self) -> None:
        """Count one stream less."""
        with self._news:
            self._streams -= 1

    def next_frame(self, after: int, timeout: float) -> int:
        """Wait for a frame newer than number ``after``; its number, or ``after`` when none came in time."""
        with self._news:
            self._news.wait_for(lambda: self.frames > after or self.over, timeout)
            return self.frames

    def picture(self) -> tuple[str, bytes] | None:
        """Media type and bytes of the newest frame, encoded once however many watch; None before the first."""
        from PIL import Image

        with self._encoding:
            with self._news:
                number, image = self.frames, self._image
            if image is None:
                return None
            if self._encoded is None or self._encoded[0] != number:
                buffer = io.BytesIO()
                if image.shape[0] * image.shape[1] <= _LOSSLESS:
                    Image.fromarray(image).save(buffer, "PNG", compress_level=1)
                    kind = "image/png"
                else:
                    Image.fromarray(image).save(buffer, "JPEG", quality=88, subsampling=0)
                    kind = "image/jpeg"
                self._encoded = (number, kind, buffer.getvalue())
            return self._encoded[1], self._encoded[2]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, sink: WebSink, port: int) -> None:
        self.sink = sink
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer's would look its own name up, which can take seconds
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """A page that was closed in the middle of a picture is no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "lab"
    sys_version = ""
    timeout = 30

    def setup(self) -> None:
        step_back()
        super().setup()

    @property
    def _sink(self) -> WebSink:
        assert isinstance(self.server, _Server)
        return self.server.sink

    def do_GET(self) -> None:
        sink = self._sink
        if not self._allowed():
            return
        what = self._asked()
        if what == "":
            return self._page()
        if what == "status":
            status = {"frames": sink.frames, "caption": sink.caption, "over": sink.over, "help": sink.help}
            return self._answer(HTTPStatus.OK, "application/json", json.dumps(status).encode())
        if what == "still":
            kind, data = sink.picture() or ("text/plain", b"")
            return self._answer(HTTPStatus.OK, kind, data)
        if what == "stream":
            return self._stream()
        self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"there is no such page\n")

    def do_POST(self) -> None:
        """``TOKEN/key`` with ``down left`` or ``up left``: a key that the page saw. The token keeps other sites out."""
        if not self._allowed():
            return
        length = self.headers.get("Content-Length", "")
        size = int(length) if length.isdecimal() else _LONGEST_KEY + 1
        if self._asked() != "key" or size > _LONGEST_KEY:
            self.close_connection = True  # what was sent is not read
            return self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"there is no such page\n")
        what, _, name = self.rfile.read(size).decode("ascii", "replace").partition(" ")
        if what not in ("down", "up") or not is_key(name):
            return self._answer(HTTPStatus.BAD_REQUEST, "text/plain", b"no such key\n")
        self._sink.press(Key(name, what == "down"))
        self._answer(HTTPStatus.OK, "text/plain", b"")

    def _allowed(self) -> bool:
        """Whether the request is for this machine and holds the token; answers it otherwise."""
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in ("127.0.0.1", "localhost"):  # another site's name that resolves to this address
            self.close_connection = True
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", b"wrong host\n")
            return False
        token = self.path.lstrip("/").partition("/")[0]
        if not secrets.compare_digest(token.encode(), self._sink.token.encode()):
            self.close_connection = True
            self._answer(HTTPStatus.FORBIDDEN, "text/plain", b"the address with its token is needed\n")
            return False
        return True

    def _asked(self) -> str:
        """The part of the path behind the token."""
        return self.path.partition("?")[0].lstrip("/").partition("/")[2]

    def _page(self) -> None:
        nonce = secrets.token_urlsafe(12)
        page = (files("lab_app.display") / "page.html").read_text(encoding="utf-8")
        page = page.replace("@NONCE@", nonce).replace("@TITLE@", html.escape(self._sink.title))
        policy = (
            f"default-src 'none'; img-src 'self' data:; connect-src 'self'; style-src 'nonce-{nonce}'; "
            f"script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        self._answer(HTTPStatus.OK, "text/html; charset=utf-8", page.encode(), {"Content-Security-Policy": policy})

    def _stream(self) -> None:
        """Pictures one after another, always the newest: a slow reader sees fewer, not older ones."""
        sink = self._sink
        if not sink.enter():
            return self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", b"too many pages are open\n")
        try:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
            self.close_connection = True
            self._head(HTTPStatus.OK, f"multipart/x-mixed-replace; boundary={_BOUNDARY}", {"Connection": "close"})
            self.wfile.write(f"--{_BOUNDARY}\r\n".encode())
            number, sent = 0, time.monotonic()
            while not sink.over:
                newest = sink.next_frame(number, timeout=1.0)
                # A reader that has gone is noticed only by writing, so the last picture is sent again now and then.
                if newest == number and time.monotonic() - sent < 5:
                    continue
                number, sent = newest, time.monotonic()
                encoded = sink.picture()
                if encoded is not None:
                    kind, data = encoded
                    head = f"Content-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n"
                    # The boundary follows at once: browsers show a picture when they see the next one begin.
                    self.wfile.write(head.encode() + data + f"\r\n--{_BOUNDARY}\r\n".encode())
        except OSError:
            self.close_connection = True
        finally:
            sink.leave()

    def _answer(self, status: HTTPStatus, kind: str, data: bytes, headers: dict[str, str] | None = None) -> None:
        self._head(status, kind, {"Content-Length": str(len(data)), **(headers or {})})
        self.wfile.write(data)

    def _head(self, status: HTTPStatus, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        common = {
            "Content-Type": kind,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        for name, value in {**common, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the address holds the token."""
