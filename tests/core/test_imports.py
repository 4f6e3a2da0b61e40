"""Names of modules: kept for child processes, read out of settings, refused with what to type."""

import os
import subprocess
import sys

import pytest

from lab_core import imports
from lab_core.errors import LabError, UsageError
from lab_core.registry.registry import Registry
from lab_core.task import Task


@pytest.fixture(autouse=True)
def nothing_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(imports.VARIABLE, "")


def test_nothing_is_allowed_until_it_is_named() -> None:
    assert not imports.allowed("pack.envs")
    imports.allow("pack.envs", "other")
    imports.allow("other")
    assert imports.allowed("pack.envs")
    assert imports.allowed("other")
    assert not imports.allowed("pack")
    assert not imports.allowed("pack.envs.inner")
    assert not imports.allowed("")
    assert os.environ[imports.VARIABLE] == "pack.envs,other"


def test_child_processes_know_what_was_allowed() -> None:
    imports.allow("pack.envs")
    code = "from lab_core.imports import allowed; print(allowed('pack.envs'), allowed('pack'))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split() == ["True", "False"]


@pytest.mark.parametrize("name", ["", ".pack", "pack.", "pack envs", "pack-envs", "pack,other", "--quiet", "pack\x1b[31m"])
def test_what_is_no_name_is_neither_allowed_nor_hinted_at(name: str) -> None:
    with pytest.raises(UsageError, match="not the name of a module"):
        imports.allow(name)
    with pytest.raises(UsageError) as error:
        imports.require(name, what="Environment 'x'")
    assert error.value.hint is None
    assert "\x1b" not in str(error.value)


def test_the_refusal_is_one_line_that_says_what_why_and_what_to_add() -> None:
    with pytest.raises(UsageError) as error:
        imports.require("pack.envs", what="Environment 'pack.envs:My-v0'")
    assert str(error.value) == (
        "Environment 'pack.envs:My-v0' would import the module 'pack.envs', and a stored setting alone may not run code. "
        "If you trust it, add: --import pack.envs"
    )
    imports.allow("pack.envs")
    imports.require("pack.envs", what="Environment 'pack.envs:My-v0'")


def test_modules_are_read_out_of_settings() -> None:
    assert imports.named_in(["pack.envs:My-v0", "CartPole-v1", "ALE/Pong-v5", 3, None, "a b:c", ":x", "pack.envs:Other"]) == [
        "pack.envs"
    ]
    assert imports.typed_in(["env= pack.envs:My-v0", "gamma=0.9", "pack.other:My", "layers=64,64"]) == ["pack.envs"]


def test_what_an_installed_plugins_record_names_is_allowed() -> None:
    presets = {"smoke": {}, "default": {"env": "pack.more:My-v1"}}
    registry = Registry()
    task = Task(id="t", title="t", family="f", method="m", config="a:B", model="a:C", settings={"env": "pack.envs:My-v0"},
                presets=presets)  # fmt: skip
    registry.add_task(task, "toys")
    assert imports.allowed("pack.envs")
    assert imports.allowed("pack.more")
    assert not imports.allowed("a")


def test_a_named_module_of_the_working_folder_is_found_and_shadows_no_other(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "my_beside.py").write_text("value = 7\n")
    (tmp_path / "colorsys.py").write_text("raise RuntimeError\n")
    with pytest.raises(LabError, match="not installed"):
        imports.load_object("my_beside:value", what="It")
    imports.allow("my_beside", "colorsys")
    assert imports.load_object("colorsys:rgb_to_hsv", what="It")(0, 0, 0) == (0.0, 0.0, 0)
    assert str(tmp_path) not in sys.path
    assert imports.load_object("my_beside:value", what="It") == 7
