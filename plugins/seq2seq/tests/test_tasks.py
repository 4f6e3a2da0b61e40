"""The tasks as a user meets them: the conformance kit, the source's settings, own files."""

import pytest
from lab_seq2seq.tasks import tasks

from lab_app.testing import check_errors, check_light, check_record, check_resume, check_task
from lab_core.registry.discovery import discover

TASKS = {task.id: task for task in tasks()}


@pytest.mark.parametrize("task_id", ["nmt-en-de", "transformer-en-de"])
def test_task_conforms(task_id, tmp_path):
    check_task(task_id, tmp_path)


@pytest.mark.parametrize("task_id", ["nmt-no-attention-en-de"])
def test_resume_is_exact(task_id, tmp_path):
    check_resume(TASKS[task_id], tmp_path)


def test_every_task_has_a_complete_record():
    registry, _ = discover()
    for task in TASKS.values():
        check_record(task, registry)
        if task.trainer is not None:
            check_errors(task)


def test_plugin_is_light():
    check_light("lab_seq2seq")


def test_the_book_presets_are_the_source_s_commands(config):
    small, large = (config("nmt", preset=preset) for preset in ("book", "book-large"))
    assert (small.steps, small.layers, small.units, small.dropout) == (12_000, 2, 128, 0.2)
    assert (large.steps, large.layers, large.units, large.dropout) == (200_000, 3, 256, 0.2)
    assert (small.optimizer, small.learning_rate, small.gradient_clip, small.batch_size) == ("sgd", 1.0, 5.0, 128)
    assert (small.tokens, small.bidirectional, small.attention) == ("words", False, "scaled_luong")


def test_own_files_train_and_translate(tmp_path, trainer):
    words = ["eins", "zwei", "drei", "vier", "fünf"]
    lines = [" ".join(words[n % 5 : n % 5 + 3] or words[:2]) for n in range(40)]
    (tmp_path / "train.src").write_text("\n".join(lines))
    (tmp_path / "train.tgt").write_text("\n".join(line.upper() for line in lines))
    settings = (f"data={tmp_path}", "src=src", "tgt=tgt", "tokens=words", "shared_vocabulary=false", "tied=false")
    made = trainer("nmt", *settings)
    made.advance(3)
    model = made.model()
    assert len(list(model.apply(["eins zwei", "drei"], model.options(beam=2)))) == 2
