"""The lab's replay with a memory that is full to the last page, timed on request. The same commands as the other workers."""

import json
import os
import sys
import time

import numpy as np
from lab_dqn.replay import Replay

ENVIRONMENTS, BATCH, AT_ONCE = 16, 32, 8  # batches gathered in one call, as in training


def resident() -> int:
    """Bytes of this process that are in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def fill(replay: Replay, rng: np.random.Generator) -> None:
    """As many steps as it holds, with every byte written."""
    frames = rng.integers(0, 256, (64, *replay.frame.shape[1:]), dtype=np.uint8)
    rewards = rng.integers(0, 2, (64, ENVIRONMENTS)).astype(np.float32)
    ends = rng.random((64, ENVIRONMENTS)) < 0.005
    replay.begin(frames[0])
    for step in range(replay.slots):
        now = step % 64
        replay.append(rng.integers(0, 4, ENVIRONMENTS), rewards[now], ends[now], ends[now - 1], frames[now])


def main() -> None:
    agent_steps, n_step = int(sys.argv[1]), 1
    before = resident()
    replay = Replay(
        environments=ENVIRONMENTS,
        slots=agent_steps // ENVIRONMENTS,
        frame_shape=(84, 84),
        frame_dtype=np.uint8,
        history=4,
        n_step=n_step,
        gamma=0.99,
        reward_clip=1.0,
    )
    rng = np.random.default_rng(0)
    fill(replay, rng)
    memory = replay.batch_memory(AT_ONCE, BATCH)
    replay.gather(*replay.draw(rng, AT_ONCE, BATCH), memory)  # compiles
    about = {"ready": True, "transitions": replay.filled, "bytes": resident() - before}
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        command, *argument = line.split()
        if command == "quit":
            break
        start, busy, batches = time.perf_counter(), time.process_time(), 0
        while time.perf_counter() - start < float(argument[0]):
            replay.gather(*replay.draw(rng, AT_ONCE, BATCH), memory)
            batches += AT_ONCE
        answer = {"batches": batches, "seconds": time.perf_counter() - start, "processor_seconds": time.process_time() - busy}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
