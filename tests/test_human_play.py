"""``lab play --human`` without a screen: keys reach the game over the page and over a terminal."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

LAB = [sys.executable, "-c", "from lab_app.cli import main; main()"]


def lab_json(*arguments: str, runs: Path) -> object:
    environment = {**os.environ, "LAB_RUNS_DIR": str(runs)}
    done = subprocess.run([*LAB, *arguments], capture_output=True, text=True, env=environment, timeout=300, check=True)
    return json.loads(done.stdout)


def status(url: str) -> dict[str, str]:
    with urllib.request.urlopen(url + "status", timeout=20) as answer:
        return json.load(answer)


def press(url: str, *names: str) -> None:
    for name in names:
        for what in ("down", "up"):
            urllib.request.urlopen(url + "key", data=f"{what} {name}".encode(), timeout=20).close()


def test_a_person_plays_on_the_page_and_joins_the_leaderboard(tmp_path: Path) -> None:
    environment = {**os.environ, "LAB_RUNS_DIR": str(tmp_path), "LAB_PLAYER": "Ada"}
    command = [*LAB, "play", "gym/cartpole", "--human", "--display-on", "web", "--episodes", "1"]
    game = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert game.stderr is not None
        found = re.search(r"http://\S+", game.stderr.readline())
        assert found is not None
        url = found[0]
        stream = urllib.request.urlopen(url + "stream", timeout=60)
        threading.Thread(target=lambda: [None for _ in iter(lambda: stream.read(4096), b"")], daemon=True).start()
        end = time.monotonic() + 120
        while "space to begin" not in status(url)["caption"] and time.monotonic() < end:
            time.sleep(0.1)
        assert "left: left" in status(url)["help"]
        press(url, "+", "+", "space", "right")
        out, err = game.communicate(timeout=120)
    finally:
        game.kill()
    assert game.returncode == 0, err
    assert "human (Ada)" in out
    (table,) = lab_json("leaderboard", "--benchmark", "gym/cartpole", "--json", runs=tmp_path)["tables"]  # type: ignore[index]
    row = next(entry for entry in table["entries"] if entry["method"] == "human (Ada)")
    assert 5 <= row["summary"]["mean"] <= 30  # the pole falls soon when it is pushed one way only


def test_a_person_who_leaves_at_once_on_a_terminal_leaves_nothing(tmp_path: Path) -> None:
    main, side = pty.openpty()
    environment = {**os.environ, "LAB_RUNS_DIR": str(tmp_path), "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"}
    command = [*LAB, "play", "gym/cartpole", "--human", "--display-on", "terminal"]
    game = subprocess.Popen(command, stdin=side, stdout=side, stderr=subprocess.PIPE, text=True, env=environment,
                            start_new_session=True, preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)))  # fmt: skip
    try:
        seen = b""
        end = time.monotonic() + 120
        while b"space to begin" not in seen and time.monotonic() < end:
            if select.select([main], [], [], 1)[0]:
                seen += os.read(main, 65536)
        assert b"space to begin" in seen
        os.write(main, b"q")
        while game.poll() is None and time.monotonic() < end:
            if select.select([main], [], [], 0.2)[0]:
                os.read(main, 65536)  # what isn't read would hold the game up
        assert game.returncode == 0
        assert game.stderr is not None
        assert "no score" in game.stderr.read()
    finally:
        game.kill()
        os.close(side)
    assert list(tmp_path.glob("human/*")) == []
