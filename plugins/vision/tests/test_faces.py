"""MTCNN: the published networks, its arithmetic by hand, and a photograph with one face."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from lab_datasets import load
from lab_vision.faces import cascade
from lab_vision.faces.align import aligned, chosen
from lab_vision.faces.model import FaceAligner, FaceDetector
from PIL import Image

from lab_core.errors import LabError
from lab_core.items.boxes import check

EYES = ((178, 88), (215, 90))  # pixels of the astronaut at 448, read from the picture: left and right as seen


@pytest.fixture(scope="module")
def detector():
    return FaceDetector()


@pytest.fixture(scope="module")
def astronaut():
    """The one photograph of a person that ships, at 448 pixels."""
    photos = [photo for split in ("train", "validation", "test") for photo in load("photos", split).images]
    (found,) = [photo for photo in photos if photo.shape == (512, 512, 3)]
    return np.asarray(Image.fromarray(found).resize((448, 448), Image.Resampling.LANCZOS))


def test_the_networks_have_the_published_sizes(detector):
    assert [network.count_params() for network in detector.networks] == [6_632, 100_178, 389_040]


def test_a_face_is_found_with_its_eyes(detector, astronaut):
    (found,) = detector.apply([astronaut], detector.options())
    check(found, "faces")
    assert found.scores[0] > 0.99
    assert len(found.names) == 1
    points = found.points[0]
    for eye, wanted in zip(points[:2], EYES, strict=True):
        assert np.abs(eye - wanted).max() < 10
    assert points[0, 1] < points[2, 1] < points[3, 1]  # eyes above the nose above the mouth
    assert points[0, 0] < points[2, 0] < points[1, 0]


def test_a_face_moves_with_its_picture(detector, astronaut):
    """Shifted by 30 and 20 pixels on grey, and mirrored."""
    shifted = np.full_like(astronaut, 128)
    shifted[20:, 30:] = astronaut[:-20, :-30]
    plain, moved, mirrored = detector.apply([astronaut, shifted, astronaut[:, ::-1]], detector.options())
    assert np.abs(moved.corners[0] - plain.corners[0] - [30, 20, 30, 20]).max() < 8
    assert np.abs(mirrored.corners[0, 0] - (448 - plain.corners[0, 2])) < 8


def test_grey_and_small_pictures_give_an_answer(detector):
    shapes = ((100, 80, 1), (8, 8, 3), (20, 300, 3))
    for found in detector.apply([np.full(shape, 120, np.uint8) for shape in shapes], detector.options()):
        assert found.names == ()
        assert found.points.shape == (0, 5, 2)
    with pytest.raises(LabError, match="uint8"):
        next(detector.apply([np.zeros((9, 9))], detector.options()))


def test_the_pyramid_by_hand():
    scales = cascade.pyramid(100, 50, 20, 0.709)
    assert scales[0] == 0.6
    assert np.allclose(np.divide(scales[1:], scales[:-1]), 0.709)
    assert 50 * scales[-1] >= 12 > 50 * scales[-1] * 0.709
    assert cascade.pyramid(11, 500, 12, 0.709) == []


def test_positions_by_hand():
    box, face = np.zeros((4, 5, 4)), np.zeros((4, 5, 2))
    face[2, 3, 1], box[2, 3] = 0.9, (0.1, 0, 0, -0.5)
    # the cell begins at pixel (6, 4) of a picture at half the size
    assert np.allclose(cascade.positions(box, face, 0.5, 0.6), [[(6 + 1.2) * 2, 8, 36, (16 - 6) * 2, 0.9]])


def test_boxes_are_squared_about_their_middle_and_moved_by_their_sides():
    assert cascade.squared(np.array([[10, 20, 20, 40, 0.5]])).tolist() == [[5, 20, 25, 40, 0.5]]
    assert cascade.moved(np.array([[0, 0, 9, 19, 0.5]]), np.array([[0.1, 0, 0, 0.5]])).tolist() == [[1, 0, 9, 29, 0.5]]


def test_a_face_within_a_face_is_suppressed():
    found = np.array([[0, 0, 100, 100, 0.9], [40, 40, 60, 60, 0.95], [200, 200, 260, 260, 0.8]])
    assert cascade.best_of_nested(found, 0.7).tolist() == [1, 2]


def test_pixels_outside_are_black():
    white = Image.new("RGB", (20, 20), "white")
    (found,) = cascade.cut(white, np.array([[-10, 0, 10, 20, 1.0]]), 24)
    found = found[2:-2]  # the rows at its edge are mixed with what lies beside them
    assert np.allclose(found[:, :11], -127.5 / 128)
    assert np.allclose(found[:, 13:], 127.5 / 128)


def test_the_largest_face_near_the_middle_is_cut_out_with_its_margin():
    image = np.zeros((100, 200, 3), np.uint8)
    image[40:60, 90:110] = 255
    faces = np.array([[90, 40, 110, 60, 0.9], [0, 0, 22, 22, 0.99]])
    assert chosen(faces, 200, 100) == 0
    cut = aligned(image, faces, 40, 20)
    assert cut.shape == (40, 40, 3)
    assert (cut[12:28, 12:28] == 255).all()
    assert not cut[:8].any()
    with pytest.raises(LabError, match="No face"):
        aligned(image, np.zeros((0, 5)), 40, 20)


def test_aligning_a_photograph_centres_the_face(detector, astronaut):
    model = FaceAligner()
    (cut,) = model.apply([astronaut], model.options(size=96))
    assert cut.shape == (96, 96, 3)
    (again,) = detector.apply([np.asarray(Image.fromarray(cut).resize((160, 160)))], detector.options())
    middle = (again.corners[0, :2] + again.corners[0, 2:]) / 2
    assert np.abs(middle - 80).max() < 16


def test_a_folder_is_aligned_and_what_fails_is_listed(tmp_path, astronaut, capsys, monkeypatch):
    """``lab data align``: the folders stay, photographs without a face are named with the reason."""
    from lab_app.cli import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "people" / "eileen").mkdir(parents=True)
    Image.fromarray(astronaut).save("people/eileen/eileen_0001.png")
    Image.new("RGB", (80, 60), "green").save("people/eileen/lawn.png")
    Path("people/eileen/broken.jpg").write_bytes(b"no picture")
    for number in range(6):  # a folder that begins with photographs without a face
        (tmp_path / "people" / "a").mkdir(exist_ok=True)
        Image.new("RGB", (80, 60), "blue").save(f"people/a/{number}.png")
    with pytest.raises(SystemExit) as ended:
        main(["data", "align", "people", "--size", "80", "--margin", "16", "--json"])
    assert not ended.value.code
    found = json.loads(capsys.readouterr().out)
    assert (found["photographs"], found["aligned"]) == (9, 1)
    with Image.open("people-aligned/eileen/eileen_0001.png") as face:
        assert face.size == (80, 80)
    with Path("people-aligned/failures.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["file"]).name for row in rows] == [*(f"{number}.png" for number in range(6)), "broken.jpg", "lawn.png"]
    assert "No face" in rows[-1]["reason"]
