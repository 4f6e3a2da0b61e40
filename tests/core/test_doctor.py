"""``lab doctor``: what is wrong is named with what to do, and what fails shows in the exit code."""

from pathlib import Path

import pytest

from lab_app.packages import doctor, install, installed
from lab_app.packages.doctor import Line
from lab_app.packages.installed import Record
from lab_core.machine import devices
from lab_core.machine.hardware import Device
from lab_core.registry.discovery import PluginStatus

GOOD = PluginStatus(name="good", distribution="good-dist", version="1.0", tasks=("a",), benchmarks=("b", "c"))
BAD = PluginStatus(name="bad", distribution="bad-dist", version="1.0", ok=False, reasons=("could not be loaded: boom",))
SLOW = PluginStatus(name="slow", distribution="slow-dist", version="1.0", reasons=("slow: took 0.5 s",))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def lines(name: str, plugins: tuple[PluginStatus, ...] = (), runs_dir: Path = Path("runs")) -> list[Line]:
    return [line for line in doctor.examine(plugins, runs_dir) if line.name == name]


def test_whole_installation_is_well() -> None:
    found = doctor.examine([GOOD], Path("runs"))
    assert [line for line in found if line.status == "fail"] == []
    assert {"Python", "uv", "good", "cpu", "memory", "window", "terminal", "page", "video", "runs folder", "disk"} <= {
        line.name for line in found
    }
    assert all("\n" not in line.text for line in found)


def test_plugins_are_ok_warned_of_or_failed() -> None:
    plugins = (GOOD, BAD, SLOW)
    assert lines("good", plugins) == [Line("ok", "good", "good-dist 1.0: 1 task, 2 benchmarks")]
    (bad,) = lines("bad", plugins)
    assert (bad.status, bad.text) == ("fail", "could not be loaded: boom")
    assert "lab plugins uninstall bad" in bad.advice
    assert [line.status for line in lines("slow", plugins)] == ["warn"]


def test_lost_install_is_named_with_the_command_that_brings_it_back() -> None:
    installed.remember(Record("vanished", "/home/me/vanished", editable=True))
    (line,) = lines("vanished")
    assert line.status == "warn"
    assert line.advice == "lab plugins install --editable /home/me/vanished"


def test_unmet_requirements_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = {"good-dist": ["nowhere-at-all>=1", "msgspec<0.1", "numpy>=2", "gone; extra == 'x'", "old; python_version < '3'"]}
    monkeypatch.setattr(doctor, "_requires", lambda name: needs.get(name, []))
    found = lines("good-dist", (GOOD,))
    assert [line.status for line in found] == ["fail", "warn"]
    assert found[0].text == "needs nowhere-at-all, which is not installed"
    assert found[0].advice == "uv pip install 'nowhere-at-all>=1'"
    assert found[1].text.startswith("needs msgspec<0.1; ")


def test_runs_folder_that_cannot_be_used_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    assert lines("runs folder", runs_dir=tmp_path / "file" / "runs")[0].status == "fail"

    def refuse(path: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    (line,) = lines("runs folder", runs_dir=tmp_path / "runs")
    assert line.status == "fail"
    assert "Permission denied" in line.text
    assert "LAB_RUNS_DIR" in line.advice


def test_runs_folder_is_left_as_it_was(tmp_path: Path) -> None:
    assert lines("runs folder", runs_dir=tmp_path / "runs")[0].status == "ok"
    assert not (tmp_path / "runs").exists()
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".lab")] == []


@pytest.mark.parametrize(("free", "status"), [(10e9, "ok"), (3e9, "warn"), (1e8, "fail")])
def test_little_disk_space_is_told(monkeypatch: pytest.MonkeyPatch, free: float, status: str) -> None:
    from types import SimpleNamespace

    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=int(free)))
    assert lines("disk")[0].status == status


def test_gpu_without_cuda_libraries_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = Device(id="gpu:0", name="H200", memory=10**11, capability=(9, 0), driver="580")
    monkeypatch.setattr(devices, "detect", lambda: [Device(id="cpu", name="x", threads=2), gpu])
    monkeypatch.setattr(devices, "cuda_libraries", lambda: False)
    assert lines("gpu:0")[0].text == "H200, 100 GB, driver 580, built for bfloat16"
    assert lines("CUDA")[0].advice == "uv sync --inexact --extra gpu"


def test_missing_uv_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "find_uv", lambda: None)
    assert [(line.status, line.advice) for line in lines("uv")] == [("warn", "pip install uv")]
    monkeypatch.setattr(install, "find_uv", lambda: "/no/such/uv")
    assert lines("uv")[0].status == "warn"
