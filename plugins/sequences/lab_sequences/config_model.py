"""Models that are nothing but their config: what they need of their data is computed wherever they are opened."""

import json
from pathlib import Path
from typing import Any, ClassVar, Self

from lab_core.config import Config, from_dict, to_dict
from lab_core.errors import LabError
from lab_core.model import Model

_FILE = "baseline.json"


class ConfigModel(Model):
    """A baseline: ready from its config, which is all that its folder holds."""

    config_type: ClassVar[type[Config]]

    def __init__(self, config: Any) -> None:
        self.config = config

    @classmethod
    def ready(cls, config: Config, *, device: str) -> Self:
        assert isinstance(config, cls.config_type)
        return cls(config)

    def save(self, folder: Path) -> None:
        (folder / _FILE).write_text(json.dumps(to_dict(self.config)))

    @classmethod
    def load(cls, folder: Path, *, device: str) -> Self:
        try:
            return cls(from_dict(cls.config_type, json.loads((folder / _FILE).read_text())))
        except (OSError, ValueError) as error:
            raise LabError(f"{folder} holds no readable baseline: {error}.") from error
