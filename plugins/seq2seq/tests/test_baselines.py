"""Baselines: the nearest text, model 1 on a corpus whose dictionary is known, joining of words, and the models."""

import pytest
from lab_seq2seq.baselines.dictionary import Dictionary
from lab_seq2seq.baselines.model import CopyModel, DictionaryModel, NearestModel
from lab_seq2seq.baselines.nearest import Nearest
from lab_seq2seq.baselines.words import join, words
from lab_seq2seq.config import PairConfig


def test_words_and_their_joining():
    text = "Open the file (or not), don't!"
    assert words(text) == ["Open", "the", "file", "(", "or", "not", ")", ",", "don't", "!"]
    assert join(words(text)) == text
    assert words("打开 Writer 文件。") == ["打", "开", "Writer", "文", "件", "。"]
    assert join(words("打开 Writer 文件。")) == "打开 Writer 文件。"


def test_a_rare_word_decides_which_text_is_nearest():
    index = Nearest(["open the file", "close the file", "open the printer", "the the the the"])
    assert index.find("Open printer") == 2
    assert index.find("close") == 1
    assert index.find("nothing known") == 0


def test_model_1_finds_the_dictionary():
    sources = ["the house", "the book", "a book", "a house", "the small house"]
    targets = ["das Haus", "das Buch", "ein Buch", "ein Haus", "das kleine Haus"]
    found = Dictionary(sources, targets, iterations=20)
    assert [found.word(word) for word in ("the", "house", "book", "a", "small", "unseen")] == [
        "das",
        "Haus",
        "Buch",
        "ein",
        "kleine",
        "unseen",
    ]
    assert found.translate("The small book") == "das kleine Buch"


@pytest.mark.parametrize("kind", [CopyModel, NearestModel, DictionaryModel])
def test_a_baseline_is_ready_without_training_and_loads(kind, tmp_path):
    model = kind.ready(PairConfig(data="help", src="en", tgt="de", limit=300), device="cpu")
    model.save(tmp_path)
    again = kind.load(tmp_path, device="cpu")
    texts = ["Opens the file.", "", "Insert - Chart"]
    found = list(model.apply(texts, model.options()))
    assert found == list(again.apply(iter(texts), model.options()))
    assert all(isinstance(text, str) for text in found)


def test_a_table_of_the_first_scored_sentences():
    from lab_seq2seq.benchmarks import benchmarks

    from lab_app.cli.example_table import example_table

    benchmark = next(one for one in benchmarks() if one.id == "translation/help-en-de")
    model = CopyModel.ready(PairConfig(data="help", src="en", tgt="de"), device="cpu")
    lines = example_table(benchmark, model, 2)
    assert lines[:4] == [
        "source     The ImportWizard Library",
        "reference  Die Bibliothek Import-Assistent",
        "machine    The ImportWizard Library",
        "",
    ]
    assert len(lines) == 8
