"""What a trained translator does: order, n-best, samples, cut and empty texts, copied words, attention pictures."""

import numpy as np
import pytest
from lab_seq2seq.attention_picture import draw
from lab_seq2seq.model import _copied
from lab_seq2seq.options import DecodeOptions
from PIL import Image

from lab_core.errors import LabError, UsageError
from lab_core.model import Scored


@pytest.fixture(scope="module")
def model(trainer):
    made = trainer("nmt-en-de", "vocabulary_size=200")
    made.advance(3)
    return made.model()


def test_three_thousand_texts_keep_their_order(model, monkeypatch):
    monkeypatch.setattr(model, "_decode", lambda rows, options: [_echo(row) for row in rows])
    texts = [("x" * (n * 7919 % 23 + 1)) + f" {n}" for n in range(3_000)]
    assert list(model.apply(iter(texts), DecodeOptions(beam=1))) == texts


def _echo(row):
    """A result of the search that is the source itself."""
    alignment = np.eye(len(row), dtype=np.float32)[None]
    return np.array([row]), np.array([len(row)]), np.array([0.0]), alignment


def test_the_batch_does_not_change_a_translation(model):
    texts = ["Opens the file.", "Insert a new table into the document", "a", "the cell"]
    options = DecodeOptions(beam=3)
    together = list(model.apply(texts, options))
    assert together == [next(model.apply([text], options)) for text in texts]


def test_nbest_is_ordered_and_its_first_is_the_translation(model):
    (found,) = model.apply(["Opens the file."], DecodeOptions(beam=4, nbest=3))
    assert all(isinstance(one, Scored) for one in found)
    assert len(found) == 3
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert found[0].item == next(model.apply(["Opens the file."], DecodeOptions(beam=4)))


def test_samples_differ_by_seed_and_repeat(model):
    draws = [next(model.apply(["Opens the file."], DecodeOptions(temperature=1.0, seed=seed))) for seed in (1, 1, 2, 3)]
    assert draws[0] == draws[1]
    assert len(set(draws)) > 1


def test_a_long_text_is_cut_and_that_is_reported(model, capsys):
    assert len(list(model.apply(["word " * 100], DecodeOptions(beam=1, longest=20)))) == 1
    assert "is cut to 19" in capsys.readouterr().err


def test_an_empty_text_stays_empty(model):
    assert list(model.apply(["", "   "], DecodeOptions(beam=2))) == ["", ""]


def test_options_that_contradict_each_other():
    for settings in ({"nbest": 9}, {"nbest": 2, "temperature": 1.0}):
        with pytest.raises(UsageError):
            DecodeOptions(**settings).check()


def test_unknown_words_are_copied_from_where_the_attention_is():
    alignment = np.array([[0.1, 0.8, 0.1], [0.7, 0.2, 0.1], [0.2, 0.2, 0.6]])
    assert _copied("words", ["die", "<unk>", "</s>"], ["Kofi", "the"], alignment) == "die Kofi"
    assert _copied("pieces", ["▁die", "<unk>", "</s>"], ["▁Kofi", "▁the"], alignment) == "die Kofi"


def test_the_alignment_is_drawn_to_a_file(model, tmp_path):
    file = tmp_path / "alignment.png"
    list(model.apply(["Opens the file.", "Closes it"], DecodeOptions(beam=2, attention=str(file))))
    assert Image.open(file).size[0] > 100
    assert (tmp_path / "alignment-2.png").exists()


def test_every_translation_comes_before_the_error_of_a_picture_that_can_not_be_written(model, tmp_path):
    texts = ["Opens the file.", "Closes it"]
    results = model.apply(texts, DecodeOptions(beam=1, attention=str(tmp_path / "none" / "a.png")))
    assert [next(results), next(results)] == list(model.apply(texts, DecodeOptions(beam=1)))
    with pytest.raises(LabError, match="can't be written"):
        next(results)


def test_options_that_need_attention(trainer):
    model = trainer("nmt-no-attention-en-de").model()
    for settings in ({"attention": "a.png"}, {"copy_unknown": True}):
        with pytest.raises(UsageError, match="no attention"):
            list(model.apply(["a"], DecodeOptions(beam=1, **settings)))


def test_a_dark_cell_is_a_large_weight():
    picture = draw(["a", "b"], ["x"], np.array([[1.0, 0.0]]))
    cells = picture[-20, -40:-10]
    assert cells.min() == 0
    assert cells.max() == 255


def test_a_model_loads_and_translates_alike(model, tmp_path):
    model.save(tmp_path)
    again = type(model).load(tmp_path, device="cpu")
    options = DecodeOptions(beam=3)
    assert list(again.apply(["Opens the file."], options)) == list(model.apply(["Opens the file."], options))
