"""Data sets: cards from plugins, where files lie, damage, and the commands."""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from lab_app.cli import common, main
from lab_core import data
from lab_core.data import DataFile, DataSet, Examination
from lab_core.errors import LabError, UsageError
from lab_core.registry.faults import problem
from lab_core.registry.registry import Registry

CONTENT = b"twelve bytes"
FILE = DataFile("one.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


def a_card(**changes: Any) -> DataSet:
    values: dict[str, Any] = {
        "id": "toy",
        "title": "A toy",
        "kind": "images",
        "what": "Nothing much.",
        "origin": "Made here.",
        "licence": "CC0",
        "splits": {"train": 3, "test": 1},
        "folder": "toy_data:data",
        "files": (FILE,),
        "loader": "toy_data:load",
    }
    return DataSet(**{**values, **changes})


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package ``toy_data`` with one embedded file, on the path; the folder of its data."""
    package = tmp_path / "site" / "toy_data"
    (package / "data").mkdir(parents=True)
    (package / "data" / "one.bin").write_bytes(CONTENT)
    (package / "__init__.py").write_text(
        "from lab_core.data import Examination\n"
        "def load(card, split, **options):\n    return card.id, split, options\n"
        "def fetch(card, folder):\n    folder.mkdir(parents=True)\n    (folder / 'one.bin').write_bytes(b'twelve bytes')\n"
        "def look(folder):\n    return Examination(layout='flat', facts={'images': '2'}, problems={'x.png': 'cut short'},"
        " usable=False, advice=('Delete x.png.',))\n"
    )
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setenv("LAB_DATA_DIR", str(tmp_path / "cache"))
    yield package / "data"
    sys.modules.pop("toy_data", None)


@pytest.fixture
def registry(toy: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A registry of three cards in the place of what is installed: embedded, for download, a person's folder."""
    registry = Registry()
    registry.add_data_set(a_card(), "toy")
    registry.add_data_set(a_card(id="far", folder=None, fetcher="toy_data:fetch", alternative="toy", kind="text"), "toy")
    registry.add_data_set(a_card(id="folder", folder=None, examiner="toy_data:look", files=(), splits={}), "toy")
    monkeypatch.setattr(common, "_loaded", (registry, []))
    return registry


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a+b", "a@b", "{a}"])
def test_an_id_is_a_word_that_the_command_line_can_take(name: str) -> None:
    with pytest.raises(ValueError, match="data set id"):
        a_card(id=name)


def test_a_card_says_where_its_files_are_to_come_from() -> None:
    with pytest.raises(ValueError, match="fetcher"):
        a_card(folder=None)


def test_a_bad_card_is_named_by_discovery() -> None:
    assert problem(a_card(), DataSet) is None
    assert "loader is 'nonsense'" in str(problem(a_card(loader="nonsense"), DataSet))
    assert "not plain data" in str(problem(a_card(kind="smells"), DataSet))


def test_a_taken_id_names_the_plugin_that_has_it() -> None:
    registry = Registry()
    registry.add_data_set(a_card(), "first")
    with pytest.raises(LabError, match="taken by plugin 'first'"):
        registry.add_data_set(a_card(), "second")
    with pytest.raises(UsageError, match="Did you mean toy"):
        registry.data_set("toys")


def test_splits_are_joined_by_plus_and_unknown_ones_are_refused() -> None:
    assert a_card().parts("test+train") == ("test", "train")
    with pytest.raises(UsageError, match="toy has no split 'valid'"):
        a_card().parts("valid")
    with pytest.raises(LabError, match="twice"):
        a_card().parts("train+train")


def test_the_loader_gets_card_split_and_options(toy: Path) -> None:
    assert data.load(a_card(), "test", size=8) == ("toy", "test", {"size": 8})
    with pytest.raises(UsageError, match="split"):
        data.load(a_card(), "tests")


def test_damage_is_seen_in_size_and_in_content(toy: Path) -> None:
    assert data.damage(a_card()) == []
    (toy / "one.bin").write_bytes(b"twelve bytez")
    assert data.damage(a_card()) == ["one.bin has changed since it was written"]
    (toy / "one.bin").write_bytes(b"few")
    assert data.damage(a_card()) == ["one.bin has 3 bytes, 12 were written"]
    (toy / "one.bin").unlink()
    with pytest.raises(LabError, match=re.escape("one.bin is missing")):
        data.damage(a_card())


def test_a_file_without_a_published_sum_is_held_to_the_recorded_one(toy: Path, tmp_path: Path) -> None:
    card = a_card(id="far", folder=None, fetcher="toy_data:fetch", files=(DataFile("one.bin", 0),))
    folder = data.fetch(card)
    assert folder == tmp_path / "cache" / "far"
    assert data.damage(card) == ["one.bin has no recorded sum"]
    (folder / data.SUMS).write_bytes(msgspec.json.encode({"one.bin": {"size": 12, "sha256": FILE.sha256}}))
    assert data.damage(card) == []
    (folder / "one.bin").write_bytes(b"twelve bytez")
    assert data.damage(card) == ["one.bin has changed since it was written"]


def test_what_is_not_here_names_the_command_and_the_embedded_alternative(toy: Path) -> None:
    card = a_card(id="far", folder=None, fetcher="toy_data:fetch", alternative="toy")
    assert data.where(card) == "not here"
    with pytest.raises(LabError, match="lab data fetch far, or use toy, which is embedded"):
        data.ready_folder(card)
    data.fetch(card)
    assert data.where(card) == "downloaded"


def test_list_says_what_is_here(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("data", "list", "--json") == 0
    assert {one["id"]: one["where"] for one in json.loads(capsys.readouterr().out)} == {
        "toy": "embedded",
        "far": "not here",
        "folder": "yours",
    }
    assert run("data", "list", "--kind", "text") == 0
    shown = capsys.readouterr().out
    assert "far" in shown
    assert "embedded" not in shown
    assert run("data", "list", "--kind", "smells") == 2


def test_info_shows_licence_splits_and_sum(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("data", "info", "toy") == 0
    shown = capsys.readouterr().out
    assert "CC0" in shown
    assert "train 3, test 1" in shown
    assert run("data", "info", "toy", "--json") == 0
    assert json.loads(capsys.readouterr().out)["files"][0]["sha256"] == FILE.sha256
    assert run("data", "info", "toi") == 2


def test_path_fetch_and_check(registry: Registry, toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("data", "path", "toy") == 0
    assert capsys.readouterr().out.strip() == str(toy)
    assert run("data", "path", "far") == 1
    assert "lab data fetch far" in capsys.readouterr().err
    assert run("data", "fetch", "far", "toy", "--json") == 0
    captured = capsys.readouterr()
    assert [one["id"] for one in json.loads(captured.out)] == ["far", "toy"]
    assert "toy is embedded" in captured.err
    assert run("data", "check") == 0
    assert capsys.readouterr().out.count("whole, 1 files") == 2
    (toy / "one.bin").write_bytes(b"few")
    assert run("data", "check", "toy", "--json") == 1
    assert json.loads(capsys.readouterr().out)[0]["problems"] == ["one.bin has 3 bytes, 12 were written"]


def test_check_of_a_folder_asks_the_card_that_knows_folders(
    registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("data", "check", str(tmp_path)) == 1
    shown = capsys.readouterr().out
    assert "x.png: cut short" in shown
    assert "Delete x.png." in shown
    assert run("data", "check", str(tmp_path), "--json") == 1
    (document,) = json.loads(capsys.readouterr().out)
    assert document["layout"] == "flat"
    assert run("data", "check", "toyy") == 2
    assert "Did you mean toy" in capsys.readouterr().err
    assert run("data", "check", str(tmp_path / "nowhere")) == 2


def test_an_examination_is_plain_data() -> None:
    found = Examination(layout="flat", facts={"images": "2"})
    assert msgspec.convert(msgspec.to_builtins(found), Examination) == found


# Export


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A set of three grey images with classes; the current folder is an empty one."""
    package = tmp_path / "site" / "toy_pictures"
    (package / "data").mkdir(parents=True)
    (package / "data" / "one.bin").write_bytes(CONTENT)
    (package / "__init__.py").write_text(
        "import numpy as np\n"
        "def load(card, split):\n"
        "    return np.arange(3, dtype=np.uint8)[:, None, None, None] * np.full((1, 4, 5, 1), 9, np.uint8), np.array([1, 0, 1])\n"
    )
    monkeypatch.syspath_prepend(str(package.parent))
    registry = Registry()
    shapes = {"images": "uint8 [n, 4, 5, 1]", "labels": "int32 [n]"}
    card = a_card(id="pics", folder="toy_pictures:data", loader="toy_pictures:load", shapes=shapes, classes=("cat", "dog"))
    registry.add_data_set(card, "toy")
    monkeypatch.setattr(common, "_loaded", (registry, []))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_the_first_items_are_exported_with_their_labels_and_the_splits_counts(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("data", "export", "pics", "--count", "2") == 0
    said = capsys.readouterr().out.splitlines()
    assert said == ["00000.png  labels: dog", "00001.png  labels: cat", "labels of train: cat 1, dog 2"]
    assert (pictures / "pics-train" / "items.csv").read_text() == "images,labels\n00000.png,dog\n00001.png,cat\n"
    with Image.open(pictures / "pics-train" / "00001.png") as picture:
        assert picture.size == (5, 4)
        assert picture.getpixel((0, 0)) == 9
    assert run("data", "export", "pics") == 2  # never into a folder that holds something
    assert "exists already" in capsys.readouterr().err
    assert run("data", "export", "pics", "--split", "nothing", "--to", "other") == 2


def test_aligning_needs_a_plugin_that_finds_faces(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("data", "align", "nowhere") == 2
    assert "not a folder" in capsys.readouterr().err
    (pictures / "photos").mkdir()
    assert run("data", "align", "photos") == 1
    assert "lab-vision" in capsys.readouterr().err
