"""The group of all commands, which imports a command's module only when the command is needed.

Completion of command names reads the table alone; ``lab --help`` loads plugins, which may bring commands, too.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from lab_app.cli.table import COMMANDS

if TYPE_CHECKING:
    from lab_core.extension import Command as Record

SAME = {
    "train": "run",
    "evaluate": "eval",
    "test": "eval",
    "predict": "apply",
    "generate": "sample",
    "watch": "play",
    "ls": "list",
}


class LazyGroup(TyperGroup):
    """The commands of the table, and those of plugins."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands.update({name: TyperCommand(name, help=command.help) for name, command in COMMANDS.items()})

    def list_commands(self, ctx: Any) -> list[str]:
        """The lab's own, then those of plugins."""
        return [*super().list_commands(ctx), *_of_plugins(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command by name; a plugin's only where the lab has none of that name, so that plugins are loaded for no other."""
        return super().get_command(ctx, cmd_name) or _of_plugins(ctx).get(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The real command in place of the one that only has a name and help; other programs' names stand for ours."""
        if args and args[0] in SAME and args[0] not in self.list_commands(ctx):
            args = [SAME[args[0]], *args[1:]]
        if args and args[0] == "help":
            args = [*args[1:2], "--help"]
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in COMMANDS else command, rest


def _of_plugins(ctx: Any) -> dict[str, Any]:
    """Commands that plugins bring, each imported when it is called."""
    from lab_app.cli.common import registry

    if ctx.resilient_parsing:  # completion of a name
        return {}
    return {command.id: PluginCommand(command, plugin) for command, plugin in registry().commands() if command.id not in COMMANDS}


class PluginCommand(TyperCommand):
    """A plugin's command; its module is imported when it is invoked or asked for its own help."""

    def __init__(self, command: "Record", plugin: str) -> None:
        super().__init__(command.id, help=command.help, rich_help_panel=f"From plugin {plugin}")
        self._command, self._plugin = command, plugin

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """The real command's context: it parses the arguments and is invoked in this one's place."""
        from lab_core.imports import load_object

        found = load_object(self._command.place, what=f"Command {self._command.id} of plugin {self._plugin}")
        return _typed(self._command.id, found).make_context(info_name, args, parent=parent, **extra)


def load(name: str) -> Any:
    """The command of a name, with its options; imports its module."""
    module, _, attribute = COMMANDS[name].place.partition(":")
    return _typed(name, getattr(import_module(f"lab_app.cli.{module}"), attribute))


def _typed(name: str, found: Any) -> Any:
    """A function, or a group of several, as Click wants it."""
    if isinstance(found, typer.Typer):
        return typer.main.get_group(found)
    single = typer.Typer(add_completion=False, rich_markup_mode="rich")
    single.command(name)(found)
    return typer.main.get_command(single)
