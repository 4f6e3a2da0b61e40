"""The tasks: the conformance kit, records of earlier versions, presets, the sources' settings, contradictions."""

import json
from pathlib import Path

import pytest
from lab_gan.config import GanConfig
from lab_gan.diffusion.config import DiffusionConfig
from lab_gan.presets import GANS
from lab_gan.tasks import tasks

from lab_app.testing import check_errors, check_light, check_record, check_resume, check_smoke, check_task
from lab_core.config import from_dict, resolve, to_dict
from lab_core.errors import UsageError
from lab_core.registry.discovery import discover
from lab_core.registry.registry import config_type
from lab_core.runs.opening import load_model

TASKS = {task.id: task for task in tasks()}
CONTRADICTIONS = {
    "condition=channel codes=true": "one of them only",
    "network=mlp condition=projection": "condition=channel",
    "clip=0.01": "loss=wasserstein",
    "loss=hinge real_target=0.9": "real_target=1",
    "size=30": "28 or 32",
    "size=100": "size",
    "latent=0": "latent",
    "loss=chi-squared": "least-squares",
}


def test_task_conforms(tmp_path):
    check_task("dcgan-mnist", tmp_path)


def test_stackedgan_resumes(tmp_path):
    check_resume(TASKS["stackedgan-mnist"], tmp_path)


@pytest.mark.parametrize("task_id", [*(f"{method}-mnist" for method in GANS if method != "dcgan"), "stackedgan-mnist"])
def test_method_trains_and_samples(task_id, tmp_path):
    """The kit but for scoring, which takes seconds and is the same for all; resuming is in test_trainer.py."""
    registry, _ = discover()
    run = check_smoke(TASKS[task_id], registry, tmp_path / "smoke")
    model = load_model(TASKS[task_id], run.model_folder("best"), device="cpu")
    assert len(list(model.sample(2, seed=0, options={}))) == 2


def test_every_task_has_a_complete_record():
    registry, _ = discover()
    for task in TASKS.values():
        check_record(task, registry)
        check_errors(task)


def test_plugin_is_light():
    check_light("lab_gan")


@pytest.mark.parametrize("text", CONTRADICTIONS)
def test_contradictions_are_refused_with_what_to_do(text):
    with pytest.raises(UsageError, match=CONTRADICTIONS[text]):
        resolve(GanConfig, TASKS["dcgan-mnist"].preset("default"), overrides=text.split())


def test_a_method_is_itself_under_every_preset():
    """A preset changes how long and how fast is learnt, and sizes; never what makes the method."""
    for task in TASKS.values():
        for name in task.presets:
            given = task.preset(name)
            kept = {key: given[key] for key in ("loss", "condition", "codes", "clip", "gradient_penalty") if key in given}
            assert all(given[key] == task.settings[key] for key in kept & task.settings.keys()), (task.id, name)


def test_records_of_earlier_versions_still_open():
    """Names of settings changed; the shipped results hold the old ones."""
    for task in TASKS.values():
        path = Path(__file__).parent.parent / "results" / f"runs-{task.id}.json"
        if path.exists():
            stored = json.loads(path.read_text())[0]["config"]
            found = json.loads(json.dumps(to_dict(from_dict(config_type(task), stored))))
            assert found["media_every"] == stored["grid_every"]
            same = found.keys() & stored.keys() - {"schedule"}
            assert {name: found[name] for name in same} == {name: stored[name] for name in same}
    old = {"schedule": "linear", "grid_every": 100, "width": 32}
    assert to_dict(from_dict(DiffusionConfig, old))["noise_schedule"] == "linear"
    assert to_dict(from_dict(DiffusionConfig, {"schedule": "linear"}))["schedule"] == "linear"
    found = from_dict(GanConfig, {"critic_norm": "spectral", "critic_steps": 3, "grid_count": 9, "final_learning_rate": 0.1})
    assert (found.discriminator_norm, found.discriminator_steps, found.media_count) == ("spectral", 3, 9)
    assert (found.schedule, found.decay_start) == ("linear", 0.5)  # what final_learning_rate meant
