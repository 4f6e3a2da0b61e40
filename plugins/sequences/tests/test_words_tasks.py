"""Word vectors as a user meets them: conformance, neighbours, sums, analogies, files, learning, bad input."""

import numpy as np
import pytest
from lab_sequences.words import export
from lab_sequences.words.config import WordConfig, WordOptions
from lab_sequences.words.evaluation import make_problem
from lab_sequences.words.model import WordModel
from lab_sequences.words.text import Words

from lab_app.testing import check_task
from lab_core.errors import LabError, UsageError


@pytest.mark.parametrize("task_id", ["word2vec-austen", "cbow-austen", "ppmi-svd-austen"])
def test_task_conforms(task_id, tmp_path):
    check_task(task_id, tmp_path)


def test_settings_of_the_source(config):
    book = config("word2vec-austen", preset="book")
    assert (book.vocabulary_limit, book.dimensions, book.window, book.skips, book.negatives) == (50_000, 128, 1, 2, 64)
    assert (book.loss, book.noise, book.learning_rate, book.rare) == ("nce", "log-uniform", 1 / 128, "UNK")
    assert book.steps * book.skips == 100_001 * 128


@pytest.fixture
def model():
    words = ("king", "queen", "man", "woman", "apple")
    vectors = np.array([[1, 0, 1], [1, 1, 1], [1, 0, 0], [1, 1, 0], [-1, 0.1, 0.2]], np.float32)
    return WordModel(WordConfig(), Words(words, [5, 4, 3, 2, 1]), vectors, vectors[:, ::-1].copy())


def answered(model, item, **options):
    (found,) = model.apply([item], WordOptions(**options))
    return [(one.item, round(one.score, 3)) for one in found]


def test_neighbours_go_by_cosine(model):
    assert answered(model, "king", neighbours=2) == [("queen", 0.816), ("man", 0.707)]
    assert answered(model, " King ", neighbours=1) == [("queen", 0.816)]
    assert len(answered(model, "king", neighbours=50)) == 4


def test_sums_and_analogies(model):
    assert answered(model, "king - man + woman", neighbours=1)[0][0] == "queen"
    assert answered(model, "woman", analogy="man king", neighbours=1)[0][0] == "queen"
    one, two, three = model.directions[[2, 0, 3]]
    direction = two - one + three
    expected = direction @ model.directions[1] / np.linalg.norm(direction)
    assert answered(model, "woman", analogy="man king")[0][1] == pytest.approx(expected, abs=1e-3)


def test_what_cannot_be_answered_names_the_nearest_word(model):
    with pytest.raises(LabError) as caught:
        answered(model, "qeen")
    assert "queen" in str(caught.value)
    for item in ("", "12 + 3"):
        with pytest.raises(LabError, match="no word"):
            answered(model, item)
    with pytest.raises(UsageError, match="2 are expected"):
        answered(model, "woman", analogy="man king woman")
    with pytest.raises(LabError, match="one word at a time"):
        answered(model, "two words", analogy="man king")


def test_vectors_are_written_as_word2vec_writes_them(model, tmp_path):
    answered(model, "king", vectors=str(tmp_path / "vectors.txt"))
    first, *lines = (tmp_path / "vectors.txt").read_text().splitlines()
    assert first == "5 3"
    for line, word, vector in zip(lines, model.words.words, model.vectors, strict=True):
        name, *values = line.split(" ")
        assert name == word
        np.testing.assert_allclose(np.array(values, np.float32), vector, rtol=1e-5)


def test_gensim_reads_the_vectors(model, tmp_path):
    gensim = pytest.importorskip("gensim")
    answered(model, "king", vectors=str(tmp_path / "vectors.txt"))
    found = gensim.models.KeyedVectors.load_word2vec_format(str(tmp_path / "vectors.txt"))
    assert [word for word, _ in found.most_similar("king", topn=2)] == ["queen", "man"]


def test_the_projector_s_files_fit_each_other(model, tmp_path):
    answered(model, "king", projector=str(tmp_path / "projector"), words=10)
    lines = (tmp_path / "projector/metadata.tsv").read_text().splitlines()
    assert lines == ["word\tcount", "king\t5", "queen\t4", "man\t3", "woman\t2", "apple\t1"]
    np.testing.assert_allclose(np.loadtxt(tmp_path / "projector/vectors.tsv", delimiter="\t"), model.vectors, rtol=1e-5)
    assert 'tensor_path: "vectors.tsv"' in (tmp_path / "projector/projector_config.pbtxt").read_text()


def test_files_that_cannot_be_written_are_named(model, tmp_path):
    with pytest.raises(LabError, match="no picture file"):
        answered(model, "king", picture=str(tmp_path / "tsne.pdf"))
    with pytest.raises(LabError, match="can't be written"):
        answered(model, "king", vectors=str(tmp_path / "none" / "vectors.txt"))


def test_a_model_loads_and_answers_alike(model, tmp_path):
    model.save(tmp_path)
    again = WordModel.load(tmp_path, device="cpu")
    assert answered(again, "king") == answered(model, "king")
    np.testing.assert_array_equal(again.associations([0, 1], [2]), model.associations([0, 1], [2]))
    (tmp_path / "words.json").write_text('{"config": {}, "words": ["a"], "counts": [1]}')
    with pytest.raises(LabError, match="no readable word vectors"):
        WordModel.load(tmp_path, device="cpu")


def write_groups(path):
    """A text of twenty groups of words, in which a word stands only beside words of its group."""
    rng = np.random.default_rng(0)
    names = [[f"{chr(97 + group)}{chr(97 + number)}" for number in range(5)] for group in range(20)]
    lines = [" ".join(rng.choice(names[rng.integers(20)], 6)) for _ in range(4_000)]
    path.write_text("\n\n".join("\n".join(lines[start : start + 40]) for start in range(0, 4_000, 40)))
    return names


@pytest.mark.learning
@pytest.mark.parametrize(
    "settings",
    [
        ("method=skip-gram",),
        ("method=cbow", "learning_rate=0.1"),
        ("loss=nce", "noise=log-uniform", "negatives=20"),
        ("workers=2",),
    ],
)
def test_words_of_a_group_become_neighbours(settings, tmp_path, trainer):
    names = write_groups(tmp_path / "groups.txt")
    made = trainer(
        "word2vec", f"data={tmp_path / 'groups.txt'}", "steps=300000", "limit=0", "window=2", "subsample=0", "dimensions=24",
        "learning_rate=0.05", "words_per_slice=100000", *settings,
    )  # fmt: skip
    while made.step < 300_000:
        made.advance(100_000)
    learnt = made.model()
    right = [
        name in group
        for group in names
        for word in group
        for name, _ in learnt.neighbours(word, 4)
        if word in learnt.words.numbers
    ]
    made.close()
    assert np.mean(right) > 0.9


def test_the_map_of_words_is_a_picture(trainer, monkeypatch):
    made = trainer("word2vec-austen", "limit=4", "media_every=20000", "steps=20000")
    draw = export.draw
    monkeypatch.setattr(export, "draw", lambda model, words: draw(model, 40))
    progress = made.advance(20_000)
    (picture,) = progress.media
    assert picture.image.shape == (1_400, 1_400, 3)
    assert (picture.image != picture.image[0, 0]).mean() > 0.001


def test_the_problem_holds_words_that_stand_together_in_held_out_text():
    problem = make_problem("austen", "validation", 50)
    assert len(problem.asked) == 50
    assert not problem.relevant[np.arange(50), problem.asked].any()
    assert (problem.relevant.sum(1) >= 3).all()


@pytest.mark.parametrize(
    ("content", "line"), [("", "no text"), ("word " * 500, "1 different words"), ("1 2 3 4 5 " * 100, "0 different")]
)
def test_a_text_without_words_is_refused(content, line, tmp_path, trainer):
    (tmp_path / "own.txt").write_text(content)
    with pytest.raises(LabError, match=line):
        trainer("word2vec", f"data={tmp_path / 'own.txt'}")


def test_more_skips_than_words_are_refused(config):
    with pytest.raises(UsageError, match="skips=5"):
        config("word2vec-austen", "window=2", "skips=5")
