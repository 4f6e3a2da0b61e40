"""The page of public names: what a program or a plugin may import, with signatures, fields and docstrings."""

import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any

HEAD = """# Public names

What a program or a plugin may import. These names stay where they are; everything else may move between versions.
`lab_core.hooks.INTERFACE` is the version of the interface for plugins.
"""
MODULES = {
    "lab_app": "Training, scoring and applying from Python: [the lab from Python](../python.md) has examples.",
    "lab_core": "Records and interfaces for plugins: [writing a plugin](../writing-a-plugin.md) says how they work together.",
    "lab_app.testing": "The conformance kit, for the tests of a plugin.",
}


HOOKIMPL = """Marks a function of a plugin as a hook: `lab_tasks`, `lab_benchmarks`, `lab_data`, `lab_commands`, `lab_observers`.

```python
@hookimpl
def lab_tasks():
    return [Task(...)]
```
"""


def public_names(module: str) -> list[str]:
    """The public names of a module: ``__all__``, else the functions that it defines without an underscore."""
    loaded = importlib.import_module(module)
    if hasattr(loaded, "__all__"):
        return sorted(loaded.__all__)
    found = inspect.getmembers(loaded, inspect.isfunction)
    return [name for name, value in found if value.__module__ == module and not name.startswith("_")]


def names_page() -> str:
    parts = [HEAD]
    for module, text in MODULES.items():
        parts.append(f"\n## {module}\n\n{text}\n")
        loaded = importlib.import_module(module)
        for name in public_names(module):
            parts += entry(name, getattr(loaded, name))
    return "".join(parts)


def entry(name: str, value: Any) -> Iterator[str]:
    """A heading, the signature, the docstring; of a class the methods that it documents itself."""
    yield f"\n### {name}\n\n"
    if name == "hookimpl":
        yield HOOKIMPL
        return
    if inspect.isclass(value):
        yield f"```python\nclass {name}{fields(value)}\n```\n\n{docstring(value)}"
        for method, function in vars(value).items():
            plain = inspect.unwrap(getattr(function, "__func__", function))
            if inspect.isfunction(plain) and not method.startswith("_") and plain.__doc__:
                yield f"\n`{method}{signature(plain, width=1000)}`\n\n{docstring(plain)}"
    else:
        yield f"```python\n{name}{signature(value)}\n```\n\n{docstring(value)}"


def signature(function: Any, width: int = 100) -> str:
    """A function's parameters and result: on one line, or on a line each where that is longer than ``width``."""
    found = inspect.signature(function)
    whole = short(str(found))
    if len(whole) <= width:
        return whole
    result = (
        whole[whole.rindex(")") + 1 :]
        if found.return_annotation is inspect.Signature.empty
        else whole[whole.rindex(") -> ") + 1 :]
    )
    parameters: list[str] = []
    for one in found.parameters.values():
        if one.kind is one.KEYWORD_ONLY and "*" not in parameters:
            parameters.append("*")
        parameters.append(short(str(one)))
    return "(\n" + "".join(f"    {one},\n" for one in parameters) + ")" + result


def fields(kind: type) -> str:
    """The fields of a record, one a line, with their defaults; the values of an enumeration."""
    if members := getattr(kind, "__members__", {}):
        return ":\n" + "\n".join(f"    {name} = {value.value!r}" for name, value in members.items())
    if not getattr(kind, "__struct_fields__", ()):
        return ""
    parameters = inspect.signature(kind).parameters.values()
    return "(\n" + "".join(f"    {short(str(one))},\n" for one in parameters) + ")"


def short(text: str) -> str:
    """A signature's text without the modules of its types."""
    text = re.sub(r"\b(?:[a-z_]+\.)+([A-Z]\w*)", r"\1", text.replace("np.ndarray", "ndarray"))
    text = re.sub(r"PosixPath\(('[^']*')\)", r"\1", text).replace("<factory>", "...")
    return re.sub(r"(: |-> )'([^']+)'", r"\1\2", text)


def docstring(value: Any) -> str:
    """The docstring as Markdown: roles of Sphinx become code, tables of fields keep their columns."""
    text = inspect.cleandoc(value.__doc__ or "")
    text = re.sub(r":\w+:`~?([^`]+)`", lambda found: f"`{found[1].rpartition('.')[2]}`", text).replace("``", "`")
    blocks: list[str] = []
    for block in text.split("\n\n"):
        columns = re.findall(r"^\S+ {2,}\S", block, flags=re.M)
        blocks.append(f"```text\n{block}\n```" if columns and not block.startswith(" ") else block)
    return "\n\n".join(blocks) + "\n"
