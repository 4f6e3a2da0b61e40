"""Style transfer: the loss falls, layers and pictures are checked, sizes are kept."""

import numpy as np
import pytest
from lab_image_translation.style import gatys
from lab_image_translation.style.config import STYLES, StyleConfig, StyleOptions
from lab_image_translation.style.pictures import load_style, scaled
from PIL import Image

from lab_core.config import resolve
from lab_core.errors import LabError, UsageError

SMALL = {"size": 32, "steps": 4, "style_layers": ("conv1_1", "conv2_1"), "content_layer": "conv2_2", "smoothness": 0.0}


@pytest.fixture(scope="module")
def model():
    return gatys.StyleTransfer.ready(StyleConfig(), device="cpu")


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(0).integers(0, 256, (5, 6, 3)).repeat(8, 0).repeat(8, 1).astype(np.uint8)


def test_the_loss_is_zero_at_its_own_picture_and_falls_elsewhere(picture):
    import tensorflow as tf

    options = StyleOptions(**SMALL)
    loss = gatys.make_loss(picture, [picture], options)
    value, _ = loss(tf.constant(picture, tf.float32))
    assert float(value) == pytest.approx(0, abs=1e-6)
    grey = np.full(picture.shape, 128, np.float32)
    before = float(loss(tf.constant(grey))[0])
    for minimise in (gatys._lbfgs, gatys._adam):
        after = float(loss(tf.constant(minimise(loss, grey, options), tf.float32))[0])
        assert 0 <= after < before


def test_the_result_has_the_scaled_contents_size_and_changes(model, picture):
    (made,) = model.apply([picture], model.options(style="brushes", **SMALL))
    assert made.shape == (27, 32, 3)
    assert not np.array_equal(made, scaled(picture, 32))


def test_kept_colours_are_the_contents(model, picture):
    (made,) = model.apply([picture], model.options(style="figs", keep_colour=True, **SMALL))
    content = scaled(picture, 32).astype(int)
    shift = made.astype(int) - content
    inside = np.all((made > 0) & (made < 255), axis=-1)
    assert np.abs(shift[inside] - shift[inside][:, :1]).max() <= 1  # the same for red, green and blue


def test_a_sheet_shows_one_result_a_layer(model, picture):
    (made,) = model.apply([picture], model.options(sheet="style", **(SMALL | {"steps": 1})))
    assert made.shape[1] > 2 * 32


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("style_layers=conv9_1", "conv9_1"),
        ("style=nothing.jpg", "nothing.jpg"),
        ("content_layer=relu1", "relu1"),
    ],
)
def test_unknown_layers_and_pictures_are_named(model, picture, options, words):
    with pytest.raises(UsageError, match=words):
        list(model.apply([picture], resolve(StyleOptions, {}, overrides=[options])))


@pytest.mark.parametrize("text", ["style_weight=0 content_weight=0", "style=,", "style_shares=1,2"])
def test_contradicting_options_are_refused(text):
    with pytest.raises(UsageError):
        resolve(StyleOptions, {}, overrides=text.split())


def test_shipped_and_own_style_pictures(tmp_path):
    assert all(load_style(name).ndim == 3 for name in STYLES)
    Image.new("CMYK", (20, 10), (0, 255, 255, 0)).save(tmp_path / "red.jpg")
    found = load_style(str(tmp_path / "red.jpg"))
    assert found.shape == (10, 20, 3)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(LabError, match="broken"):
        load_style(str(tmp_path / "broken.png"))


def test_large_style_pictures_are_read_small_and_upright(tmp_path, monkeypatch):
    """A JPEG file is decoded at a fraction of its size, however large; other files count with all their pixels."""
    from lab_datasets import decode

    monkeypatch.setattr("lab_image_translation.style.pictures.LONGEST", 100)
    tall = Image.new("RGB", (800, 400), (200, 30, 30))
    turned = tall.getexif()
    turned[0x0112] = 6  # the camera was turned by 90 degrees
    tall.save(tmp_path / "turned.jpg", exif=turned)
    tall.convert("RGBA").save(tmp_path / "plain.png")
    assert load_style(str(tmp_path / "turned.jpg")).shape == (100, 50, 3)
    assert load_style(str(tmp_path / "plain.png")).shape == (50, 100, 3)
    monkeypatch.setattr(decode, "MOST_PIXELS", 25_000)
    assert load_style(str(tmp_path / "turned.jpg")).mean((0, 1)) == pytest.approx([200, 30, 30], abs=4)
    with pytest.raises(LabError, match=r"800 x 400 pixels; at most 25,000"):
        load_style(str(tmp_path / "plain.png"))


def test_the_fast_network_trains_and_applies(trainer):
    learner = trainer("fast-style")
    first = learner.advance(1).scalars
    assert set(first) >= {"loss", "content_loss", "style_loss"}
    model = learner.model()
    (made,) = model.apply([np.zeros((30, 21, 3), np.uint8)], model.options())
    assert made.shape == (30, 21, 3)


@pytest.mark.parametrize("relative", ["yes", "no"])
def test_the_losses_of_the_fast_network_by_hand(trainer, relative):
    """Losses by NumPy on VGG's features of the same pictures; relative ones don't change with the size of the features."""
    import tensorflow as tf
    from lab_image_translation import vgg

    learner = trainer("fast-style", f"relative={relative}", "style_layers=conv1_2,conv2_2", "content_layer=conv2_1").learner
    images = np.random.default_rng(0).uniform(0, 255, (1, 32, 32, 3)).astype(np.float32)
    _, found = learner.loss({"image": tf.constant(images)}, None)
    made = {name: value.numpy() for name, value in vgg.features(learner.network(images, training=True), vgg.LAYERS[:4]).items()}
    photo = vgg.features(tf.constant(images), ["conv2_1"])["conv2_1"].numpy()
    content, style = np.square(made["conv2_1"] - photo).mean(), 0.0
    for name, target in learner.grams.items():
        flat = made[name][0].reshape(-1, made[name].shape[-1])
        error = np.square(flat.T @ flat / flat.size - target.numpy()).mean()
        style += error / (2 * np.square(target.numpy()).mean()) if relative == "yes" else error
    assert float(found["content_loss"]) == pytest.approx(
        content / (np.square(photo).mean() if relative == "yes" else 1), rel=1e-3
    )
    assert float(found["style_loss"]) == pytest.approx(style, rel=1e-3)


def test_a_network_with_a_skip_starts_as_the_blurred_photograph():
    from lab_image_translation.networks.transform import transform_network

    network = transform_network(width=2, blocks=1, skip=True)
    images = np.random.default_rng(0).uniform(0, 255, (1, 20, 24, 3)).astype(np.float32)
    made = network(images).numpy()
    small = images.reshape(1, 5, 4, 6, 4, 3).mean((2, 4))  # means of blocks, between whose middles it is linear
    assert made[:, 1:19:4, 1:23:4] == pytest.approx(
        small * 49 / 64 + np.pad(small, [(0, 0), (1, 0), (1, 0), (0, 0)], "edge")[:, :-1, :-1] / 64
        + np.pad(small, [(0, 0), (1, 0), (0, 0), (0, 0)], "edge")[:, :-1] * 7 / 64
        + np.pad(small, [(0, 0), (0, 0), (1, 0), (0, 0)], "edge")[:, :, :-1] * 7 / 64,
        abs=1e-2,
    )  # fmt: skip
    assert network(np.full((1, 20, 24, 3), 40, np.float32)).numpy() == pytest.approx(40, abs=1e-2)


def test_views_show_images_at_two_scales():
    from lab_image_translation.style.pictures import views

    large, small = np.zeros((300, 400, 3), np.uint8), np.full((30, 50, 1), 9, np.uint8)
    assert views([large], 40).shape == (2 * 3 + 5 * 7, 40, 40, 3)
    assert (views([small], 40) == 9).all()


def test_the_score_is_the_objective_that_style_transfer_minimises(model, baseline, score):
    import tensorflow as tf
    from lab_image_translation.style.evaluation import squares

    unchanged = score("identity-style", baseline("identity-style"))
    assert unchanged.details["content"] == (0, 0, 0)
    assert unchanged.value == pytest.approx(4 * np.mean(unchanged.details["style"]))
    first = squares("photos", "validation")[0]
    loss = gatys.make_loss(first, [scaled(load_style("brushes"), 256)], StyleOptions(smoothness=0.0))
    assert float(loss(tf.constant(first, tf.float32))[0]) == pytest.approx(unchanged.scores[0], rel=1e-4)
    moved = baseline("statistics-style")
    (made,) = moved.apply([first], moved.options())
    both = score("statistics-style", moved, count=1)
    assert float(loss(tf.constant(made, tf.float32))[0]) == pytest.approx(both.scores[0], rel=1e-4)
    assert both.details["content"][0] > 0


def test_a_style_of_ones_own_has_a_benchmark_of_its_own(baseline, config, tmp_path):
    Image.new("RGB", (40, 30), (200, 10, 10)).save(tmp_path / "red.png")
    fields = config("identity-style", f"style={tmp_path / 'red.png'}").benchmark_fields()
    assert fields["style"].startswith("picture-")
    assert fields["style_path"] == str(tmp_path / "red.png")
    assert fields["style"] != config("identity-style").benchmark_fields()["style"] == "brushes"
    model = baseline("statistics-style", f"style={tmp_path / 'red.png'}")
    (made,) = model.apply([np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)], model.options())
    assert made.reshape(-1, 3).mean(0) == pytest.approx([200, 10, 10], abs=12)


def test_style_transfer_keeps_its_own_style(model, tmp_path):
    own = gatys.StyleTransfer.ready(StyleConfig(style="figs"), device="cpu")
    own.save(tmp_path)
    again = gatys.StyleTransfer.load(tmp_path, device="cpu")
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    (first,) = again.apply([picture], again.options(**SMALL))
    (second,) = model.apply([picture], model.options(style="figs", **SMALL))
    assert np.array_equal(first, second)


def test_a_style_that_is_no_file_is_refused_before_training(config):
    with pytest.raises(UsageError, match="nowhere"):
        config("fast-style", "style=nowhere.png")


def test_the_26_styles_agree_with_the_original_network():
    """Numbers of ONNX's reference evaluator on the file that the weights were converted from (style 7)."""
    import tensorflow as tf
    from lab_image_translation.style.multistyle import stylised, weights

    assert sum(value.size for value in weights().values()) == 166_104
    ramp = (np.indices((24, 32)).sum(0) % 9 / 8.0).astype(np.float32)
    image = np.stack([ramp, ramp[::-1], ramp[:, ::-1]], -1)[None]
    made = stylised(tf.constant(image), tf.one_hot(7, 26)).numpy()[0]
    assert made.mean((0, 1)) == pytest.approx([0.35760894, 0.2670085, 0.2197572], abs=1e-4)
    assert made[5, 5] == pytest.approx([0.54405767, 0.53297555, 0.6345768], abs=1e-3)
    assert made[0, 31] == pytest.approx([0.00750794, 0.0076004, 0.01778283], abs=1e-3)


def test_two_styles_mix():
    from lab_image_translation.style.multistyle import MultiStyle

    model = MultiStyle.ready(None, device="cpu")
    image = np.random.default_rng(0).integers(0, 256, (17, 30, 3), np.uint8)
    first, mixed, second = (
        next(model.apply([image], model.options(**options)))
        for options in ({"style": 1}, {"style": 1, "second": 2}, {"style": 2})
    )
    assert mixed.shape == (17, 30, 3)
    assert not np.array_equal(mixed, first)
    assert not np.array_equal(mixed, second)
    same = next(model.apply([image], model.options(style=1, second=2, mix=1.0)))
    assert np.array_equal(same, second)
