"""Sentences out of dictionary entries, splits by entry, the installed file, errors."""

import pytest
from lab_seq2seq.text import everyday

from lab_core.errors import LabError, UsageError

ENTRY = (
    "Abendessen {n}; Abendbrot {n} | Abendessen {pl} | Das Abendessen hat mir (sehr) geschmeckt. | Komm!"
    " :: supper; evening meal | suppers | I enjoyed my supper.; I liked my supper. [Br.] | Come on now!"
)


def test_whole_sentences_of_both_sides_become_pairs():
    assert list(everyday.sentences(ENTRY)) == [("I enjoyed my supper.", "Das Abendessen hat mir geschmeckt.")]


@pytest.mark.parametrize(
    "entry",
    [
        "# License :: GPL Version 2 or later",
        "ein Wort",
        "a | Das ist ein Satz. :: This is one sentence.",
        "Das ist / war so. :: That is so.",
    ],
)
def test_other_lines_give_nothing(entry):
    assert list(everyday.sentences(entry)) == []


def test_the_installed_file_is_taken_and_split_by_entry(tmp_path, monkeypatch):
    lines = [f"Das ist Satz Nummer {n}. | Er hat {n} Bücher. :: This is sentence {n}. | He has {n} books." for n in range(200)]
    installed = tmp_path / "de-en"
    installed.write_text("\n".join(lines))
    monkeypatch.setattr(everyday, "INSTALLED", installed)
    monkeypatch.setenv("LAB_DATA_DIR", str(tmp_path / "data"))
    everyday.fetch(everyday.CARD, tmp_path / "data" / everyday.CARD.id)
    parts = {split: everyday.load(everyday.CARD, split) for split in ("train", "validation", "test", "all")}
    assert len(parts["all"].english) == 400
    assert sum(len(parts[split].english) for split in ("train", "validation", "test")) == 400
    assert 5 < len(parts["test"].english) < 60
    numbers = [
        {text.split()[-1].strip(".") for text in parts[split].english if "sentence" in text} for split in ("train", "test")
    ]
    assert not numbers[0] & numbers[1]
    with pytest.raises(UsageError, match="has no split"):
        everyday.load(everyday.CARD, "dev")
    (tmp_path / "data" / everyday.CARD.id / everyday.FILE).write_bytes(b"\x1f\x8bno")
    with pytest.raises(LabError, match="can't be read"):
        everyday.load(everyday.CARD, "train")


def test_a_login_page_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(everyday, "INSTALLED", tmp_path / "none")
    folder = tmp_path / everyday.CARD.id
    folder.mkdir()
    (folder / everyday.FILE).write_bytes(b"<!DOCTYPE html><html>sign in</html>")
    with pytest.raises(LabError) as refused:
        everyday.fetch(everyday.CARD, folder)
    assert "trans-de-en" in refused.value.hint
