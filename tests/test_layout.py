"""The layout holds: floors of lab_core, no circle of imports, who may import whom, sizes."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
SUPPORT = {"lab_tensorflow", "lab_environments", "lab_datasets", "lab_metrics"}  # what any plugin may import
CONTRACT = (
    *("errors", "score", "context", "config", "guard", "imports", "task", "benchmark", "data", "files"),
    *("model", "trainer", "evaluator", "scene", "extension", "hooks", "npz", "pooling"),
)
FLOORS = (
    {*(f"lab_core.{name}" for name in CONTRACT), "lab_core.items", "lab_core.machine"},
    {"lab_core.registry"},
    {"lab_core.runs"},
    {"lab_core.training"},
    {"lab_core"},
)


@cache
def modules() -> dict[str, Path]:
    """Every module of the core, the application and the plugins, by its dotted name."""
    found: dict[str, Path] = {}
    for base, pattern in ((ROOT, "lab_*"), *((folder, "lab_*") for folder in sorted(ROOT.glob("plugins/*")))):
        for path in (path for package in base.glob(pattern) for path in package.rglob("*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports_of(name: str) -> frozenset[str]:
    """The lab's modules that a module imports, anywhere in it but under ``if TYPE_CHECKING``."""
    found: set[str] = set()
    for node in _running(ast.parse(modules()[name].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in modules()}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("lab_"):
            assert node.level == 0, f"{name} has a relative import"
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                found.add(inside if inside in modules() else node.module)
    return frozenset(found)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below ``node`` that are executed, not only read by a type checker."""
    for child in ast.iter_child_nodes(node):
        yield child
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            for other in child.orelse:
                yield from _running(other)
        else:
            yield from _running(child)


def package(name: str) -> str:
    return name.partition(".")[0]


def floor(name: str) -> int:
    """The floor of a module of lab_core, counted from 0; the application's is above them all."""
    for number, names in enumerate(FLOORS):
        if name in names or ".".join(name.split(".")[:2]) in names - {"lab_core"}:
            return number
    raise AssertionError(f"{name} stands on no floor of lab_core: see docs/architecture.md")


def test_the_core_imports_down_or_along_and_never_the_application() -> None:
    for name in modules():
        if package(name) != "lab_core":
            continue
        for used in imports_of(name):
            assert package(used) == "lab_core", f"{name} imports {used}"
            assert name == "lab_core" or floor(used) <= floor(name), f"{name} imports {used}, which is on a higher floor"


def test_opening_a_model_does_not_import_what_launches_a_training() -> None:
    seen, waiting = set[str](), ["lab_core.runs.opening", "lab_app.runs.target"]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += imports_of(name)
    assert not {name for name in seen if name.startswith("lab_core.training")}


def test_nothing_imports_the_application_but_itself() -> None:
    for name in modules():
        if package(name) != "lab_app":
            assert not {used for used in imports_of(name) if package(used) == "lab_app"}, name


def test_the_application_imports_no_plugin() -> None:
    for name in modules():
        if package(name) == "lab_app":
            assert {package(used) for used in imports_of(name)} <= {"lab_app", "lab_core"}, name


def test_plugins_import_only_the_core_and_the_four_support_packages() -> None:
    for name in modules():
        own = package(name)
        if own in ("lab_core", "lab_app"):
            continue
        used = {package(one) for one in imports_of(name)}
        assert used <= SUPPORT | {"lab_core", own}, f"{name}: {sorted(used - SUPPORT - {'lab_core', own})}"


def test_no_module_imports_itself_by_a_detour() -> None:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path[path.index(name) :], name))
        if name in done:
            return
        for used in imports_of(name):
            if used != package(name):  # the package's own __init__ only names what its modules bring
                visit(used, (*path, name))
        done.add(name)

    for name in modules():
        visit(name, ())


def test_the_core_is_small_and_no_module_is_long() -> None:
    lines = {name: len(path.read_text().splitlines()) for name, path in modules().items()}
    core = {name: count for name, count in lines.items() if package(name) == "lab_core"}
    assert sum(core.values()) < 6000
    assert not {name: count for name, count in lines.items() if count > 400}


def test_the_core_names_no_learning_library() -> None:
    libraries = {"tensorflow", "torch", "jax", "keras", "tf_keras", "gymnasium", "ale_py", "numba"}
    for name, path in modules().items():
        if package(name) == "lab_core":
            for node in ast.walk(ast.parse(path.read_text())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert not libraries & {package(one) for one in names}, name
