"""Who may ask: the token, the host, the origin, sizes; and what a page may load."""

import socket
from typing import Any

import pytest

from lab_app.ui.guard import MOST_BYTES


def test_the_token_comes_once_in_the_address_and_is_then_a_cookie_that_scripts_cannot_read(server: Any, client: Any) -> None:
    fresh = type(client)(server.port)
    answer = fresh.enter(server.url.replace("/?", "/tasks?q=maze&"))
    assert (answer.status, answer.place) == (303, "/tasks?q=maze")
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    page = fresh.get("/")
    assert page.status == 200
    assert server.token not in page.text


@pytest.mark.parametrize("path", ["/", "/tasks", "/static/app.js", "/runs/a/b", "/leaderboard", "/?token=wrong", "/?token="])
def test_without_the_token_nothing_is_answered(server: Any, client: Any, path: str) -> None:
    for cookie in ("", "lab_token=wrong", "lab_token=", f"other={server.token}"):
        answer = type(client)(server.port, cookie).get(path)
        assert answer.status == 403
        assert "lab ui" in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::1]:80", "localhost.evil", ""])
def test_a_foreign_host_is_refused_with_the_token_too(client: Any, host: str) -> None:
    assert client.get("/", Host=host).status == 403


def test_localhost_is_this_machine(client: Any) -> None:
    assert client.get("/", Host="localhost:1234").status == 200  # as through a tunnel


def test_other_sites_pages_may_not_ask(server: Any, client: Any) -> None:
    here = f"http://127.0.0.1:{server.port}"
    for origin in ("http://evil.example", "http://127.0.0.1:1", "null", f"https://127.0.0.1:{server.port}", here + "0"):
        assert client.post("/start", {"task": "q-learning-maze"}, Origin=origin).status == 403
        assert client.get("/", Origin=origin).status == 403
    assert client.post("/start", {"task": "q-learning-maze"}, Origin="-").status == 403  # none at all
    assert client.get("/", Sec_Fetch_Site="cross-site").status == 403
    assert client.get("/", Origin=here).status == 200


def test_pages_load_nothing_from_elsewhere_and_are_not_kept_or_framed(client: Any) -> None:
    for path in ("/", "/nowhere", "/static/style.css"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"
    assert client.get("/").headers["cache-control"] == "no-store"


def test_only_the_loopback_address_is_served(server: Any) -> None:
    assert server._socket.getsockname()[0] == "127.0.0.1"


def test_uploads_have_a_limit_with_and_without_a_length(server: Any, client: Any) -> None:
    path = "/try/dictionary-en-de/apply"
    assert client.ask("POST", path, b"", Content_Length=str(MOST_BYTES + 1)).status == 413
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nCookie: {client.cookie}\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(head.encode())
        try:
            for _ in range(MOST_BYTES // 0x100000 + 2):
                connection.sendall(chunk)
        except OSError:
            pass  # it closes as soon as it is too much
        assert b" 413 " in connection.recv(4096).split(b"\r\n")[0] + b" "


def test_methods_that_change_something_are_posts(client: Any) -> None:
    assert client.get("/start").status == 404
    assert client.post("/tasks", {}).status == 404
