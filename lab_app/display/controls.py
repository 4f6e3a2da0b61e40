"""What a user may change while watching, by a key."""

from dataclasses import dataclass, replace

from lab_core.scene import Frame

SPEEDS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
EPSILONS = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0)
HELP = "space pause · . step · + - speed · o overlay · [ ] random actions · q end"

NAMED_KEYS = ("left", "right", "up", "down", "space", "enter", "escape", "tab", "backspace")


@dataclass(frozen=True)
class Key:
    """A key that went down, or up again. Names are those of :data:`NAMED_KEYS`, or the character, small."""

    name: str
    down: bool = True


def is_key(name: str) -> bool:
    """Whether ``name`` is a key's; what comes from outside is checked by this."""
    return name in NAMED_KEYS or (len(name) == 1 and "!" <= name <= "~")


class Controls:
    """Pause, single steps, speed, overlay and the share of random actions.

    ``epsilon`` None leaves the protocol's own share. ``playing`` is for a user at the controls of the environment, to whom
    arrows, space and letters belong: only p, + and - are left.
    """

    def __init__(self, *, overlay: bool = False, epsilon: float | None = None, playing: bool = False) -> None:
        self.overlay = overlay
        self.epsilon = epsilon
        self.paused = False
        self.speed = 1.0
        self.steps = 0  # single frames still to be shown while paused
        self.help = False
        self.message = ""  # what the user is asked for
        self._playing = playing

    def press(self, key: str) -> bool:
        """Do what a key is for; whether it is for anything."""
        if key == "p" or (key == "space" and not self._playing):
            self.paused, self.steps, self.message = not self.paused, 0, ""
        elif key in ("+", "="):
            self.speed = _next(SPEEDS, self.speed)
        elif key in ("-", "_"):
            self.speed = _before(SPEEDS, self.speed)
        elif self._playing:
            return False
        elif key in (".", "right"):
            self.paused, self.steps = True, self.steps + 1
        elif key == "o":
            self.overlay = not self.overlay
        elif key == "]":
            self.epsilon = _next(EPSILONS, -1.0 if self.epsilon is None else self.epsilon)
        elif key == "[":
            self.epsilon = None if not self.epsilon else _before(EPSILONS, self.epsilon)
        elif key in ("h", "?"):
            self.help = not self.help
        else:
            return False
        return True

    def take_step(self) -> bool:
        """Whether the next frame is due although it is paused; counts it."""
        if self.steps:
            self.steps -= 1
            return True
        return not self.paused

    def dressed(self, frame: Frame) -> Frame:
        """The frame with its overlay, or without where none is wanted any more."""
        return frame if self.overlay or frame.insight is None else replace(frame, insight=None)

    def caption(self) -> str:
        """What isn't as usual, in a few words."""
        parts = [self.message] if self.message else ["paused"] if self.paused else []
        if self.speed != 1:
            parts.append(f"speed {self.speed:g}")
        if self.epsilon is not None:
            parts.append(f"{100 * self.epsilon:g} % random")
        if self.help:
            parts.append("p pause · + - speed · q end" if self._playing else HELP)
        return "  ·  ".join(parts)


def _next(levels: tuple[float, ...], level: float) -> float:
    return next((other for other in levels if other > level), levels[-1])


def _before(levels: tuple[float, ...], level: float) -> float:
    return next((other for other in reversed(levels) if other < level), levels[0])
