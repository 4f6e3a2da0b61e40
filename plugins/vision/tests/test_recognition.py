"""What vectors are used for: naming images from a gallery, groups by k-means, pairs files, scores after each epoch."""

import numpy as np
import pytest
from lab_vision.embedding.baselines import SmallPixels
from lab_vision.embedding.benchmarks import benchmarks
from lab_vision.embedding.data import identities
from lab_vision.embedding.evaluation import IdentityEvaluator
from lab_vision.embedding.pairs import places_of, read_pairs
from lab_vision.embedding.recognition import clustered, nearest
from PIL import Image

from lab_core.config import resolve
from lab_core.errors import LabError, UsageError
from lab_core.model import Kind

NAMES = ("ada", "emmy", "kurt")


@pytest.fixture
def people(tmp_path):
    """12 identities of one pattern each, four noisy images an identity, named as in Labeled Faces in the Wild."""
    for number in range(12):
        rng = np.random.default_rng(number)
        pattern = rng.integers(0, 256, (8, 8, 3)).repeat(4, 0).repeat(4, 1)
        (tmp_path / f"id{number}").mkdir()
        for image in range(1, 5):
            pixels = np.clip(pattern + rng.integers(-20, 21, pattern.shape), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"id{number}" / f"id{number}_{image:04d}.png")
    return tmp_path


def write_pairs(folder, folds=2, wrong=""):
    """Two folds over identities 0 to 5: two pairs of one identity and two of two in each."""
    lines = [f"{folds}\t2"]
    for fold in range(2):
        a, b, c = (f"id{3 * fold + k}" for k in range(3))
        lines += [f"{a}\t1\t2", f"{b}\t3\t4", f"{a}\t1\t{b}\t1", f"{b}\t2\t{c}\t3"]
    (folder / "pairs.txt").write_text("\n".join([*lines, *([wrong] if wrong else [])]) + "\n")
    return folder / "pairs.txt"


def test_the_nearest_image_names_the_identity():
    """Identity 0 has images at (0, 0) and (9, 0), identity 1 at (3, 4): from (1, 0) they are 1 and 4.47 away."""
    table, labels = np.array([[0.0, 0.0], [9.0, 0.0], [3.0, 4.0]]), np.array([0, 0, 1])
    found = nearest(np.array([1.0, 0.0]), table, labels, ("ada", "emmy", "nobody's"), 0.0)
    assert found.names == ("ada", "emmy")  # an identity without an image has no place
    assert found.probabilities == pytest.approx((1 / 2, 1 / (1 + 20**0.5)))
    far = nearest(np.array([1.0, 0.0]), table, labels, ("ada", "emmy"), 0.5)
    assert far.names[0] == "unknown"
    assert nearest(np.array([1.0, 0.0]), table, labels, ("ada", "emmy"), 1.5).names[0] == "ada"


def test_groups_are_those_that_lie_apart_numbered_by_size():
    rng = np.random.default_rng(0)
    vectors = [*rng.normal((0, 0), 0.1, (5, 2)), *rng.normal((9, 0), 0.1, (9, 2)), *rng.normal((0, 9), 0.1, (2, 2))]
    found = [one.names[0] for one in clustered(vectors, 3)]
    assert found == ["group 2"] * 5 + ["group 1"] * 9 + ["group 3"] * 2
    with pytest.raises(UsageError, match="can't make 20"):
        clustered(vectors, 20)


def test_a_gallery_and_groups_name_images_of_any_size(people):
    model = SmallPixels.ready(None, device="cpu")
    images = [np.asarray(Image.open(people / f"id{number}" / f"id{number}_0001.png").resize((50, 50))) for number in (3, 7)]
    options = resolve(model.options, overrides=(f"gallery={people}",))
    assert model.result_kind(options) == Kind.LABELS
    assert [one.names[0] for one in model.apply(images, options)] == ["id3", "id7"]
    grouped = resolve(model.options, overrides=("clusters=2",))
    assert {one.names[0] for one in model.apply(images, grouped)} == {"group 1", "group 2"}
    assert model.result_kind(model.options()) == Kind.VECTORS
    with pytest.raises(UsageError, match="not a folder"):
        list(model.apply(images, resolve(model.options, overrides=("gallery=nowhere",))))
    with pytest.raises(UsageError, match="two ways"):
        resolve(model.options, overrides=("clusters=2", f"gallery={people}"))


def test_pairs_are_read_in_folds(people):
    found = read_pairs(write_pairs(people))
    assert found.same.tolist() == [True, True, False, False] * 2
    assert found.folds.tolist() == [0] * 4 + [1] * 4
    assert found.images[3] == (("id1", 2), ("id2", 3))
    rows = places_of(
        found,
        ["id0/id0_0001.png", "id0/id0_0002.png", *(f"id{a}/id{a}_{b:04d}.png" for a in range(1, 6) for b in range(1, 5))],
        "x",
    )
    assert rows[0].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1"),
        ("names of people\n", "line 1"),
        ("300\n", "one fold|lines"),
        ("2 1\nada 1 2\n", "4 lines; 1"),
        ("2 1\nada 1 2\nada x emmy 2\nada 1 2\nada 1 emmy 2\n", "line 3"),
    ],
)
def test_broken_pairs_name_the_line(tmp_path, text, message):
    (tmp_path / "pairs.txt").write_text(text)
    with pytest.raises(LabError, match=message):
        read_pairs(tmp_path / "pairs.txt")


def test_the_identities_of_a_pairs_file_are_the_test(people):
    write_pairs(people)
    parts = {split: identities(str(people), split) for split in ("train", "test")}
    names = {split: {part.classes[label] for label in part["label"]} for split, part in parts.items()}
    assert names["test"] == {f"id{number}" for number in range(6)}
    assert names["train"]
    assert not names["test"] & names["train"]
    benchmark = benchmarks()[1]
    import msgspec

    mine = msgspec.structs.replace(benchmark, id="verification/mine", parameters={"data": str(people)})
    found = IdentityEvaluator(mine).evaluate(SmallPixels.ready(None, device="cpu"), protocol="test", count=3_000, seed=0)
    assert found.scores == (1.0, 1.0)  # patterns differ much more than their noise
    assert found.steps == 8
    assert found.figures["nearest"] == 1.0
    assert found.figures["deviation"] == 0.0
    (people / "id0" / "id0_0001.png").unlink()
    with pytest.raises(LabError, match="id0_0001"):
        IdentityEvaluator(mine).evaluate(SmallPixels.ready(None, device="cpu"), protocol="test", count=3_000, seed=0)


def test_each_epoch_is_scored_on_validation_identities(trainer):
    learner = trainer("embed-emoji", "limit=40", "epoch_pairs=200")
    scored = [learner.advance(2).scalars for _ in range(4)]  # 4 updates of 8 images are less than an epoch of 40, 5 are one
    assert ["validation_auc" in one for one in scored] == [False, False, True, False]
    assert 0 <= scored[2]["validation_accuracy"] <= 1
