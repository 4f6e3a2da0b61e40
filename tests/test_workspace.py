"""The workspace agrees with itself: every plugin folder is a member that is installed, and every version is pinned."""

import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PLUGINS = {path.parent.name: tomllib.loads(path.read_text()) for path in sorted(ROOT.glob("plugins/*/pyproject.toml"))}


def test_plugin_folders_default_group_and_sources_agree() -> None:
    names = {project["project"]["name"] for project in PLUGINS.values()}
    grouped = {re.split(r"[\[>=<]", one)[0] for one in PROJECT["dependency-groups"]["plugins"]}
    assert grouped == names | {"lab-runner"}
    assert set(PROJECT["tool"]["uv"]["sources"]) == names | {"lab-runner"}
    assert "plugins" in PROJECT["tool"]["uv"]["default-groups"]


def test_every_dependency_between_packages_has_a_lower_bound() -> None:
    for folder, project in PLUGINS.items():
        for requirement in project["project"]["dependencies"]:
            assert not requirement.startswith("lab-") or ">=" in requirement, f"plugins/{folder}: {requirement}"


def test_plugins_import_only_the_core_and_the_four_support_packages() -> None:
    shared = {"lab_core", "lab_tensorflow", "lab_environments", "lab_datasets", "lab_metrics"}
    for folder in PLUGINS:
        for path in (ROOT / "plugins" / folder).glob("lab_*/**/*.py"):
            own = path.relative_to(ROOT / "plugins" / folder).parts[0]
            used = set(re.findall(r"^\s*(?:from|import) (lab_\w+)", path.read_text(), flags=re.M))
            assert used <= shared | {own}, f"{path}: {used - shared - {own}}"


def test_the_core_imports_no_plugin_and_no_learning_library() -> None:
    forbidden = r"^\s*(?:from|import) (lab_(?!core)\w+|tensorflow|torch|keras|gymnasium|ale_py|numba)\b"
    for path in (ROOT / "lab_core").glob("**/*.py"):
        assert not re.findall(forbidden, path.read_text(), flags=re.M), path


def test_no_module_is_longer_than_400_lines() -> None:
    for path in [*ROOT.glob("lab_core/**/*.py"), *ROOT.glob("lab_app/**/*.py"), *ROOT.glob("plugins/*/lab_*/**/*.py")]:
        assert len(path.read_text().splitlines()) <= 400, path


def test_every_third_party_requirement_is_pinned() -> None:
    pins = {re.split(r"[=<>!~;\[ ]", line)[0].lower() for line in PROJECT["tool"]["uv"]["constraint-dependencies"]}
    for project in [PROJECT, *PLUGINS.values()]:
        for requirement in project["project"]["dependencies"]:
            name = re.split(r"[=<>!~;\[ ]", requirement)[0].lower()
            assert name in pins or name.startswith("lab-"), name


def test_what_ships_stays_small_and_names_no_place_outside() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    assert sum(path.stat().st_size for path in paths) < 80e6
    assert "uv.lock" not in {path.name for path in paths}
