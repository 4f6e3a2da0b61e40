"""Training of character models: the order of the text, the carried state, resuming, learning."""

import numpy as np
import pytest

from lab_app.testing import check_resume, check_task
from lab_core.context import Context


@pytest.mark.parametrize("task_id", ["char-rnn-austen", "char-transformer-austen", "char-witten-bell-austen"])
def test_task_conforms(task_id, tmp_path):
    check_task(task_id, tmp_path)


@pytest.mark.parametrize("task_id", ["char-rnn-tang"])
def test_resume_is_exact(task_id, tmp_path):
    from lab_sequences.tasks import tasks

    check_resume(next(task for task in tasks() if task.id == task_id), tmp_path)


@pytest.fixture(scope="module")
def made(trainer):
    return trainer("char-rnn-austen")


def test_each_batch_continues_the_one_before(made):
    places = made.places(0, 4)[:, 0]
    assert (np.diff(places, axis=0) == made.config.length).all()
    assert (np.diff(places, axis=1) == made.stream_length).all()


def test_an_epoch_reads_every_stream_once_and_stays_inside(made):
    places = made.places(0, made.segments)[:, 0]
    assert len(np.unique(places)) == places.size
    last = places[-1] + made.config.length + 1
    assert (last <= (np.arange(made.config.batch_size) + 1) * made.stream_length).all()
    assert last.max() <= made.count


def test_the_next_epoch_is_cut_at_other_places_and_restarts_the_state(made):
    import tensorflow as tf

    first, second = (made.places(epoch * made.segments, 1)[0, 0, 0] for epoch in (0, 1))
    assert first != second
    batch = made.batch(tf.constant(made.places(made.segments, 1)[0, 0]), tf.constant(made.segments))
    assert (batch["restart"].numpy() == 1).all()
    batch = made.batch(tf.constant(made.places(1, 1)[0, 0]), tf.constant(1))
    assert batch["restart"].numpy().tolist() == [0] * made.config.batch_size
    assert batch["tokens"].shape == (made.config.batch_size, made.config.length + 1)


def test_a_segment_at_a_boundary_begins_with_an_empty_state_and_some_others_do(made):
    import tensorflow as tf
    from lab_sequences.characters.vocabulary import BOUNDARY

    boundary = int(np.flatnonzero(made.columns["token"] == BOUNDARY)[1])
    places = np.arange(made.config.batch_size, dtype=np.int32) + boundary
    assert made.batch(tf.constant(places), tf.constant(1))["restart"].numpy()[0] == 1
    read = tf.function(lambda step: made.batch(tf.constant(places[1:].repeat(100)[: made.config.batch_size]), step)["restart"])
    shares = [read(tf.constant(step)).numpy().mean() for step in range(1, 400) if step % made.segments]
    assert 0.005 < np.mean(shares) < 0.05


def test_segments_of_poems_begin_at_boundaries(trainer):
    from lab_sequences.characters.vocabulary import BOUNDARY

    poems = trainer("char-rnn-tang", "length=52", "limit=300")
    places = poems.places(0, 12)[:, 0]
    assert (poems.columns["token"][places] == BOUNDARY).all()
    assert len(np.unique(places)) > places.size / 2
    novel = trainer("char-rnn-tang", "length=16", "limit=300")  # shorter than a poem: one segment after another
    assert (np.diff(novel.places(0, 4)[:, 0], axis=0) == 16).all()


def test_the_learner_carries_its_state_on_and_drops_it_at_a_restart(trainer):
    import tensorflow as tf

    learner = trainer("char-rnn-austen", "learning_rate=1e-9").learner
    tokens = tf.constant(np.random.default_rng(0).integers(2, 20, (4, 33)), tf.int32)
    zero = learner.network.zero_state(4)
    _, expected = learner.network.run(tokens[:, :32], zero)
    for restart, part in ((1.0, slice(0, 17)), (0.0, slice(16, 33))):
        learner.update({"tokens": tokens[:, part], "restart": tf.fill(4, restart)}, tf.constant(0))
    for variable, value in zip(learner.state.values(), expected, strict=True):
        np.testing.assert_allclose(variable.numpy(), value, atol=1e-5)
    learner.update({"tokens": tokens[:, :17], "restart": tf.ones(4)}, tf.constant(0))
    _, fresh = learner.network.run(tokens[:, :16], zero)
    for variable, value in zip(learner.state.values(), fresh, strict=True):
        np.testing.assert_allclose(variable.numpy(), value, atol=1e-5)


def test_bits_of_an_untrained_network_are_those_of_guessing(made):
    import tensorflow as tf

    batch = made.batch(tf.constant(made.places(0, 1)[0, 0]), tf.constant(0))
    made.learner.network.head.kernel.assign(tf.zeros_like(made.learner.network.head.kernel))
    from lab_tensorflow.noise import Noise

    _, metrics = made.learner.loss(batch, Noise(0, 0))
    assert float(metrics["bits_per_character"]) == pytest.approx(np.log2(len(made.vocabulary)), abs=1e-4)


def test_settings_of_the_source(config):
    for text, length, rate, steps, embedding in (
        ("austen", 50, 0.01, 20_000, 0),
        ("tang", 26, 0.005, 10_000, 128),
        ("c", 100, 0.01, 20_000, 0),
    ):
        book = config(f"char-rnn-{text}", preset="book")
        assert (book.length, book.learning_rate, book.steps, book.embedding) == (length, rate, steps, embedding)
        assert (book.layers, book.units, book.batch_size, book.dropout, book.gradient_clip) == (2, 128, 32, 0.5, 5.0)
        assert book.vocabulary_limit == 3_500


@pytest.mark.learning
@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn", "transformer"])
def test_a_repeated_line_is_learnt(kind, tmp_path, trainer):
    """Nothing is left to guess after the first characters of a text that repeats itself: the loss falls to nearly nothing."""
    (tmp_path / "line.txt").write_text("the quick brown fox jumps over the lazy dog\n" * 300)
    settings = (
        f"data={tmp_path / 'line.txt'}", f"network={kind}", "units=32", "embedding=32", "length=24", "batch_size=8",
        "learning_rate=0.01", "gradient_clip=1", "steps=150", "updates_per_slice=150", "limit=0", "context=24",
    )  # fmt: skip
    made = trainer("char-rnn", *settings)
    while made.step < 150:
        made.advance(150)
    learnt = made.model()
    text = "the quick brown fox jumps over the lazy dog\n" * 4
    nats, characters = learnt.log_likelihood(text)
    assert -nats / characters < 0.35
    options = learnt.options(prompt="the quick ", temperature=0.0, length=60)
    assert "brown fox jumps over the lazy dog" in "".join(next(learnt.sample(1, seed=0, options=options)))


def test_a_text_that_is_too_short_says_what_to_set(tmp_path, config):
    from lab_sequences.characters.trainer import CharacterTrainer
    from lab_sequences.tasks import tasks

    from lab_core.errors import LabError

    (tmp_path / "short.txt").write_text("To be, or not to be.")
    task = next(task for task in tasks() if task.id == "char-rnn")
    with pytest.raises(LabError, match="characters for training"):
        CharacterTrainer(task, config("char-rnn", f"data={tmp_path / 'short.txt'}", "fewest=1"), Context(seed=0, threads=1))
