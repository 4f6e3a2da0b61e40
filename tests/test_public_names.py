"""The public names that programs and plugins import: all there, documented, and every name that a page shows exists."""

import ast
import importlib
import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "examples" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# What was public once stays: a name leaves this list only together with a line in CHANGELOG.md.
PUBLIC = {
    "lab_app": "apply evaluate list_runs load resume sample train",
    "lab_core": "Act Apply Benchmark Chunks Command Config Context DataFile DataSet Evaluation Evaluator Frame Kind LabError "
    "Model Observer ObserverMaker Progress Sample Scene Score Scored Task TrainConfig Trainer UsageError about hookimpl",
    "lab_app.testing": "check_apply check_fresh_process check_light check_model check_plugin "
    "check_record check_resume check_smoke check_task",
}


@pytest.fixture(scope="module")
def names():
    sys.path.insert(0, str(ROOT / "tools" / "docs_site"))
    try:
        return importlib.import_module("names")
    finally:
        sys.path.pop(0)


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_exists_and_is_explained(module: str) -> None:
    loaded = importlib.import_module(module)
    for name in PUBLIC[module].split():
        value = getattr(loaded, name)
        assert name == "hookimpl" or (value.__doc__ or "").strip(), f"{module}.{name} has no docstring"


@pytest.mark.parametrize("module", ["lab_app", "lab_core"])
def test_the_list_of_public_names_is_complete(module: str) -> None:
    assert sorted(PUBLIC[module].split()) == sorted(importlib.import_module(module).__all__)


def test_the_page_of_public_names_has_all_of_them_with_their_parameters(names) -> None:
    page = names.names_page()
    headings = re.findall(r"^### (\w+)$", page, flags=re.M)
    assert {name for listed in PUBLIC.values() for name in listed.split()} <= set(headings)
    assert "    higher_is_better: bool = True,\n" in page  # a record's fields
    assert "    protocol: str | None = None,\n" in page  # a function's parameters


def test_docs_python_lists_every_function() -> None:
    listed = re.findall(r"^\| `(\w+)\(", (ROOT / "docs" / "python.md").read_text(), flags=re.M)
    assert sorted(listed) == PUBLIC["lab_app"].split()


def test_every_name_that_a_page_shows_exists() -> None:
    shown: set[tuple[str, str]] = set()
    for path in PAGES:
        text = path.read_text()
        shown |= {(found[1], found[2]) for found in re.finditer(r'"(lab_(?:core|app|[a-z_]+)[\w.]*):(\w+)"', text)}
        for found in re.finditer(r"^ *from (lab_[\w.]+) import ([\w, ]+)", text, flags=re.M):
            shown |= {(found[1], name.split(" as ")[0].strip()) for name in found[2].split(",")}
    missing = [f"{module}:{name}" for module, name in sorted(shown) if not (own(module) or defines(module, name))]
    assert not missing


def own(module: str) -> bool:
    """Whether a page itself writes the package (``# lab_shout/__init__.py``)."""
    package = module.partition(".")[0]
    return any(re.search(rf"# (\w+/)*{package}/", path.read_text()) for path in PAGES)


def defines(module: str, name: str) -> bool:
    """Whether the module's source has the name, without importing what needs a learning library."""
    if module in PUBLIC and hasattr(importlib.import_module(module), name):
        return True
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return False
    names = set()
    for node in ast.walk(ast.parse(Path(spec.origin).read_text())):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return name in names or importlib.util.find_spec(f"{module}.{name}") is not None
