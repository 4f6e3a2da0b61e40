"""Box coding, anchors, targets and pooling against values worked out by hand, and exact round trips."""

import numpy as np
import pytest
import tensorflow as tf
from lab_metrics.boxes.overlap import iou
from lab_tensorflow.noise import Noise
from lab_vision.detection import coding
from lab_vision.detection.anchors import grid, matched, sampled
from lab_vision.detection.augment import moved
from lab_vision.detection.centre.model import decoded
from lab_vision.detection.centre.targets import heat_loss, radius, targets
from lab_vision.detection.config import CentreConfig
from lab_vision.detection.model import fit
from lab_vision.detection.pooling import roi_align, roi_max_pool, roi_pool, spatial_pyramid
from lab_vision.detection.rcnn.proposals import proposals


def random_boxes(count, size=96.0, seed=0):
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, size - 20, (count, 2))
    return np.concatenate([low, low + rng.uniform(4, 20, (count, 2))], 1).astype(np.float32)


def test_offsets_by_hand():
    anchor, box = tf.constant([[0.0, 0.0, 10.0, 20.0]]), tf.constant([[5.0, 10.0, 25.0, 20.0]])
    # centres (5, 10) and (15, 15); sides 10 x 20 and 20 x 10
    expected = [[(15 - 5) / 10, (15 - 10) / 20, np.log(20 / 10), np.log(10 / 20)]]
    assert np.allclose(coding.encode(box, anchor), expected)


def test_decoding_undoes_encoding():
    boxes, anchors = random_boxes(50), random_boxes(50, seed=1)
    assert np.allclose(coding.decode(coding.encode(boxes, anchors), anchors), boxes, atol=1e-3)


def test_overlaps_equal_those_of_the_metrics():
    a, b = random_boxes(20), np.concatenate([random_boxes(10, seed=1), np.zeros((1, 4), np.float32)])
    assert np.allclose(coding.overlaps(tf.constant(a), tf.constant(b)), iou(a, b), atol=1e-6)


def test_smooth_l1_by_hand():
    assert np.allclose(coding.smooth_l1(tf.constant([0.5, -2.0, 0.0])), [0.125, 1.5, 0.0])


def test_nine_anchors_at_each_position():
    anchors = grid(32, 16, (8.0, 16.0, 24.0))
    assert anchors.shape == (4 * 9, 4)
    sides = anchors[:9, 2:] - anchors[:9, :2]
    assert np.allclose(sides.prod(1), np.repeat([64, 256, 576], 3), rtol=1e-5)
    assert np.allclose(sides[:, 1] / sides[:, 0], [0.5, 1, 2] * 3)
    assert np.allclose((anchors[9:18, :2] + anchors[9:18, 2:]) / 2, (24, 8))  # the next position to the right


def test_matching_by_hand():
    anchors = tf.constant([[0.0, 0, 10, 10], [0, 0, 10, 8], [0, 0, 10, 5], [50, 50, 60, 60], [80, 80, 90, 90]])
    objects = tf.constant([[[0.0, 0, 10, 10], [52, 50, 66, 60], [0, 0, 10, 10]]])
    found = matched(anchors, objects, tf.constant([[True, True, False]]))
    # overlaps: 1, .8, .5 with the first; 8 * 10 / (100 + 140 - 80) = .5 with the second, whose best anchor that is
    assert found.kind.numpy().tolist() == [[1, 1, -1, 1, 0]]
    assert found.object.numpy()[0, [0, 1, 3]].tolist() == [0, 0, 1]


def test_matching_without_objects_is_all_background():
    found = matched(tf.constant(grid(32, 16, (8.0,))), tf.zeros((1, 2, 4)), tf.constant([[False, False]]))
    assert not found.kind.numpy().any()


def test_samples_are_balanced_and_random():
    kind = tf.constant([[1] * 40 + [0] * 50 + [-1] * 10, [1] * 3 + [0] * 90 + [-1] * 7])
    uniform = tf.random.stateless_uniform((2, 100), (1, 2))
    weight = sampled(kind, 32, 0.5, uniform).numpy()
    assert weight.sum(1).tolist() == [32, 32]
    assert (weight * (kind.numpy() == 1)).sum(1).tolist() == [16, 3]
    assert not weight[kind.numpy() == -1].any()
    other = sampled(kind, 32, 0.5, tf.random.stateless_uniform((2, 100), (3, 4))).numpy()
    assert not np.array_equal(weight, other)


def test_pyramid_has_21_values_a_channel_at_any_size():
    features = tf.reshape(tf.range(4 * 4 * 2, dtype=tf.float32), (1, 4, 4, 2))
    found = spatial_pyramid(features).numpy()[0].reshape(21, 2)
    assert np.array_equal(found[:16], features.numpy()[0].reshape(16, 2))  # 4 x 4 bins of one cell
    assert found[16:20, 0].tolist() == [10, 14, 26, 30]  # the largest of each quarter
    assert found[20].tolist() == [30, 31]
    for height, width in ((1, 1), (3, 7), (13, 10)):
        assert spatial_pyramid(tf.random.stateless_normal((2, height, width, 5), (1, 2))).shape == (2, 21 * 5)


def test_roi_max_pooling_by_hand():
    features = np.arange(36.0).reshape(6, 6, 1)
    # the box covers rows 0 to 3 and columns 2 to 5 of a map of stride 10
    assert roi_max_pool(features, (20, 0, 60, 40), 2, 10)[..., 0].tolist() == [[9, 11], [21, 23]]


def test_roi_align_is_exact_on_a_linear_map():
    y, x = np.meshgrid(np.arange(12.0), np.arange(12.0), indexing="ij")
    features = tf.constant(np.stack([x, y], -1)[None], tf.float32)
    found = roi_align(features, tf.constant([[[16.0, 24.0, 56.0, 64.0]]]), 4, 8).numpy()[0]
    # bins of 10 pixels: middles at 21, 31, 41, 51; pixel p is cell p / 8 - 0.5
    assert np.allclose(found[0, :, 0], np.array([21, 31, 41, 51]) / 8 - 0.5, atol=1e-5)
    assert np.allclose(found[:, 0, 1], np.array([29, 39, 49, 59]) / 8 - 0.5, atol=1e-5)


def test_bilinear_roi_pooling_agrees_with_the_published_one_on_whole_cells():
    """Where values are constant over cells' neighbourhoods both give the same."""
    features = np.zeros((12, 12, 1), np.float32)
    features[2:6, 2:6], features[2:6, 6:10], features[6:10, 2:6], features[6:10, 6:10] = 1, 2, 3, 4
    box = (16.0, 16.0, 80.0, 80.0)
    mine = roi_pool(tf.constant(features[None]), tf.constant([[box]]), 2, 8).numpy()[0]
    assert np.allclose(mine, roi_max_pool(features, box, 2, 8), atol=1e-5)


def test_centre_targets_decode_to_the_boxes():
    boxes = np.array([[[10, 20, 30, 50], [60, 40, 90, 54], [0, 0, 0, 0]]], np.float32)
    label = np.array([[3, 1, -1]], np.int32)
    found = targets(tf.constant(boxes), tf.constant(label), 96, 5)
    heat = found.heat.numpy()[0]
    assert heat.shape == (24, 24, 5)
    assert (heat == 1).sum() == 2  # one peak an object
    assert heat[35 // 4, 20 // 4, 3] == 1
    assert heat[47 // 4, 75 // 4, 1] == 1
    answer = np.zeros((1, 24, 24, 9), np.float32)
    answer[..., :5] = np.log(np.clip(heat, 1e-4, 1 - 1e-4) / (1 - np.clip(heat, 1e-4, 1 - 1e-4)))
    for place, cell in enumerate(found.cell.numpy()[0][:2]):
        answer[0, cell // 24, cell % 24, 5:7] = found.sides.numpy()[0, place] / 4
        answer[0, cell // 24, cell % 24, 7:] = found.offset.numpy()[0, place]
    corners, scores, kinds = (one.numpy()[0] for one in decoded(tf.constant(answer), 5))
    assert set(kinds[:2]) == {1, 3}
    assert scores[1] > 0.99 > 0.5 > scores[2]
    for corner, kind in zip(corners[:2], kinds[:2], strict=True):
        assert np.allclose(corner, boxes[0, 0 if kind == 3 else 1], atol=1e-3)


@pytest.mark.parametrize(("w", "h"), [(10.0, 10.0), (30.0, 6.0), (3.0, 50.0)])
def test_boxes_within_the_radius_overlap_enough(w, h):
    r = float(radius(tf.constant([w, h])))
    box = np.array([[0, 0, w, h]])
    worst = [[r, r, w + r, h + r], [r, r, w - r, h - r], [-r, -r, w + r, h + r]]
    overlap = iou(box, np.array(worst))[0]
    assert overlap.min() == pytest.approx(0.7, abs=1e-4)


def test_heat_loss_by_hand():
    heat = tf.constant([[[[1.0], [0.5]]]])
    logits = tf.zeros((1, 1, 2, 1))  # p = .5 everywhere
    expected = 0.25 * np.log(2) + 0.5**4 * 0.25 * np.log(2)
    assert float(heat_loss(logits, heat, tf.constant(1.0))) == pytest.approx(expected, rel=1e-5)


def test_proposals_are_the_best_that_do_not_overlap():
    anchors = tf.constant([[0.0, 0, 10, 10], [1, 0, 11, 10], [40, 40, 60, 60], [90, 90, 110, 110]])
    found, scores = proposals(tf.constant([[1.0, 3.0, 2.0, 0.0]]), tf.zeros((1, 4, 4)), anchors, 96, 4)
    assert np.allclose(found[0, :3], [[1, 0, 11, 10], [40, 40, 60, 60], [90, 90, 96, 96]])
    assert not found[0, 3].numpy().any()
    assert np.allclose(scores[0], [1 / (1 + np.exp(-3)), 1 / (1 + np.exp(-2)), 0.5, 0])


def test_boxes_follow_their_image():
    config = CentreConfig(size=96, flip=True, zoom=0.3, shift=0.2)
    image = np.zeros((32, 96, 96, 1), np.float32)
    image[:, 30:60, 40:80] = 1
    boxes = np.tile(np.array([[[40, 30, 80, 60]]], np.float32), (32, 1, 1))
    pixels, found, label = moved(tf.constant(image), tf.constant(boxes), tf.zeros((32, 1), tf.int32), config, Noise(3, 0))
    assert (label.numpy() == 0).any()
    for one, (x0, y0, x1, y1) in zip(pixels.numpy(), found.numpy()[:, 0], strict=True):
        bright = one[..., 0] > 0.5
        rows, columns = np.flatnonzero(bright.any(1)), np.flatnonzero(bright.any(0))
        seen = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        assert np.abs(np.array(seen) - (x0, y0, x1, y1)).max() <= 1
    assert len(np.unique(found.numpy()[:, 0, 0])) > 10


def test_objects_that_leave_the_image_are_none():
    config = CentreConfig(size=96, shift=0.5)
    boxes = tf.constant(np.tile(np.array([[[0, 0, 10, 10]]], np.float32), (64, 1, 1)))
    image = tf.zeros((64, 96, 96, 1))
    _, found, label = moved(image, boxes, tf.zeros((64, 1), tf.int32), config, Noise(1, 0))
    left = (found[..., 2] - found[..., 0]) * (found[..., 3] - found[..., 1])
    assert np.array_equal(label.numpy() == 0, left.numpy() >= 40)
    assert 0 < (label.numpy() == 0).sum() < 64


def test_a_picture_is_padded_and_boxes_find_back():
    found = fit(np.zeros((100, 50, 3), np.uint8), 64, 1)
    assert found.image.shape == (64, 64, 1)
    assert np.allclose(found.scale, 0.64)
    assert np.allclose(found.shift, (16, 0))
    assert (found.image[:, :16] == 255).all()
    assert not found.image[:, 16:48].any()
