"""Vocabularies and pairs: what comes back, splits, the user's own files, and every kind of bad input."""

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from lab_seq2seq.buckets import BucketOrder
from lab_seq2seq.config import PairConfig, RecurrentConfig
from lab_seq2seq.text import pairs, vocabulary
from lab_seq2seq.text.encoded import Encoded, Vocabularies, encode, make_vocabularies, pad
from lab_seq2seq.text.pairs import SPLITS, Pairs, load
from lab_seq2seq.text.vocabulary import END, SPECIALS, UNKNOWN, Listed, learn, read_words, restore
from lab_seq2seq.trainer import notes

from lab_core.config import resolve
from lab_core.errors import LabError, UsageError

TEXTS = ["The file is open.", "Datei öffnen, über 25 Zeilen…", "Mở tập tin", "the end of the file", "打开文件，关闭？"] * 3


@pytest.mark.parametrize("kind", ["pieces", "characters"])
def test_text_comes_back(kind):
    found = learn(kind, TEXTS, size=120)
    again = restore(found.state)
    for text in TEXTS:
        assert found.decode(found.encode(text)) == text
        assert again.encode(text) == found.encode(text)
    assert [found.token(number) for number in range(4)] == list(SPECIALS)
    assert found.decode([2, *found.encode("the file"), END, 0, 0]) == "the file"


def test_pieces_compose_letters_and_join_white_space():
    found = learn("pieces", TEXTS, size=120)
    assert found.encode(unicodedata.normalize("NFD", "über\u00a0 öffnen\n")) == found.encode("über öffnen")


def test_words_are_ordered_by_frequency_and_rare_ones_are_unknown():
    found = learn("words", ["b a a c", "a b d"], size=6)
    assert found.state["tokens"] == ["a", "b"]
    assert found.encode("a d b") == [4, UNKNOWN, 5]
    assert found.decode([4, UNKNOWN, 5]) == "a <unk> b"


def test_digits_are_pieces_of_their_own():
    found = learn("pieces", ["in 2024 and 2025", "2024 2025 2024"] * 5, size=60)
    assert [piece.strip("▁") for piece in found.pieces("2024") if piece.strip("▁")] == ["2", "0", "2", "4"]


def test_a_vocabulary_file(tmp_path):
    file = tmp_path / "vocab.en"
    file.write_text("<unk>\n<s>\n</s>\nthe\nfile\n")
    assert read_words(file).encode("the file </x>") == [4, 5, UNKNOWN]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("the\nfile\n", "are expected first"),
        ("<unk>\n<s>\n</s>\nthe\n", "vocab.en: The vocabulary has 1 token; at least 2"),
        ("<unk>\n<s>\n</s>\nthe\n\nfile\n", "line 5: empty"),
        ("<unk>\n<s>\n</s>\nthe\nfile\nthe\n", "twice"),
    ],
)
def test_a_bad_vocabulary_file(tmp_path, text, reason):
    file = tmp_path / "vocab.en"
    file.write_text(text)
    with pytest.raises(LabError, match=reason):
        read_words(file)


def test_a_damaged_vocabulary_of_a_model_is_reported():
    for state in ({}, {"kind": "words"}, {"kind": "pieces", "model": "AAAA"}, {"kind": "x", "tokens": ["a", "b"]}):
        with pytest.raises(LabError):
            restore(state)


def test_too_many_unknown_tokens_are_an_error_that_names_case():
    known = Listed("words", ["the", "file"])
    vocabulary.examine(known, ["the file"], side="source", most=0.1)
    with pytest.raises(UsageError, match="differ in case"):
        vocabulary.examine(known, ["The FILE"], side="source", most=0.1)
    with pytest.raises(UsageError, match="unknown_limit"):
        vocabulary.examine(known, ["un deux"], side="source", most=0.1)


def test_help_pairs_have_disjoint_splits_and_both_directions():
    config = PairConfig(data="help", src="en", tgt="de")
    parts = [load(config, split) for split in SPLITS]
    assert [len(part) for part in parts] == [18_721, 876, 649]
    turned = load(PairConfig(data="help", src="de", tgt="en"), "test")
    assert (turned.source, turned.target) == (parts[2].target, parts[2].source)
    assert not {*zip(parts[0].source, parts[0].target, strict=True)} & {*zip(parts[2].source, parts[2].target, strict=True)}


def test_numbers_are_split_without_overlap():
    parts = [load(PairConfig(data="numbers", src="num", tgt="de"), split) for split in SPLITS]
    different = [set(part.source) for part in parts]
    assert sum(map(len, different)) == pairs.NUMBERS
    assert not different[0] & different[2]
    assert {str(number) for number in range(100)} <= different[0]
    assert [parts[0].source.count(number) for number in ("7", "42")] == [1000, 100]
    back = load(PairConfig(data="numbers", src="de", tgt="num"), "test")
    assert back.target == parts[2].source


def own(folder, **files):
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return PairConfig(data=str(folder), src="en", tgt="de", held_out=0.2)


def test_own_files_with_and_without_splits(tmp_path):
    lines = [f"line {n}" for n in range(20)]
    config = own(tmp_path, train_en="\n".join(lines), train_de="\n".join(line.upper() for line in lines))
    found = [load(config, split) for split in SPLITS]
    assert [len(part) for part in found] == [12, 4, 4]
    assert sorted(text for part in found for text in part.source) == sorted(lines)
    assert all(a.upper() == b for part in found for a, b in zip(part.source, part.target, strict=True))
    pairs._load.cache_clear()
    own(tmp_path, test_en="a test\n", test_de="ein Test\n", dev_en="x\ny\n", dev_de="u\nv\n")
    assert [len(load(config, split)) for split in SPLITS] == [20, 2, 1]


def test_equal_sources_of_own_files_stay_in_one_split(tmp_path):
    lines = [f"line {n % 10}" for n in range(60)]
    config = own(tmp_path, train_en="\n".join(lines), train_de="\n".join(f"Zeile {n}" for n in range(60)))
    parts = [set(load(config, split).source) for split in SPLITS]
    assert [len(part) for part in parts] == [6, 2, 2]
    assert not parts[0] & parts[1]
    assert not (parts[0] | parts[1]) & parts[2]
    assert sum(len(load(config, split)) for split in SPLITS) == 60


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"train_en": "a\nb\n", "train_de": "c\n"}, "2 lines, train.de 1"),
        ({"train_en": "a\n"}, "no train.de beside it"),
        ({"other_txt": "a\n"}, "no train.en and train.de"),
        ({"train_en": "\n\n", "train_de": "a\nb\n"}, "no pair without an empty side"),
    ],
)
def test_bad_own_files(tmp_path, files, reason):
    with pytest.raises(UsageError, match=reason):
        load(own(tmp_path, **files), "train")


def test_a_file_that_is_not_utf8_is_named_with_line_and_byte(tmp_path):
    config = own(tmp_path, train_en="a\nb\n", train_de="c\n")
    (tmp_path / "train.de").write_bytes(b"eins\ngr\xfc\xdfe\n")
    with pytest.raises(UsageError, match=r"train\.de, line 2, byte 3: not UTF-8"):
        load(config, "train")


def test_empty_lines_are_counted(tmp_path):
    config = own(tmp_path, train_en="\n".join(["a", "", "b"] + ["c"] * 9), train_de="\n".join(["x"] * 12))
    assert load(config, "train").empty == 1


def test_directions_and_sides_are_checked(tmp_path):
    for settings, reason in [
        (["src=fr"], "data=help has no direction"),
        (["src=de", "tgt=vi"], "data=help has no direction"),
        (["src=de"], "both 'de'"),
        (["data=numbers"], "One side is num"),
        (["data=nowhere"], "neither help"),
        (["shared_vocabulary=false"], "tied=true"),
        (["src_vocabulary=a"], "one side only"),
        (["layers=3"], "even number"),
    ]:
        with pytest.raises(UsageError, match=reason):
            resolve(RecurrentConfig, overrides=settings)
    assert resolve(RecurrentConfig, overrides=[f"data={tmp_path}"]).pair.startswith("data-")


def test_long_pairs_are_left_out_and_counted():
    config = resolve(RecurrentConfig, overrides=["tokens=characters", "vocabulary_size=50"])
    found = Pairs(["ab", "abcdef", "b"], ["b", "a", "abcdefg"])
    encoded = encode(make_vocabularies(config, found), found, 5)
    assert encoded.left_out == 2
    assert encoded.source.shape == (1, 3)
    assert encoded.source[0, -1] == END
    with pytest.raises(LabError, match="Raise longest"):
        encode(make_vocabularies(config, found), Pairs(["abcdef"], ["a"]), 5)


def test_what_was_left_out_and_what_is_unknown_is_noted():
    encoded = Encoded(np.array([[UNKNOWN, 5, END, 0]]), np.array([[4, END, 0, 0]]), left_out=2)
    empty, long, unknown = notes(7, encoded, 60)
    assert empty.startswith("7 pairs")
    assert "2 pairs with more than 60 tokens" in long
    assert "50.0% of the source's tokens, 0.0% of the target's" in unknown
    assert notes(0, Encoded(encoded.target, encoded.target, 0), 60) == ()


def test_vocabulary_files_are_found_from_any_folder():
    settings = "tokens=words shared_vocabulary=false tied=false src_vocabulary=a tgt_vocabulary=b"
    found = resolve(RecurrentConfig, overrides=settings.split())
    assert Path(found.src_vocabulary) == Path("a").resolve()


def test_vocabularies_come_back_shared_or_not():
    for tied in ("true", "false"):
        config = resolve(RecurrentConfig, overrides=["tokens=characters", f"shared_vocabulary={tied}", f"tied={tied}"])
        found = make_vocabularies(config, Pairs(["abc"], ["xyz"]))
        again = Vocabularies.restored(found.about)
        assert (again.source is again.target) is (tied == "true")
        assert again.target.encode("xa") == found.target.encode("xa")


def test_padding():
    assert pad([[5, 3], [6, 7, 3]], multiple=4).tolist() == [[5, 3, 0, 0], [6, 7, 3, 0]]


def test_minibatches_hold_similar_lengths_and_every_item_once():
    lengths = np.random.default_rng(0).integers(3, 60, 640)
    order = BucketOrder(lengths, 32, seed=4)
    first = order.batches(0, 20)
    assert sorted(first.ravel().tolist()) == list(range(640))
    spread = np.ptp(lengths[first], axis=1)
    assert spread.mean() < 8
    assert (order.batches(25, 2) == BucketOrder(lengths, 32, seed=4).batches(25, 2)).all()
    assert (order.batches(20, 20) != first).any()
    assert BucketOrder(lengths[:5], 32, seed=4).batches(0, 1).shape == (1, 32)
