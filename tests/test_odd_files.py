"""Wherever a user names a file, a pipe or a device is refused in one line: reading it would never end, or fill the memory."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lab_app.cli import main

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
MAKERS: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "loop": lambda path: path.symlink_to(path),
}
COMMANDS = (
    "run q-learning-maze --set maze=./odd.txt --dry-run",
    "run q-learning-maze --config odd.txt --dry-run",
    "run char-rnn --set data=./odd.txt --dry-run",
    "run word2vec --set data=odd.txt --dry-run",
    "run forecast-lstm --set data=./odd.csv --dry-run",
    "run sequence-classification --set data=./odd.csv --dry-run",
    "run nmt --set data=./odd.txt --dry-run",
    "run gan --set data=./odd.png --dry-run",
    "run fast-style --set style=./odd.png --dry-run",
    "data check odd.txt",
    "data check odd.csv",
    "suite show odd.txt",
    "plugins check odd.txt",
    "runs import odd.txt",
    "publish odd.txt --check",
)


def lab(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert isinstance(ended.value.code, int)
    return ended.value.code, capsys.readouterr().err


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for suffix in (".txt", ".csv", ".png"):
        MAKERS[request.param](tmp_path / f"odd{suffix}")
    return tmp_path


@pytest.mark.parametrize("odd", MAKERS, indirect=True)
@pytest.mark.parametrize("command", COMMANDS)
def test_an_odd_file_is_refused_in_one_line(odd: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = lab(capsys, *command.split())
    assert code in (1, 2), said
    (line,) = [line for line in said.splitlines() if line.startswith("error")]
    assert "failed:" not in line


def texts(folder: Path) -> None:
    for number in range(12):
        (folder / f"{number}.txt").write_text(f"It was text number {number}. " * 60)


@pytest.mark.parametrize("kind", MAKERS)
def test_an_odd_file_in_a_folder_of_texts_is_left_out(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts(tmp_path)
    for name in ("odd.txt", "captions.csv", "captions.json", "labels.csv", "boxes.xml", "odd.npz"):
        MAKERS[kind](tmp_path / name)
    code, said = lab(capsys, "data", "check", str(tmp_path))
    assert code == 0, said
    assert "failed:" not in said
