"""A person's own images through the command line: what works is trained on, what doesn't is one clear line."""

import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from lab_app.cli import main

QUICK = ("--preset", "smoke", "--quiet", "--no-eval", "--set", "network=mlp", "--set", "media_every=0")


@pytest.fixture
def lab(capsys):
    """``lab(*arguments, code=0)``: the standard error of a command; 1 and 2 are failures of one line each."""

    def run(*arguments, code=0):
        try:
            main([str(one) for one in arguments])
            found = 0
        except SystemExit as end:
            found = end.code or 0
        out, err = capsys.readouterr()
        assert found == code, f"exit code {found}: {err}"
        if code:
            assert "Traceback" not in err
            lines = [line for line in err.splitlines() if line.startswith("error:")]
            assert len(lines) == 1, err
            return lines[0]
        return err + out

    return run


def picture(path, size=(40, 30), mode="RGB", seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 4), np.uint8)
    if mode == "I;16":
        Image.fromarray(pixels[..., 0].astype(np.uint16) * 257).save(path)
    else:
        Image.fromarray(pixels).convert(mode).save(path)
    return path


def pictures(folder, count=6, **options):
    for number in range(count):
        picture(folder / f"{number}.png", seed=number, **options)
    return folder


def train(lab, folder, *more, task="gan-mnist", code=0):
    runs = folder.parent / "runs"
    return lab("run", task, *QUICK, "--set", f"data={folder}", "--runs-dir", runs, *more, code=code)


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    """Two class folders of mixed sizes and modes, with a file that is no picture, and a run of a conditional model on them."""
    base = tmp_path_factory.mktemp("own")
    for name in ("cat", "dog"):
        for number, (size, mode, suffix) in enumerate(
            [
                ((40, 30), "RGB", "png"),
                ((28, 90), "L", "jpg"),
                ((33, 33), "RGBA", "png"),
                ((200, 50), "P", "gif"),
                ((64, 64), "I;16", "png"),
            ]
        ):
            picture(base / "zoo" / name / f"{number}.{suffix}", size, mode, seed=number)
    (base / "zoo" / "cat" / "notes.txt").write_text("soft")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_RUNS_DIR", str(base / "runs"))
        with pytest.raises(SystemExit) as end:
            main(["run", "cgan-mnist", *QUICK, "--set", f"data={base / 'zoo'}", "--set", "size=32"])
        assert not end.value.code
    return base


def run_in(base):
    """The run of a folder: by the task's name alone it is the model that ships, as long as no run is scored."""
    (folder,) = (base / "runs" / "cgan-mnist").iterdir()
    return f"cgan-mnist/{folder.name}"


def test_mixed_sizes_and_modes_are_trained_on(zoo, lab):
    (run,) = json.loads(lab("runs", "list", "--json", "--runs-dir", zoo / "runs"))
    assert run["status"] == "completed"


def test_class_folders_are_the_classes_that_can_be_asked_for(zoo, lab, tmp_path):
    for label in ("dog", "1"):
        lab("sample", run_in(zoo), "--label", label, "--count", "3", "--out", tmp_path / label / "", "--runs-dir", zoo / "runs")
    made = [sorted((tmp_path / label).glob("*.png")) for label in ("dog", "1")]
    for one, other in zip(*made, strict=True):
        with Image.open(one) as a, Image.open(other) as b:
            assert a.size == (32, 32)
            assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("label", ["zebra", "2", "-1"])
def test_a_wrong_label_names_the_right_ones(zoo, lab, label):
    line = lab("sample", run_in(zoo), f"--label={label}", "--runs-dir", zoo / "runs", code=2)
    assert label in line
    assert "cat" in line
    assert "dog" in line


def test_a_wrong_code_names_the_right_ones(zoo, lab):
    line = lab("sample", run_in(zoo), "--code", "c1=-1:1", "--runs-dir", zoo / "runs", code=2)
    assert "c1" in line
    line = lab("sample", run_in(zoo), "--with", "c3=1", "--runs-dir", zoo / "runs", code=2)
    assert "c3" in line
    line = lab("sample", run_in(zoo), "--with", "truncation=9", "--runs-dir", zoo / "runs", code=2)
    assert "truncation" in line


def test_going_on_with_other_pictures_is_refused(zoo, lab, tmp_path):
    shutil.copytree(zoo / "zoo", tmp_path / "zoo")
    train(lab, tmp_path / "zoo")
    picture(tmp_path / "zoo" / "cat" / "new.png", seed=9)
    line = lab("resume", "gan-mnist", "--steps", "9", "--no-eval", "--quiet", "--runs-dir", tmp_path / "runs", code=1)
    assert "training data differ" in line
    (tmp_path / "zoo" / "cat" / "new.png").unlink()
    lab("resume", "gan-mnist", "--steps", "9", "--no-eval", "--quiet", "--runs-dir", tmp_path / "runs")
    shutil.rmtree(tmp_path / "zoo")
    line = lab("resume", "gan-mnist", "--steps", "12", "--no-eval", "--quiet", "--runs-dir", tmp_path / "runs", code=2)
    assert "neither a folder nor a file" in line


def test_few_pictures_serve_a_larger_minibatch(lab, tmp_path):
    train(lab, pictures(tmp_path / "few", 5), "--set", "batch_size=16")


@pytest.mark.parametrize("layout", ["A/B", "side by side"])
def test_both_sides_of_pairs_are_pictures(lab, tmp_path, layout):
    if layout == "A/B":
        pictures(tmp_path / "own" / "A", 3)
        pictures(tmp_path / "own" / "B", 3)
    else:
        pictures(tmp_path / "own", 3, size=(80, 40))
    train(lab, tmp_path / "own")


@pytest.mark.parametrize(("content", "message"), [("nothing", "holds nothing"), ("texts", "images are expected")])
def test_a_folder_without_images(lab, tmp_path, content, message):
    folder = tmp_path / "own"
    folder.mkdir()
    if content == "texts":
        for number in range(3):
            (folder / f"{number}.txt").write_text("no picture")
    assert message in train(lab, folder, code=2)


def test_one_image_only(lab, tmp_path):
    assert "at least 2 are expected" in train(lab, pictures(tmp_path / "own", 1), code=2)


def test_no_such_folder_and_no_such_set(lab, tmp_path):
    assert "neither a folder nor a file" in train(lab, tmp_path / "missing", code=2)
    line = lab("run", "gan-mnist", *QUICK, "--set", "data=fashion", "--runs-dir", tmp_path / "runs", code=2)
    assert "fashion-mnist" in line
    line = lab("run", "gan-mnist", *QUICK, "--set", "data=austen", "--runs-dir", tmp_path / "runs", code=2)
    assert "images are expected" in line


def test_damaged_files_are_left_out_before_training(lab, tmp_path):
    folder = pictures(tmp_path / "own", 4)
    whole = picture(folder / "cut.png", seed=7).read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.png").write_text("not a picture")
    told = train(lab, folder)
    (line,) = [line for line in told.splitlines() if "left out" in line]
    assert all(name in line for name in ("cut.png", "empty.jpg", "text.png"))
    for number in range(4):
        (folder / f"{number}.png").unlink()
    assert "holds no picture that can be used" in train(lab, folder, code=1)


def test_a_decompression_bomb_is_not_unpacked(lab, tmp_path):
    folder = pictures(tmp_path / "own", 4)
    Image.new("1", (12_000, 12_000)).save(folder / "bomb.png")
    assert (folder / "bomb.png").stat().st_size < 100_000
    told = train(lab, folder)
    assert re.search(r"left out bomb\.png \(12000 x 12000 pixels; at most 100,000,000", told)


@pytest.mark.parametrize("task", ["cgan-mnist", "acgan-mnist", "stackedgan-mnist"])
def test_a_condition_without_classes(lab, tmp_path, task):
    folder, runs = pictures(tmp_path / "own"), tmp_path / "runs"
    line = lab("run", task, "--preset", "smoke", "--quiet", "--no-eval", "--set", f"data={folder}", "--runs-dir", runs, code=2)
    assert "has no classes" in line
    assert "one folder a class" in line


def test_sizes_that_no_network_is_made_for(lab, tmp_path):
    folder = pictures(tmp_path / "own")
    assert "size" in train(lab, folder, "--set", "size=128", code=2)
    assert "The nearest: 48 or 52" in train(lab, folder, "--set", "size=50", code=2)


def test_a_model_of_codes_tells_its_codes(lab, tmp_path):
    folder = pictures(tmp_path / "own")
    train(lab, folder, task="infogan-mnist")
    where = ("--runs-dir", tmp_path / "runs")
    line = lab("sample", "infogan-mnist", "--code", "c9=-1:1", *where, code=2)
    assert all(name in line for name in ("c9", "c1"))
    line = lab("sample", "infogan-mnist", "--code", "c1=-9:9", *where, code=2)
    assert "c1" in line
    lab("sample", "infogan-mnist", "--code", "c1=-2:2", "--steps", "3", "--count", "2", "--out", tmp_path / "sweep.png", *where)
    assert (tmp_path / "sweep.png").is_file()
