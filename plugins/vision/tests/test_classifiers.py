"""Classifiers as a user meets them: the kit, own folders, fine-tuning, exports, bad data."""

import numpy as np
import pytest
from lab_tensorflow.runtime import start
from PIL import Image

from lab_app.testing import check_errors, check_light, check_record, check_task
from lab_core.errors import LabError, UsageError
from lab_core.registry.discovery import discover

tf = start()

from lab_tensorflow.naming import named_variables  # noqa: E402
from lab_vision.classification.config import ClassificationConfig  # noqa: E402
from lab_vision.classification.mistakes import Mistake, mistakes, sheet  # noqa: E402
from lab_vision.classification.model import ClassifierModel  # noqa: E402
from lab_vision.classification.networks import make_network  # noqa: E402
from lab_vision.classification.tasks import tasks as classification  # noqa: E402
from lab_vision.dream.tasks import tasks as dream  # noqa: E402


@pytest.fixture(scope="module")
def small():
    """An untrained classifier of grey images of 28 pixels."""
    config = ClassificationConfig(network="small", width=4, size=28)
    network = make_network(config, 1, 3, dtype="float32", seed=0)
    weights = {name: variable.numpy() for name, variable in named_variables(network, "classifier").items()}
    return ClassifierModel(config, weights, {"classes": ["one", "two", "three"], "channels": 1})


@pytest.mark.parametrize("task_id", ["cnn-mnist", "knn-climate", "deep-dream"])
def test_task_conforms(task_id, tmp_path):
    check_task(task_id, tmp_path)


def test_every_task_has_a_complete_record():
    registry, _ = discover()
    for task in [*classification(), *dream()]:
        check_record(task, registry)
        check_errors(task)


def test_plugin_is_light():
    check_light("lab_vision")


@pytest.mark.learning
def test_a_small_network_learns_the_users_own_folders(tmp_path, trainer, class_folders):
    """Classes that differ by colour: 30 updates suffice, and images of another size and a grey one are taken."""
    folder = class_folders(tmp_path / "pictures")
    learnt = trainer("classify", f"data={folder}", "size=32", "steps=30", "updates_per_slice=30", "learning_rate=0.01", "limit=0")
    learnt.advance(30)
    model = learnt.model()
    wide = np.zeros((50, 90, 3), np.uint8)
    wide[..., 1] = 200
    answers = list(model.apply([wide, wide[..., ::-1, :], wide[..., :1]], model.options()))
    assert [answer.names[0] for answer in answers[:2]] == ["green", "green"]
    assert all(sum(answer.probabilities) == pytest.approx(1, abs=1e-5) for answer in answers)
    (top,) = model.apply([wide], model.options(top=2))
    assert len(top.names) == 2


@pytest.fixture(scope="module")
def head(trainer):
    """Fine-tuning of the last layer alone on eight grey images, with its variables before the one update that it has made."""
    overrides = ("data=mnist", "size=32", "steps=1", "limit=8", "batch_size=4", "updates_per_slice=1", "dropout=0")
    learnt = trainer("finetune", *overrides, preset="head")
    before = {name: variable.numpy() for name, variable in learnt.learner.variables.items()}
    learnt.advance(1)
    return learnt, before


def test_features_that_are_computed_once_are_the_networks_own(head):
    """The last layer's logits from stored features equal those of the whole network on the images, mirrored ones too."""
    learnt, _ = head
    images = learnt._images["image"]
    both = np.concatenate([images, images[:, :, ::-1]])
    logits = learnt.learner.logits({"features": tf.constant(learnt.columns["features"])}, training=False)
    np.testing.assert_allclose(tf.nn.softmax(logits), learnt.model().probabilities(tf.constant(both)), atol=2e-4)
    np.testing.assert_array_equal(learnt.columns["label"][:8], learnt.columns["label"][8:])


def test_training_the_head_leaves_the_body_as_it_was(head):
    learnt, before = head
    after = {name: variable.numpy() for name, variable in learnt.learner.variables.items()}
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert {name for name in changed if name.startswith("classifier/")} == {
        "classifier/classifier/kernel",
        "classifier/classifier/bias",
    }


def test_grey_images_are_fine_tuned_in_three_equal_channels(head):
    learnt, _ = head
    assert learnt._images["image"].shape == (8, 32, 32, 3)
    assert learnt.model().fitted(np.zeros((28, 28, 1), np.uint8)).shape == (32, 32, 3)


@pytest.mark.parametrize("form", ["saved-model", "tflite", "onnx", "npz"])
def test_exports_answer_as_the_model_does(small, tmp_path, form):
    if form == "onnx":
        pytest.importorskip("tf2onnx", reason="the extra lab-tensorflow[onnx] is not installed")
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28, 1)).astype(np.uint8)
    expected = np.stack(list(small.chances(iter(images))))
    usage = small.export(tmp_path, form)
    assert (tmp_path / "labels.txt").read_text().split() == ["one", "two", "three"]
    assert "labels.txt" in usage
    if form == "saved-model":
        run = tf.saved_model.load(str(tmp_path / "saved_model")).signatures["serving_default"]
        found = run(image=tf.constant(images))["probabilities"].numpy()
    elif form == "tflite":
        interpreter = tf.lite.Interpreter(model_path=str(tmp_path / "model.tflite"))
        (given,) = interpreter.get_input_details()
        interpreter.resize_tensor_input(given["index"], images.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(given["index"], images)
        interpreter.invoke()
        found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    elif form == "onnx":
        import onnxruntime

        (found,) = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(None, {"image": images})
    else:
        again = ClassifierModel(small.config, dict(np.load(tmp_path / "weights.npz")), small.about)
        found = np.stack(list(again.chances(iter(images))))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_mistakes_are_sorted_by_confidence_and_shown(small):
    images = np.random.default_rng(1).integers(0, 256, (12, 28, 28, 1)).astype(np.uint8)
    answers = list(small.apply(iter(images), small.options()))
    labels = [small.classes.index(answer.names[0]) for answer in answers]
    labels[3] = (labels[3] + 1) % 3
    labels[7] = (labels[7] + 2) % 3
    found = mistakes(small, images, labels, small.classes)
    expected = sorted((3, 7), key=lambda place: -answers[place].probabilities[0])
    assert [one.probability for one in found] == [answers[place].probabilities[0] for place in expected]
    assert [one.right for one in found] == [small.classes[labels[place]] for place in expected]
    shown = sheet([Mistake(images[0], "a very long name of a class", "two", 0.9)] * 5)
    assert shown.dtype == np.uint8
    assert shown.shape[-1] == 3


def test_what_is_not_an_image_is_refused(small):
    with pytest.raises(LabError, match="uint8"):
        small.fitted(np.zeros((5, 5, 2), np.uint8))


def test_folders_that_can_not_be_learnt_from_are_refused_by_name(tmp_path, trainer, class_folders):
    with pytest.raises(UsageError, match="no classes"):
        trainer("classify", f"data={class_folders(tmp_path / 'single', ('only',))}", "size=32")
    with pytest.raises(UsageError, match="at least 8"):
        trainer("classify", f"data={class_folders(tmp_path / 'few', count=2)}", "size=32")
    with pytest.raises(UsageError, match="no classes"):
        trainer("classify", "data=photos", "size=32")
    with pytest.raises(UsageError):
        trainer("classify", "data=austen")


def test_images_that_can_not_be_read_are_left_out_and_named(tmp_path, trainer, class_folders, capsys):
    folder = class_folders(tmp_path / "pictures")
    (folder / "red" / "broken.png").write_bytes(b"no picture")
    Image.new("CMYK", (30, 30)).save(folder / "green" / "printed.jpg")
    learnt = trainer("classify", f"data={folder}", "size=32", "limit=0")
    assert learnt.classes == ("blue", "green", "red")
    assert learnt.columns["image"].shape[1:] == (32, 32, 3)
    assert "broken.png" in capsys.readouterr().err


def test_augmentation_is_refused_where_features_are_computed_once(trainer):
    with pytest.raises(UsageError, match="shift"):
        trainer("finetune", "train=head")
