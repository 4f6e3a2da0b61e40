"""The task of deep dream. It has no training: its networks ship trained."""

from lab_core.task import Task


def tasks() -> list[Task]:
    """Deep dream."""
    return [
        Task(
            id="deep-dream",
            title="Deep dream: a photograph changed until a network sees more in it",
            family="vision",
            method="deep-dream",
            model="lab_vision.dream.model:DreamModel",
            config="lab_vision.dream.config:DreamConfig",
            presets={"smoke": {}, "default": {}},
            source="Mordvintsev, Olah and Tyka 2015, Inceptionism",
            tags=("images", "dream", "anywhere"),
        )
    ]
