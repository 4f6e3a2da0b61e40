"""The process behind :class:`lab_app.display.window.WindowSink`: reads frames from its input and draws the newest one."""

import os
import signal
import sys
import threading
import warnings
from typing import BinaryIO, NamedTuple

os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
os.environ.setdefault("SDL_VIDEO_CENTERED", "1")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pygame

from lab_app.display.controls import NAMED_KEYS, is_key
from lab_app.display.overlay import bar_height, caption_bar
from lab_app.display.window import HEADER

_BACKGROUND = (16, 18, 24)
_SHARE_OF_SCREEN = 0.8


class Picture(NamedTuple):
    """One frame as it came."""

    width: int
    height: int
    caption: str
    pixels: bytes


class Mailbox:
    """The newest frame, put there by the reading thread, which wakes the drawing one."""

    def __init__(self, source: BinaryIO) -> None:
        self.newest: Picture | None = None
        self.frame_event = pygame.event.custom_type()
        threading.Thread(target=self._read, args=(source,), daemon=True).start()

    def _read(self, source: BinaryIO) -> None:
        while header := self._exactly(source, HEADER.size):
            width, height, length = HEADER.unpack(header)
            caption = self._exactly(source, length)
            pixels = self._exactly(source, width * height * 3)
            if len(pixels) < width * height * 3:
                break
            self.newest = Picture(width, height, caption.decode(errors="replace"), pixels)
            pygame.event.post(pygame.event.Event(self.frame_event))
        pygame.event.post(pygame.event.Event(pygame.QUIT))

    @staticmethod
    def _exactly(source: BinaryIO, size: int) -> bytes:
        data = source.read(size)
        return data if len(data) == size else b""


def key_line(event: pygame.event.Event, held: dict[int, str]) -> str:
    """``down left`` or ``up left`` for a key that changed; a line for each that is held when the window loses the keyboard.

    ``held`` remembers, by the key that is down, the name that was sent for it: a key that repeats while it is held is sent once.
    """
    if event.type == pygame.WINDOWFOCUSLOST:
        lines = [f"up {name}" for name in held.values()]
        held.clear()
        return "\n".join(lines)
    if event.type == pygame.KEYUP:
        name = held.pop(event.key, "")
        return f"up {name}" if name else ""
    if event.type != pygame.KEYDOWN or event.key in held:
        return ""
    name = pygame.key.name(event.key)
    name = {"return": "enter", "keypad enter": "enter", "keypad +": "+", "keypad -": "-"}.get(name, name)
    typed = getattr(event, "unicode", "").lower()
    if name not in NAMED_KEYS and is_key(typed):
        name = typed  # a + needs Shift on many keyboards: what is typed says more than the key
    if not is_key(name):
        return ""
    held[event.key] = name
    return f"down {name}"


def comfortable(width: int, height: int, screen: tuple[int, int]) -> tuple[int, int]:
    """Window size for a picture: the largest whole enlargement (at most 8) that leaves the screen some room."""
    room = (screen[0] * _SHARE_OF_SCREEN, screen[1] * _SHARE_OF_SCREEN)
    scale = max(1, min(8, int(min(room[0] / width, room[1] / height))))
    size = (max(240, width * scale), max(160, height * scale))
    return size[0], size[1] + bar_height(size[1])


def draw(window: pygame.Surface, picture: Picture) -> None:
    """The picture as large as fits, in the middle, its caption in a bar at the bottom edge."""
    columns, lines = window.get_size()
    bar = min(bar_height(lines), lines - 1)
    scale = min(columns / picture.width, (lines - bar) / picture.height)
    size = (max(1, int(picture.width * scale)), max(1, int(picture.height * scale)))
    surface = pygame.image.frombuffer(picture.pixels, (picture.width, picture.height), "RGB")
    enlarge = pygame.transform.scale if scale >= 1 else pygame.transform.smoothscale
    window.fill(_BACKGROUND)
    window.blit(enlarge(surface, size), ((columns - size[0]) // 2, (lines - bar - size[1]) // 2))
    text = caption_bar(columns, bar, picture.caption)
    window.blit(pygame.image.frombuffer(text.tobytes(), text.size, "RGB"), (0, lines - bar))
    pygame.display.flip()


def main(title: str) -> int:
    """Open the window, say so on standard output, and draw until the input ends or the user closes it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pygame.display.init()
        screen = pygame.display.get_desktop_sizes()[0]
        pygame.display.set_caption(title)
        window = pygame.display.set_mode((480, 400), pygame.RESIZABLE)
        window.fill(_BACKGROUND)
        pygame.display.flip()
    except (pygame.error, IndexError) as error:
        print(error, flush=True)
        return 1
    print("open", flush=True)
    mailbox = Mailbox(sys.stdin.buffer)
    sized_for: tuple[int, int] | None = None
    held: dict[int, str] = {}
    while True:
        event = pygame.event.wait()
        if event.type == pygame.QUIT:
            return 0
        if event.type == pygame.KEYDOWN and event.key in (pygame.K_ESCAPE, pygame.K_q):
            return 0
        line = key_line(event, held)
        if line:
            print(line, flush=True)
            continue
        picture = mailbox.newest
        if picture is None:
            continue
        if sized_for is None:
            sized_for = (picture.width, picture.height)
            window = pygame.display.set_mode(comfortable(*sized_for, screen), pygame.RESIZABLE)
        if event.type in (mailbox.frame_event, pygame.VIDEORESIZE, pygame.VIDEOEXPOSE, pygame.WINDOWEXPOSED):
            pygame.event.clear(mailbox.frame_event)  # only the newest frame is worth drawing
            draw(pygame.display.get_surface() or window, picture)


if __name__ == "__main__":
    code = main(sys.argv[1] if len(sys.argv) > 1 else "lab")
    sys.stdout.flush()
    os._exit(code)  # the reading thread may be waiting for its pipe
