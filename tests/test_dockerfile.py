"""The Dockerfile, read as text: what a build would trip over, and what an image should not have."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "Dockerfile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def instructions() -> list[tuple[str, str]]:
    """Instruction and arguments of each line, continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", TEXT, flags=re.M))
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in joined.splitlines() if line.strip()]


def test_instructions_are_known_and_start_from_a_stated_version_of_python() -> None:
    known = {"FROM", "RUN", "USER", "WORKDIR", "ENV", "COPY", "VOLUME", "ENTRYPOINT", "CMD"}
    found = instructions()
    assert {name for name, _ in found} <= known
    (base,) = [text for name, text in found if name == "FROM"]
    version = re.fullmatch(r"python:(3\.\d+)-slim", base)
    assert version is not None
    assert f">={version[1]}" in PROJECT["project"]["requires-python"]


def test_everything_that_is_copied_exists_and_nothing_else_is_needed_to_install() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied: set[str] = set()
    for name, text in instructions():
        if name == "COPY":
            sources = [word for word in text.split() if not word.startswith("--")][:-1]
            assert all((ROOT / source).exists() and source not in ignored for source in sources), text
            copied |= set(sources)
    packages = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert packages | {PROJECT["project"]["readme"], "pyproject.toml", "plugins"} <= copied
    assert {".git", ".venv", "runs"} <= set(ignored)


def test_the_user_has_no_root_rights_and_owns_what_is_written() -> None:
    names = [name for name, _ in instructions()]
    users = [text for name, text in instructions() if name == "USER"]
    assert users == ["lab"]
    assert names.index("USER") < names.index("COPY")
    assert all("--chown=lab:lab" in text for name, text in instructions() if name == "COPY")
    assert "chown lab:lab /app /runs" in TEXT
    assert "sudo" not in TEXT


def test_versions_are_stated_and_groups_exist() -> None:
    assert re.search(r"pip install --no-cache-dir uv==\d+\.\d+\.\d+", TEXT)
    (group,) = re.findall(r"--no-group (\w+)", TEXT)
    assert group in PROJECT["dependency-groups"]
    assert group in PROJECT["tool"]["uv"]["default-groups"]
    assert "http" not in TEXT


def test_the_image_is_the_lab_command() -> None:
    commands = dict(instructions())
    assert json.loads(commands["ENTRYPOINT"]) == ["uv", "run", "--no-sync", "lab"]
    assert json.loads(commands["CMD"]) == ["--help"]
    assert "lab" in PROJECT["project"]["scripts"]
    assert "LAB_RUNS_DIR=/runs" in commands["ENV"]
    assert commands["VOLUME"] == "/runs"
