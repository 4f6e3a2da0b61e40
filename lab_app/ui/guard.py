"""Who may ask: this machine's browser, with the token, from pages of this server, for bodies of a bounded size.

The token comes once in the address (``/?token=...``) and is then kept in a cookie that scripts can't read and that other sites'
requests don't carry. Other servers of this machine count as the same site for a cookie, so the origin is checked as well.
"""

import secrets
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "lab_token"
MOST_BYTES = 20_000_000  # of one upload
_HOSTS = ("127.0.0.1", "localhost")
_POLICY = (
    "default-src 'none'; img-src 'self' data: blob:; media-src 'self'; connect-src 'self' data:; style-src 'self'; "
    "script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with no-referrer a browser sends the origin of a form as null
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class TooLarge(Exception):
    """A body has more than :data:`MOST_BYTES`."""


class Guard:
    """Answers requests that may not be made itself, and adds the headers that keep a page from loading anything else."""

    def __init__(self, app: ASGIApp, *, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused is not None:
            await refused(scope, receive, _with_headers(send))
            return
        try:
            await self._app(scope, _limited(receive), _with_headers(send))
        except TooLarge:
            what = f"At most {MOST_BYTES // 10**6} million bytes can be sent.\n"
            await PlainTextResponse(what, 413)(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that goes no further; None for one that does."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host.rpartition(":")[0] not in _HOSTS and host not in _HOSTS:  # another site's name that resolves to this address
            return PlainTextResponse("wrong host\n", 403)
        origin = headers.get("origin")
        if origin not in (None, f"http://{host}") or headers.get("sec-fetch-site") == "cross-site":
            return PlainTextResponse("another site's page may not ask\n", 403)
        if scope["method"] not in ("GET", "HEAD") and origin is None:
            return PlainTextResponse("the origin is missing\n", 403)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            return PlainTextResponse(f"At most {MOST_BYTES // 10**6} million bytes can be sent.\n", 413)
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = query.pop("token", [""])[-1]
        if given and scope["method"] == "GET" and self._is_token(given):
            rest = urlencode(query, doseq=True)
            answer = RedirectResponse(scope["path"] + (f"?{rest}" if rest else ""), 303)
            answer.set_cookie(COOKIE, self._token, httponly=True, samesite="strict", path="/")
            return answer
        if self._is_token(cookie_parser(headers.get("cookie", "")).get(COOKIE, "")):
            return None
        return PlainTextResponse("The address with its token is needed: it is printed by lab ui.\n", 403)

    def _is_token(self, text: str) -> bool:
        return secrets.compare_digest(text.encode(), self._token.encode())


def _limited(receive: Receive) -> Receive:
    """The body of a request, ended by :class:`TooLarge` where its length was not given and is too large."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise TooLarge
        return message

    return limited


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            added = {**_HEADERS, "Cache-Control": "no-store"}
            message["headers"] = [
                *message["headers"],
                *((name.encode(), value.encode()) for name, value in added.items() if name.lower().encode() not in present),
            ]
        await send(message)

    return sending
