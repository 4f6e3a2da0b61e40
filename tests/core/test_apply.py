"""``lab apply``: what is read, in which order results come, where they go, what is refused or named in one line."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import applying_toys
import numpy as np
import pytest
from PIL import Image

from lab_app.applying import sources
from lab_app.applying.engine import answers
from lab_app.applying.source import Failure, Source
from lab_app.applying.watching import arriving
from lab_app.cli import common, main
from lab_core import LabError
from lab_core.model import Kind
from lab_core.registry.registry import Registry

PRESETS: dict[str, dict[str, Any]] = {"smoke": {}, "default": {}}
Lab = Callable[..., tuple[str, str]]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lab:
    """Calls the command line in an empty folder with the toys; returns standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    registry = Registry()
    for task in applying_toys.TASKS:
        registry.add_task(task, "toys")
    registry.add_benchmark(applying_toys.UPPER_BENCHMARK, "toys")
    monkeypatch.setattr(common, "_loaded", (registry, []))

    def call(*arguments: object, code: int = 0) -> tuple[str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(one) for one in arguments])
        said = capsys.readouterr()
        assert (ended.value.code or 0) == code, said.err
        return said.out, said.err

    return call


def pipe(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Puts ``data`` on standard input."""
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    monkeypatch.setattr(sys, "stdin", os.fdopen(reading))


def picture(path: Path | str, size: tuple[int, int] = (20, 10), colour: Any = (10, 20, 30), mode: str = "RGB") -> Path:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)
    return path


def pixels(path: Path | str) -> Any:
    return np.asarray(Image.open(path))


# Texts


def test_texts_that_are_typed_are_answered_in_order_on_standard_output(lab: Lab) -> None:
    out, err = lab("apply", "toy-upper", "one", "grüße", "three words here")
    assert out == "ONE\nGRÜSSE\nTHREE WORDS HERE\n"
    assert "3 texts" in err


def test_lines_on_standard_input_keep_their_lines_and_a_line_that_fails_is_named(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe(monkeypatch, b"one\n\ntwo poison\nthree\nfour\n\nfive")
    out, err = lab("apply", "toy-upper", code=1)
    assert out == "ONE\n\nTHREE\nFOUR\n\nFIVE\n"
    assert "line 3" in err
    assert "ValueError: poison in the text" in err
    assert "1 failed" in err


def test_a_file_is_a_line_an_item_or_whole(lab: Lab) -> None:
    Path("notes.txt").write_bytes("\ufefffirst\r\nsecond\r\n".encode())
    assert lab("apply", "toy-upper", "notes.txt", "--set", "mark=.")[0] == "FIRST.\nSECOND.\n"
    assert lab("apply", "toy-upper", "notes.txt", "--set", "mark=.", "--whole")[0] == "FIRST\nSECOND\n.\n"


def test_bytes_that_are_no_utf8_cost_their_line_only(lab: Lab) -> None:
    Path("notes.txt").write_bytes(b"good\nb\xffd\nfine\n")
    out, err = lab("apply", "toy-upper", "notes.txt", code=1)
    assert out == "GOOD\nFINE\n"
    assert "notes.txt, line 2 is not UTF-8 text (byte 2)" in err


def test_several_answers_come_with_their_scores_and_streams_come_whole(lab: Lab) -> None:
    out, _ = lab("apply", "toy-upper", "ab", "--with", "best=2")
    assert out == "-0.0000\tAB\n-1.0000\tAB!\n\n"
    assert lab("apply", "toy-upper", "ab", "--with", "stream=yes")[0] == "AB\n"


def test_json_is_one_document_and_json_lines_are_one_a_line(lab: Lab) -> None:
    out, _ = lab("apply", "toy-upper", "ab", "poison", "cd", "--with", "best=2", "--json", code=1)
    document = json.loads(out)
    assert [one["output"] for one in document["items"]] == ["AB", "CD"]
    assert document["items"][0]["alternatives"][1] == {"score": -1.0, "output": "AB!"}
    assert document["options"]["best"] == 2
    assert document["failed"][0]["name"] == "text 2"
    lab("apply", "toy-upper", "ab", "cd", "--out", "out.jsonl")
    assert [json.loads(line)["output"] for line in Path("out.jsonl").read_text().splitlines()] == ["AB", "CD"]


def test_texts_in_a_folder_of_results_keep_their_files_names(lab: Lab) -> None:
    for name in ("in/a.txt", "in/deep/b.txt"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(f"{name}\nsecond\n")
    lab("apply", "toy-upper", "in", "--out", "out/")
    assert Path("out/a.txt").read_text() == "IN/A.TXT\nSECOND\n"
    assert Path("out/deep/b.txt").read_text() == "IN/DEEP/B.TXT\nSECOND\n"
    assert "IN/DEEP/B.TXT" in Path("out/index.html").read_text()


def test_a_word_that_looks_like_a_missing_file_is_refused(lab: Lab) -> None:
    assert "There is no file nots.txt" in lab("apply", "toy-upper", "nots.txt", code=2)[1]


def test_a_prompt_answers_each_line(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal("one\n\ntwo\n"))
    out, _ = lab("apply", "toy-upper")
    assert out.replace("> ", "").split() == ["ONE", "TWO"]


# Options


def test_an_unknown_option_is_answered_by_the_nearest_one(lab: Lab) -> None:
    assert "Did you mean best?" in lab("apply", "toy-upper", "a", "--with", "bst=3", code=2)[1]
    assert "can't be 9; expected whole number >= 1 and <= 5" in lab("apply", "toy-upper", "a", "--with", "best=9", code=2)[1]
    assert "has no options" in lab("apply", "toy-means", "x.png", "--with", "a=1", code=2)[1]


# Images


def test_a_folder_is_done_with_its_subfolders_and_a_damaged_file_is_named(lab: Lab) -> None:
    picture("in/a.png")
    picture("in/deep/ä b.jpg")
    Path("in/bad.png").write_bytes(b"\x89PNG\r\n\x1a\n damaged")
    picture("in/unlucky.png", (13, 13))
    picture("in/.hidden/c.png")
    Path("in/notes.txt").write_text("no image")
    _, err = lab("apply", "toy-invert", "in", "--out", "out/", code=1)
    assert (pixels("out/a.png")[0, 0] == (245, 235, 225)).all()
    written = sorted(path.relative_to("out").as_posix() for path in Path("out").rglob("*.png"))
    assert [name for name in written if not name.startswith(".")] == ["a.png", "deep/ä b.png"]
    assert "in/bad.png can't be decoded" in err
    assert "in/unlucky.png: plugin toys failed: ValueError: 13 is unlucky" in err
    assert "2 images" in err
    results = json.loads(Path("out/results.json").read_text())
    assert [one["name"] for one in results["failed"]] == ["in/bad.png", "in/unlucky.png"]
    page = Path("out/index.html").read_text()
    assert 'src="deep/%C3%A4%20b.png"' in page
    assert "13 is unlucky" in page


def test_one_image_becomes_a_picture_here_named_after_it_and_the_task(lab: Lab) -> None:
    picture("photos/cat.jpg", colour=(0, 0, 0))
    lab("apply", "toy-invert", "photos/cat.jpg", "--with", "half=on")
    assert pixels("cat-toy-invert.png").shape == (5, 10, 3)
    assert pixels("cat-toy-invert.png").min() == 255


def test_transparency_is_put_back_and_the_result_over_white_is_the_models(lab: Lab) -> None:
    rgba = np.zeros((4, 8, 4), np.uint8)
    rgba[..., 0], rgba[..., 3] = 200, np.array([255, 255, 0, 0, 128, 128, 128, 128])
    Image.fromarray(rgba).save("a.png")
    lab("apply", "toy-invert", "a.png", "--with", "strength=0", "--out", "b.png")
    out = pixels("b.png")
    assert (out[..., 3] == rgba[..., 3]).all()
    assert (out[:, :2, :3] == (200, 0, 0)).all()
    assert np.abs(out[:, 4:, :3].astype(int) - (200, 0, 0)).max() <= 1


def test_files_are_read_by_one_set_of_rules(lab: Lab) -> None:
    Image.fromarray(np.full((4, 4), 65535 // 2, np.uint16)).save("sixteen.png")
    Image.new("CMYK", (4, 4), (255, 0, 0, 0)).save("cmyk.tif")
    frames = [Image.new("P", (4, 4), 0), Image.new("P", (4, 4), 1)]
    frames[0].putpalette([9, 9, 9, 200, 200, 200])
    frames[0].save("moving.gif", save_all=True, append_images=frames[1:])
    exif = Image.Exif()
    exif[0x112] = 6  # to be turned by a quarter
    Image.new("L", (8, 4), 7).save("turned.jpg", exif=exif)
    lab("apply", "toy-invert", "sixteen.png", "cmyk.tif", "moving.gif", "turned.jpg", "--with", "strength=0", "--out", "o/")
    assert pixels("o/sixteen.png").shape == (4, 4)
    assert (pixels("o/sixteen.png") == round((65535 // 2) / 257)).all()
    assert (pixels("o/cmyk.png")[0, 0] == (0, 255, 255)).all()
    assert (pixels("o/moving.png") == 9).all()
    assert pixels("o/turned.png").shape == (8, 4)


def test_colour_profiles_are_not_applied_and_one_line_says_so(lab: Lab) -> None:
    from PIL import ImageCms

    plain = Image.new("RGB", (4, 4), (10, 20, 30))
    for name, kind in (("a", "LAB"), ("b", "LAB"), ("c", "sRGB")):
        plain.save(f"{name}.png", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile(kind)).tobytes())
    _, err = lab("apply", "toy-invert", "a.png", "b.png", "--with", "strength=0", "--out", "o/")
    assert err.count("colour profile") == 1
    assert "a.png has a colour profile (ICC); profiles are not applied" in err
    assert (pixels("o/a.png")[0, 0] == (10, 20, 30)).all()
    _, err = lab("apply", "toy-invert", "c.png", "--with", "strength=0", "--out", "p/")
    assert "colour profile" not in err


def test_a_picture_of_too_many_pixels_is_refused_by_its_size(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    from lab_app.formats import images

    monkeypatch.setattr(images, "MOST_PIXELS", 100)
    picture("large.png", (20, 10))
    assert "large.png has 20 x 10 pixels" in lab("apply", "toy-invert", "large.png", code=1)[1]


def test_names_that_meet_get_numbers_and_patterns_keep_folders(lab: Lab) -> None:
    picture("in/a.png"), picture("in/a.jpg"), picture("in/deep/a.png")
    lab("apply", "toy-invert", "in/**/*.*", "--out", "o/")
    assert {path.relative_to("o").as_posix() for path in Path("o").rglob("a*.png") if ".gallery" not in path.parts} == {
        "a.png", "a-2.png", "deep/a.png",
    }  # fmt: skip


def test_neither_inputs_nor_earlier_results_are_overwritten(lab: Lab) -> None:
    picture("in/a.png")
    assert "is an input" in lab("apply", "toy-invert", "in/a.png", "--out", "in/a.png", "--overwrite", code=2)[1]
    assert "holds the inputs" in lab("apply", "toy-invert", "in", "--out", "in/", "--overwrite", code=2)[1]
    os.symlink("in/a.png", "link.png")
    assert "is an input" in lab("apply", "toy-invert", "in/a.png", "--out", "link.png", "--overwrite", code=2)[1]
    assert (pixels("in/a.png")[0, 0] == (10, 20, 30)).all()
    lab("apply", "toy-invert", "in/a.png", "--out", "b.png")
    assert "exists already" in lab("apply", "toy-invert", "in/a.png", "--out", "b.png", code=2)[1]
    lab("apply", "toy-invert", "in/a.png", "--out", "b.png", "--overwrite", "--with", "strength=0")
    assert (pixels("b.png")[0, 0] == (10, 20, 30)).all()
    lab("apply", "toy-invert", "in", "--out", "o/")
    assert "not empty" in lab("apply", "toy-invert", "in", "--out", "o/", code=2)[1]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_a_folder_and_nothing_are_no_images(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo("pipe.png")
    assert "pipe.png is not a plain file" in lab("apply", "toy-invert", "pipe.png", code=1)[1]
    Path("folder.png").mkdir()
    assert "holds no file of the kind image" in lab("apply", "toy-invert", "folder.png", code=2)[1]
    assert "There is no file none.png" in lab("apply", "toy-invert", "none.png", code=2)[1]
    pipe(monkeypatch, b"")
    assert "Standard input is empty" in lab("apply", "toy-invert", "-", code=1)[1]


def test_targets_stand_beside_the_results(lab: Lab) -> None:
    picture("in/a.png"), picture("wanted/a.png", colour=(1, 2, 3))
    lab("apply", "toy-invert", "in", "--out", "o/", "--target", "wanted")
    page = Path("o/index.html").read_text()
    assert "<figcaption>target</figcaption>" in page
    assert (pixels("o/.gallery/a.target.png")[0, 0] == (1, 2, 3)).all()


def test_a_film_comes_out_as_a_film_of_as_many_frames(lab: Lab) -> None:
    from lab_app.applying.films import FilmWriter

    film = FilmWriter(Path("in.mp4"), fps=10)
    for value in range(0, 100, 20):
        film.add(np.full((32, 48, 3), value, np.uint8))
    film.close()
    lab("apply", "toy-invert", "in.mp4", "--out", "out.mp4")
    frames = [one for one in sources.read(sources.find(["out.mp4"], Kind.IMAGE), Kind.IMAGE) if isinstance(one, Source)]
    assert [round(float(one.item.mean()) / 5) * 5 for one in frames] == [255, 235, 215, 195, 175]
    assert frames[0].film is not None
    assert frames[0].film.fps == 10
    Path("broken.mp4").write_bytes(b"no film")
    assert "broken.mp4 can't be decoded as a video" in lab("apply", "toy-invert", "broken.mp4", code=1)[1]


# Other kinds


def test_a_forecast_goes_on_from_a_csv_file_with_dates_and_gaps(lab: Lab) -> None:
    Path("s.csv").write_text("date,temp,rain\n2024-01-01,1.5,0\n2024-01-02,NA,3\n2024-01-03,2,1\n")
    out, _ = lab("apply", "toy-naive", "s.csv", "--with", "horizon=2")
    head, first, second = out.splitlines()
    assert head == "time,temp,rain,temp low,rain low,temp high,rain high,part"
    assert first.startswith("2024-01-04,2,1,")
    assert second.endswith(",forecast")
    lab("apply", "toy-naive", "s.csv", "--out", "o/")
    assert pixels("o/s.png").shape == (520, 720, 3)
    assert Path("o/s.csv").is_file()


def test_several_series_in_a_file_are_several_items_and_no_name_leaves_the_folder(lab: Lab) -> None:
    Path("m.csv").write_text("series;time;value\na;1;1,5\na;2;2,5\n../../b;1;3\n../../b;2;4\n")
    lab("apply", "toy-naive", "m.csv", "--out", "o/")
    assert sorted(path.name for path in Path("o/m").iterdir()) == ["_.._b.csv", "_.._b.png", "a.csv", "a.png"]
    assert Path("o/m/a.csv").read_text().splitlines()[1].startswith("3,2.5,")


def test_labels_are_words_and_tables(lab: Lab) -> None:
    picture("in/white.png", colour=(255, 255, 255)), picture("in/grey.png", colour=(51, 51, 51))
    out, _ = lab("apply", "toy-brightness", "in")
    assert out == "grey\tdark 80 %, bright 20 %\nwhite\tbright 100 %, dark 0 %\n"
    lab("apply", "toy-brightness", "in", "--out", "l.csv")
    assert Path("l.csv").read_text().splitlines()[:2] == ["item,label,probability", "grey,dark,0.8"]
    lab("apply", "toy-brightness", "in", "--out", "o/")
    assert '<div class="bar"><span>dark</span><span>80.0 %</span>' in Path("o/index.html").read_text()


def test_boxes_are_drawn_and_written_as_coco(lab: Lab) -> None:
    picture("in/deep/a.jpg", (80, 40), colour=(0, 0, 0))
    lab("apply", "toy-centre", "in", "--out", "o/")
    coco = json.loads(Path("o/boxes.json").read_text())
    assert coco["images"] == [{"id": 1, "file_name": "deep/a.jpg", "width": 80, "height": 40}]
    assert coco["annotations"][0]["bbox"] == [20.0, 10.0, 40.0, 20.0]
    assert coco["annotations"][0]["keypoints"] == [40.0, 20.0, 2]
    assert pixels("o/deep/a.png")[10, 21].max() > 100


def test_vectors_become_files_for_the_projector_and_a_table_of_distances(lab: Lab) -> None:
    for name, colour in (("a", (255, 0, 0)), ("b", (0, 255, 0)), ("c", (128, 0, 0))):
        picture(f"in/{name}.png", colour=colour)
    lab("apply", "toy-means", "in", "--out", "o/")
    assert Path("o/metadata.tsv").read_text() == "a\nb\nc\n"
    assert Path("o/vectors.tsv").read_text().splitlines()[0] == "1\t0\t0"
    assert Path("o/distances.csv").read_text().splitlines()[1] == "a,0.0000,1.0000,0.0000"
    with np.load("o/vectors.npz") as arrays:
        assert arrays["vectors"].shape == (3, 3)
    assert pixels("o/map.png").shape == (900, 900, 3)


def test_distances_are_printed_as_a_matrix_under_numbers(lab: Lab) -> None:
    for name, colour in (("a", (255, 0, 0)), ("b", (0, 255, 0)), ("c", (255, 255, 0))):
        picture(f"in/{name}.png", colour=colour)
    out, _ = lab("apply", "toy-means", "in", "--distances")
    assert out.splitlines() == [
        *("0: in/a.png", "1: in/b.png", "2: in/c.png", "", "Distance matrix"),
        "             0         1         2",
        "0       0.0000    1.4142    1.0000",
        "1       1.4142    0.0000    1.0000",
        "2       1.0000    1.0000    0.0000",
    ]
    lab("apply", "toy-means", "in", "--distances", "--out", "d.txt")
    assert Path("d.txt").read_text() == out
    _, err = lab("apply", "toy-means", "in", "--distances", "--out", "d.csv", code=2)
    assert "--out is d.csv" in err
    _, err = lab("apply", "toy-centre", "in", "--distances", code=2)
    assert "for models that give vectors" in err


# The engine


def sources_of(*items: Any) -> list[Source | Failure]:
    return [Source(str(number), item) for number, item in enumerate(items)]


def test_a_model_is_never_asked_for_more_than_it_takes() -> None:
    taken: list[str] = []

    def coming() -> Any:
        for number in range(1_000_000):
            taken.append(str(number))
            yield Source(str(number), f"text {number}")

    model = applying_toys.Upper(applying_toys.ToyConfig())
    found = answers(model, coming(), model.options(), failed=lambda failure: None)
    assert [next(found)[1].item for _ in range(2)] == ["TEXT 0", "TEXT 1"]
    assert len(taken) == applying_toys.BATCH


def test_only_the_items_that_fail_are_lost_wherever_they_stand_in_a_batch() -> None:
    texts = ["poison a", "b", "c", "d", "e", "poison f", "g", "poison h", "i"]
    lost: list[str] = []
    model = applying_toys.Upper(applying_toys.ToyConfig())
    found = answers(model, sources_of(*texts), model.options(), failed=lambda failure: lost.append(failure.name))
    assert [answer.item for _, answer in found] == ["B", "C", "D", "E", "G", "I"]
    assert lost == ["0", "5", "7"]


def test_a_model_that_fails_on_everything_stops_early() -> None:
    model = applying_toys.Upper(applying_toys.ToyConfig())
    with pytest.raises(LabError, match="The first 5 items all failed"):
        list(answers(model, sources_of(*["poison"] * 1000), model.options(), failed=lambda failure: None))


def test_a_model_that_answers_too_little_or_too_much_is_found_out() -> None:
    class Short(applying_toys.Upper):
        def apply(self, items: Any, options: Any) -> Any:
            return iter(list(items)[1:])

    class Long(applying_toys.Upper):
        def apply(self, items: Any, options: Any) -> Any:
            return iter([*items, "more"])

    for kind in (Short, Long):
        model = kind(applying_toys.ToyConfig())
        with pytest.raises(LabError, match="gave"):
            list(answers(model, sources_of("a", "b"), model.options(), failed=lambda failure: None))


def test_files_that_arrive_are_applied_once_they_stand_still(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    batches = arriving(tmp_path, Kind.IMAGE, rounds=6)
    assert [one.name for one in next(batches)] == ["a"]
    picture(tmp_path / "b.png")
    assert [one.name for one in next(batches)] == ["b"]
    assert list(batches) == []


# Processes, and tasks without a trainer


def test_a_process_answers_a_line_before_the_next_one_is_written(tmp_path: Path) -> None:
    site = tmp_path / "toys-0.1.dist-info"
    site.mkdir()
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 0.1\n")
    (site / "entry_points.txt").write_text("[lab]\ntoys = applying_toys\n")
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, "-c", "from lab_app.cli import main; main()", "apply", "toy-upper", "-", "--quiet"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}, cwd=tmp_path,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    for word in ("one", "two"):
        process.stdin.write(f"{word}\n")
        process.stdin.flush()
        assert process.stdout.readline() == f"{word.upper()}\n"
    process.stdin.close()
    assert process.wait(30) == 0


def test_a_task_without_a_trainer_is_scored_once_a_setting_and_says_what_it_is_for(lab: Lab, tmp_path: Path) -> None:
    assert "lab apply toy-upper INPUT" in lab("run", "toy-upper", code=2)[1]
    out, _ = lab("eval", "toy-upper", "--json")
    assert json.loads(out)["scores"] == [1.0, 1.0, 1.0, 1.0]
    lab("eval", "toy-upper")
    lab("eval", "toy-upper", "--set", "mark=!")
    runs = json.loads(lab("runs", "list", "--json")[0])
    assert sorted(row["task"] for row in runs) == ["toy-upper", "toy-upper"]
    assert "upper" in lab("leaderboard", "--benchmark", "toy/upper")[0]
    assert "nothing to train" in lab("resume", "toy-upper", code=2)[1]
    lab("export", "toy-upper", "--set", "mark=?", "--to", "model")
    assert lab("apply", "model", "hi")[0] == "HI?\n"
    assert "can't be changed" in lab("apply", "model", "hi", "--set", "mark=!", code=2)[1]


def test_a_model_is_exported_for_other_programs_in_the_formats_that_it_offers(lab: Lab, tmp_path: Path) -> None:
    out, _ = lab("export", "toy-upper", "--set", "mark=?", "--to", "shell", "--format", "shell")
    assert "README.md" in out
    assert Path("shell/upper.sh").read_text() == "tr a-z A-Z  # ?\n"
    assert "sh upper.sh < text" in Path("shell/README.md").read_text()
    assert "shell" in lab("export", "toy-upper", "--to", "other", "--format", "shel", code=2)[1]
    assert "toy-invert has no format" in lab("export", "toy-invert", "--to", "other", "--format", "shell", code=2)[1]
    assert not Path("other").exists()


def test_a_run_that_is_still_training_gives_its_newest_model(lab: Lab, tmp_path: Path) -> None:
    from lab_core.runs.run import Run, RunRecord
    from lab_core.task import Task

    trained = Task(
        id="learner", title="Learner", family="toys", method="learner", config="applying_toys:ToyConfig", presets=PRESETS,
        model="applying_toys:Upper", trainer="applying_toys:Nowhere",
    )  # fmt: skip
    common.registry().add_task(trained, "toys")
    run = Run.create(tmp_path / "runs", RunRecord(task="learner", plugin="toys", config={}, status="running"))
    assert "Continue its training" in lab("apply", run.record.id, "a", code=1)[1]
    with run.lock():
        assert "its first checkpoint brings one" in lab("apply", run.record.id, "a", code=1)[1]
    run.save_model("last", applying_toys.Upper(applying_toys.ToyConfig(mark="1")), step=10)
    out, err = lab("apply", run.record.id, "a")
    assert out == "A1\n"
    assert "its newest model" in err
    run.save_model("best", applying_toys.Upper(applying_toys.ToyConfig(mark="2")), step=20)
    assert lab("apply", run.record.id, "a")[0] == "A2\n"
    assert lab("apply", run.record.id, "a", "--model", "last")[0] == "A1\n"


def test_the_options_of_a_model_are_listed_without_loading_it(lab: Lab) -> None:
    out, _ = lab("apply", "toy-invert", "--options")
    assert out.splitlines()[:3] == [
        "toy-invert: image to image",
        "  --with strength=1.0",
        "      share of the inversion; number >= 0 and <= 1",
    ]
    assert "  --with half=off" in out


def test_a_scene_shows_inputs_outputs_and_targets(lab: Lab) -> None:
    from lab_app.display.watching import scene_of

    scene = scene_of(applying_toys.UPPER_BENCHMARK)
    frames = scene.frames(applying_toys.Upper(applying_toys.ToyConfig()), seed=0, options={})
    first = next(frames)
    assert first.image.shape[1:] == (640, 3)
    assert first.ansi == "input   a word\noutput  A WORD\ntarget  A WORD"
    assert first.caption == "text 1 of 4"
    shown = [next(frames) for _ in range(39)]
    assert [frame.last for frame in shown].index(True) == 38  # four pages of ten frames are a round
    with pytest.raises(LabError, match=r"produces text; Means produces vectors|consumes text; Means consumes image"):
        next(scene.frames(applying_toys.Means(applying_toys.ToyConfig()), seed=0, options={}))
    lab("play", "toy-upper", "--video", "film.mp4")
    assert Path("film.mp4").stat().st_size > 1000
