"""What a worker does: wait for its turn, work for some seconds, say how far it came. Standard library only."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def serve(work: Callable[[], int], **about: Any) -> None:
    """Answer every line ``SECONDS`` on standard input with what ``work``, called again and again, counted in that time.

    One JSON line an answer: ``updates``, ``seconds`` by the clock, ``processor_seconds``. The first line says ``about``.
    """
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        updates, began, busy = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - began < float(line):
            updates += work()
        answer = {"updates": updates, "seconds": time.perf_counter() - began, "processor_seconds": time.process_time() - busy}
        print(json.dumps(answer), flush=True)
