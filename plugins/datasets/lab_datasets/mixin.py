"""Configs that are combined: fields that a config inherits beside those of its trainer.

    class DataConfig(Config, mixin=True, metaclass=ConfigMixin): ...
    class MyConfig(MinibatchConfig, DataConfig): ...

A msgspec struct can have one parent with fields only (each has a memory layout of its own). A mixin therefore keeps its fields
aside, and the class that combines it with another config declares them again, in the order in which the mixin lists them.
Methods are inherited as usual: ``check`` and ``resolved`` call ``super()``.
"""

from typing import Any

import msgspec

_StructMeta: Any = type(msgspec.Struct)


class ConfigMixin(_StructMeta):
    """Metaclass of a mixin and of every config that inherits one."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, mixin: bool = False, **options: Any
    ) -> Any:
        inherited: dict[str, tuple[Any, Any]] = {}
        for base in bases:
            for one in reversed(base.__mro__):
                inherited |= one.__dict__.get("_mixin_fields", {})
        own: dict[str, Any] = namespace.get("__annotations__", {})
        if mixin:
            fields = {key: (hint, namespace.pop(key, msgspec.NODEFAULT)) for key, hint in own.items()}
            namespace["__annotations__"] = {}
            made = super().__new__(cls, name, bases, namespace, **options)
            made._mixin_fields = inherited | fields
            made.__annotations__ = own  # where a reader of the class, such as lab info, looks for fields
            return made
        present = {field for base in bases for field in getattr(base, "__struct_fields__", ())}
        missing = {key: field for key, field in inherited.items() if key not in present and key not in own}
        for key, (_, default) in missing.items():
            if default is not msgspec.NODEFAULT:
                namespace[key] = default
        namespace["__annotations__"] = {key: hint for key, (hint, _) in missing.items()} | own
        return super().__new__(cls, name, bases, namespace, **options)
