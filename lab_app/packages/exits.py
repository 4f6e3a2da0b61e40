"""``os._exit`` in the code of a plugin or of a user's module: named, instead of a process that ends without a word."""

import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def exits_held() -> Generator[None]:
    """While open, ``os._exit`` of this process raises SystemExit, so that a plugin which calls it is named like one that raises.

    In a thread, where nobody would see the exception, the process ends with a line and exit code 1. Forked children end as ever.
    """
    owner, end = os.getpid(), os._exit

    def held(status: int) -> None:
        if os.getpid() != owner:
            end(status)
        if threading.current_thread() is threading.main_thread():
            raise SystemExit(f"os._exit({status!r})")
        print(f"error: a thread ended the process with os._exit({status!r}).", file=sys.stderr, flush=True)
        end(status or 1)

    os._exit = held  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield
    finally:
        os._exit = end
