"""Downloads against a server on the loopback address: continued, verified, refused; and one clear line without a network."""

import hashlib
import io
import pickle
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import numpy as np
import pytest
from lab_datasets import card
from lab_datasets.famous import FAMOUS
from lab_datasets.famous_loaders import load_celeba, load_cifar10, load_text
from PIL import Image

from lab_core import data
from lab_core.data import DataFile, DataSet
from lab_core.errors import LabError, UsageError

CONTENT = bytes(range(256)) * 40
SUM = hashlib.sha256(CONTENT).hexdigest()
ranges: list[str | None] = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        ranges.append(asked)
        if self.path.startswith("/busy") and len(ranges) < 3:
            self.send_error(503)
            return
        if self.path.startswith("/gone"):
            self.send_error(404)
            return
        if self.path.startswith("/login"):
            self._page(b"<!DOCTYPE html><html>Please log in</html>")
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start : 5000 if self.path == "/cut" and not asked else None])

    def _page(self, page: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("LAB_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ranges.clear()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def far(url: str, sha256: str = SUM, size: int = len(CONTENT)) -> DataSet:
    files = (DataFile("far.bin", size, sha256, url),)
    return msgspec.structs.replace(card("text8"), id="far", files=files)


def test_a_file_is_downloaded_and_verified(url: str) -> None:
    folder = data.fetch(far(url))
    assert (folder / "far.bin").read_bytes() == CONTENT
    assert data.damage(far(url)) == []
    assert data.fetch(far(url)) == folder
    assert len(ranges) == 1


def test_what_was_begun_is_continued(url: str, tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"could not be downloaded: .*austen is embedded"):
        data.fetch(far(f"{url}/cut"), retries=0)
    assert (tmp_path / "far" / "far.bin.part").stat().st_size == 5000
    data.fetch(far(f"{url}/cut"))
    assert ranges == [None, "bytes=5000-"]
    assert (tmp_path / "far" / "far.bin").read_bytes() == CONTENT


def test_a_file_that_is_not_the_published_one_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="not the file that it should be"):
        data.fetch(far(url, "0" * 64))
    assert not (tmp_path / "far" / "far.bin").exists()
    assert not (tmp_path / "far" / "far.bin.part").exists()


def test_a_sum_that_nobody_published_is_recorded_and_held_to(url: str, tmp_path: Path) -> None:
    folder = data.fetch(far(url, ""))
    assert data.recorded_sums(folder)["far.bin"].sha256 == SUM
    assert data.damage(far(url, "")) == []
    (folder / "far.bin").unlink()
    (folder / "sums.json").write_bytes(msgspec.json.encode({"far.bin": {"size": 1, "sha256": "1" * 64}}))
    with pytest.raises(LabError, match="not the file that it should be"):
        data.fetch(far(url, ""))


@pytest.mark.parametrize("name", ["far.zip", "far.tar.gz", "far.txt", "far.bin"])
def test_a_login_page_with_a_good_status_never_becomes_the_recorded_sum(url: str, tmp_path: Path, name: str) -> None:
    card = msgspec.structs.replace(far(url), files=(DataFile(name, 0, "", f"{url}/login"),))
    with pytest.raises(LabError, match=r"not the file that it should be \(a web page\)"):
        data.fetch(card)
    assert data.recorded_sums(tmp_path / "far") == {}
    assert not list((tmp_path / "far").iterdir())


def test_an_archive_that_cannot_be_opened_is_refused(url: str, tmp_path: Path) -> None:
    card = msgspec.structs.replace(far(url), files=(DataFile("far.zip", 0, "", url),))
    with pytest.raises(LabError, match="can't be opened"):
        data.fetch(card)
    assert not list((tmp_path / "far").iterdir())


def test_files_that_are_there_are_verified(url: str, tmp_path: Path) -> None:
    folder = data.fetch(far(url))
    (folder / "far.bin").write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(LabError, match=r"far.bin .*Delete it and run lab data fetch far"):
        data.fetch(far(url))
    unknown = far(url, "")
    (folder / "far.bin").write_bytes(b"<html>sorry</html>")
    with pytest.raises(LabError, match="a web page"):
        data.fetch(unknown)
    (folder / "far.bin").write_bytes(CONTENT)
    data.fetch(unknown)
    assert data.recorded_sums(folder)["far.bin"].sha256 == SUM


def test_a_busy_server_is_tried_again_and_a_missing_file_is_not(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    data.fetch(far(f"{url}/busy"))
    assert pauses == [2.0, 4.0]
    assert capsys.readouterr().err.count("trying again") == 2
    ranges.clear()
    missing = msgspec.structs.replace(far(f"{url}/gone"), id="missing")
    with pytest.raises(LabError, match="Not Found"):
        data.fetch(missing)
    assert len(ranges) == 1


def test_mirrors_are_tried_before_the_cards_own_address(url: str, tmp_path: Path) -> None:
    away = far("http://127.0.0.1:9/far.bin")
    data.fetch(away, mirrors=[f"{url}/gone", f"{url}/"])
    assert (tmp_path / "far" / "far.bin").read_bytes() == CONTENT
    with pytest.raises(UsageError, match="no address"):
        data.fetch(msgspec.structs.replace(away, id="other"), mirrors=["ftp:nowhere"])


def test_without_a_network_one_line_names_what_is_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(LabError, match="austen is embedded and works offline") as caught:
        data.fetch(far("http://127.0.0.1:9/far.bin"), retries=0)
    assert "\n" not in str(caught.value)


def test_every_famous_set_names_an_embedded_alternative() -> None:
    for one in FAMOUS:
        assert card(str(one.alternative)).embedded
        assert all(file.url for file in one.files)


def test_cifar_is_read_from_its_pickles_and_a_pickle_with_code_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_DATA_DIR", str(tmp_path))
    small = msgspec.structs.replace(card("cifar10"), splits={"train": 8, "validation": 2, "test": 2})
    pixels = np.zeros((2, 3072), np.uint8)
    pixels[:, 1024:2048] = 7  # the green plane

    def write(payload: object) -> None:
        (tmp_path / "cifar10").mkdir(exist_ok=True)
        with tarfile.open(tmp_path / "cifar10" / "cifar-10-python.tar.gz", "w:gz") as archive:
            for name in [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]:
                content = pickle.dumps(payload, protocol=2)
                member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))

    write({b"data": pixels, b"labels": [3, 4]})
    images, labels = load_cifar10(small, "train")
    assert images.shape == (8, 32, 32, 3)
    assert images[0, 5, 5].tolist() == [0, 7, 0]
    assert labels.tolist() == [3, 4] * 4
    write({b"data": print})
    with pytest.raises(LabError, match="refused"):
        load_cifar10(small, "train")


def test_celeba_is_the_middle_of_each_face_in_the_order_of_the_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_DATA_DIR", str(tmp_path))
    small = msgspec.structs.replace(card("celeba"), splits={"train": 2, "validation": 1, "test": 1})
    (tmp_path / "celeba").mkdir()
    with zipfile.ZipFile(tmp_path / "celeba" / "img_align_celeba.zip", "w") as archive:
        for place in (3, 1, 0, 2):
            pixels = np.zeros((218, 178, 3), np.uint8)
            pixels[55:163, 35:143] = 60 * place  # what should be kept, on black
            content = io.BytesIO()
            Image.fromarray(pixels).save(content, "JPEG", quality=95)
            archive.writestr(f"img_align_celeba/{place:06d}.jpg", content.getvalue())
    images = load_celeba(small, "train+validation").images
    assert images.shape == (3, 64, 64, 3)
    assert np.abs(images.mean(axis=(1, 2, 3)) - [0, 60, 120]).max() < 1
    assert load_celeba(small, "test").images.mean() == pytest.approx(180, abs=1)


def test_a_page_instead_of_the_archive_is_no_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_DATA_DIR", str(tmp_path))
    (tmp_path / "celeba").mkdir()
    (tmp_path / "celeba" / "img_align_celeba.zip").write_text("<html>too many downloads today</html>")
    with pytest.raises(LabError, match=r"is no zip file.*lab data fetch celeba"):
        load_celeba(card("celeba"), "train")


def test_a_file_of_another_size_than_the_published_one_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="not the file that it should be"):
        data.fetch(far(url, "", size=len(CONTENT) + 1))
    assert not (tmp_path / "far" / "far.bin").exists()


def test_a_text_is_cut_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_DATA_DIR", str(tmp_path))
    (tmp_path / "tiny-shakespeare").mkdir()
    (tmp_path / "tiny-shakespeare" / "input.txt").write_text("a" * 90 + "b" * 5 + "c" * 5)
    shakespeare = card("tiny-shakespeare")
    assert load_text(shakespeare, "train").text == ["a" * 90]
    assert load_text(shakespeare, "validation+test").text == ["b" * 5, "c" * 5]
