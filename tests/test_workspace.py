"""The workspace agrees with itself: every plugin folder is a member that is installed, and every version is pinned."""

import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PLUGINS = {path.parent.name: tomllib.loads(path.read_text()) for path in sorted(ROOT.glob("plugins/*/pyproject.toml"))}


OPTIONAL = {"lab-ray"}  # in a group of its own: Ray is large, and few need it


def test_plugin_folders_default_group_and_sources_agree() -> None:
    names = {project["project"]["name"] for project in PLUGINS.values()}
    grouped = {re.split(r"[\[>=<]", one)[0] for one in PROJECT["dependency-groups"]["plugins"]}
    assert grouped == (names - OPTIONAL) | {
        "lab-runner",
        "tf-agents",
    }  # TF-Agents by itself: see plugins/tensorflow/pyproject.toml
    assert set(PROJECT["tool"]["uv"]["sources"]) == names | {"lab-runner"}
    assert "plugins" in PROJECT["tool"]["uv"]["default-groups"]


def test_every_dependency_between_packages_has_a_lower_bound() -> None:
    for folder, project in PLUGINS.items():
        for requirement in project["project"]["dependencies"]:
            assert not requirement.startswith("lab-") or ">=" in requirement, f"plugins/{folder}: {requirement}"


def test_every_third_party_requirement_is_pinned() -> None:
    pins = {re.split(r"[=<>!~;\[ ]", line)[0].lower() for line in PROJECT["tool"]["uv"]["constraint-dependencies"]}
    for project in [PROJECT, *PLUGINS.values()]:
        for requirement in project["project"]["dependencies"]:
            name = re.split(r"[=<>!~;\[ ]", requirement)[0].lower()
            assert name in pins or name.startswith("lab-"), name


def test_what_ships_stays_small_and_names_no_place_outside() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    assert sum(path.stat().st_size for path in paths) < 100e6  # what may ship in all
    assert "uv.lock" not in {path.name for path in paths}
