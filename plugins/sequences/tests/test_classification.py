"""Sequence classification: time warping by hand, lengths and masks, bad items, learning, resuming."""

import numpy as np
import pytest
from lab_sequences.classification.baselines import NearestModel
from lab_sequences.classification.config import ClassifyOptions, SequenceConfig
from lab_sequences.classification.generated import sequences
from lab_sequences.classification.items import chosen, complete, limited, padded, spread
from lab_sequences.classification.networks import make_network
from lab_sequences.classification.warping import distance

from lab_app.testing import check_task
from lab_core.errors import LabError, UsageError
from lab_core.items.series import Series

NAN = float("nan")


def column(*values):
    return np.array(values, np.float32)[:, None]


def item(values, names=("value",)):
    values = np.asarray(values, np.float64)
    return Series(np.arange(len(values), dtype=np.float64), values, tuple(names))


def test_time_warping_by_hand():
    assert distance(column(0, 1, 2), column(0, 1, 2), 3, np.inf) == 0
    assert distance(column(0, 1, 2), column(0, 0, 1, 1, 2), 3, np.inf) == 0  # stretched
    assert distance(column(0, 0), column(3, 4), 2, np.inf) == 5
    assert distance(column(0, 5, 0), column(5, 0, 0), 0, np.inf) == pytest.approx(50**0.5)  # no warping: Euclidean
    assert distance(column(0, 5, 0), column(5, 0, 0), 1, np.inf) == pytest.approx(5)
    assert distance(column(0, 0), column(3, 4), 2, 8.0) == np.inf  # no path costs less than 9


def test_the_source_starts_its_output_layer_from_a_normal_distribution():
    network = make_network(SequenceConfig(head_deviation=1.0, units=512), 1, 4, seed=3)
    kernel, bias = (np.asarray(weight) for weight in network.head.weights)
    assert 0.95 < kernel.std() < 1.05
    assert bias.any()
    kernel, bias = (np.asarray(weight) for weight in make_network(SequenceConfig(units=512), 1, 4, seed=3).head.weights)
    assert np.abs(kernel).max() <= (6 / (512 + 4)) ** 0.5
    assert not bias.any()


def test_time_warping_is_the_shortest_path():
    rng = np.random.default_rng(0)
    for _ in range(5):
        a, b = (rng.standard_normal((int(rng.integers(2, 9)), 2)).astype(np.float32) for _ in range(2))
        costs = ((a[:, None] - b[None]) ** 2).sum(axis=2)
        table = np.full((len(a) + 1, len(b) + 1), np.inf)
        table[0, 0] = 0
        for i in range(len(a)):
            for j in range(len(b)):
                table[i + 1, j + 1] = costs[i, j] + min(table[i, j], table[i, j + 1], table[i + 1, j])
        assert distance(a, b, 9, np.inf) == pytest.approx(table[-1, -1] ** 0.5, rel=1e-5)


def test_generated_sequences_are_those_of_the_exercise():
    series, labels = sequences(400, np.random.default_rng(1))
    lengths = [len(one) for one in series]
    assert (min(lengths), max(lengths)) == (3, 20)
    assert 0.4 < labels.mean() < 0.6
    for values, label in zip(series, labels, strict=True):
        assert 0 <= values.min() <= values.max() <= 1
        steps = np.diff(values[:, 0])
        assert np.allclose(steps, 0.001, atol=1e-6) == (not label)


def test_gaps_are_filled_and_padding_keeps_lengths():
    np.testing.assert_allclose(complete(column(NAN, 1, NAN, 3, NAN))[:, 0], [1, 1, 2, 3, 3])
    np.testing.assert_allclose(complete(column(NAN, NAN))[:, 0], [0, 0])
    values, lengths = padded([column(1, 2), column(3)])
    np.testing.assert_array_equal(values[..., 0], [[1, 2], [3, 0]])
    assert lengths.tolist() == [2, 1]
    mean, deviation = spread([column(1, 3), column(1, 3)])
    assert (mean[0], deviation[0]) == (2, 1)


def test_long_sequences_are_refused_or_cut_by_rule():
    values = column(1, 2, 3)
    with pytest.raises(LabError, match=r"The series has 3 steps; the limit is 2.*cut=first"):
        limited(values, 2, "refuse", "The series")
    assert limited(values, 2, "first", "")[:, 0].tolist() == [1, 2]
    assert limited(values, 2, "last", "")[:, 0].tolist() == [2, 3]


def test_columns_are_found_by_name_or_refused():
    both = item([[1, 10], [2, 20]], ("a", "b"))
    assert chosen(both, ("b", "a"), "")[:, 0].tolist() == [10, 20]
    assert chosen(both, ("x",), "b")[:, 0].tolist() == [10, 20]
    with pytest.raises(UsageError, match=r"has 2 columns \(a, b\); the classifier reads 1"):
        chosen(both, ("x",), "")
    with pytest.raises(UsageError, match="no column 'c'"):
        chosen(both, ("x",), "c")


@pytest.mark.parametrize("network", ["lstm", "gru", "rnn", "tcn"])
@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_what_stands_behind_the_end_changes_nothing(network, pooling):
    config = SequenceConfig(network=network, pooling=pooling, units=8, layers=2, differences=True)
    net = make_network(config, 2, 3)
    rng = np.random.default_rng(0)
    short = rng.standard_normal((1, 5, 2)).astype(np.float32)
    long = np.concatenate([short, 9 * rng.standard_normal((1, 4, 2)).astype(np.float32)], axis=1)
    lengths = np.array([5], np.int32)
    np.testing.assert_allclose(net.run(long, lengths).numpy(), net.run(short, lengths).numpy(), atol=1e-5)


def test_nearest_neighbour_knows_its_own_training_data(baseline):
    model: NearestModel = baseline("sequence-dtw")
    some = [item(model.series[place], model.names) for place in (0, 50, 200)]
    answers = list(model.apply(some, ClassifyOptions()))
    assert [answer.names[0] for answer in answers] == [model.classes[model.labels[place]] for place in (0, 50, 200)]


def test_own_labelled_table_is_learnt_from_and_bad_ones_are_named(tmp_path, config, trainer):
    rng = np.random.default_rng(0)
    rows = ["sequence,label,x,y"]
    for number in range(60):
        for step in range(int(rng.integers(3, 9))):
            rows.append(f"s{number},{'up' if number % 2 else 'down'},{step if number % 2 else -step},{rng.random():.3f}")
    file = tmp_path / "own.csv"
    file.write_text("\n".join(rows))
    made = trainer("sequence-classification", f"data={file}", "steps=4")
    assert made.classes == ("down", "up")
    assert made.names == ("x", "y")
    made.advance(4)
    answer = next(made.model().apply([item(np.ones((4, 2)), ("x", "y"))], ClassifyOptions()))
    assert set(answer.names) == {"down", "up"}
    file.write_text("\n".join(rows).replace("s1,up,1,", "s1,up,one,"))
    with pytest.raises(LabError, match=r"column 'x': 'one' is not a number"):
        trainer("sequence-classification", f"data={file}")
    file.write_text("\n".join(row.replace(",up,", ",down,") for row in rows))
    with pytest.raises(UsageError, match="has no classes"):
        trainer("sequence-classification", f"data={file}")
    with pytest.raises(LabError, match=r"has 20 steps; the limit is 10|has 1\d steps; the limit is 10"):
        trainer("sequence-classification", "longest=10")


@pytest.mark.learning
def test_linear_and_random_sequences_are_told_apart(trainer, score):
    made = trainer(
        "sequence-classification", "steps=200", "units=16", "batch_size=64", "updates_per_slice=50", "learning_rate=0.01"
    )
    while made.step < 200:
        made.advance(200)
    assert score("sequence-classification", made.model(), count=500).value > 0.95  # naming one class: 0.5


@pytest.mark.parametrize("task", ["sequence-classification", "sequence-dtw"])
def test_task_conforms(task, tmp_path):
    check_task(task, tmp_path)
