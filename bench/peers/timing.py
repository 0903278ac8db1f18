"""What the peers share: settings from the command line, timing as in ../timing.js, the answer as one line of JSON."""
import json
import resource
import statistics
import sys
import time

import torch

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
torch.manual_seed(0)
memory_format = torch.channels_last if settings.get("layout") == "channels-last" else torch.contiguous_format


def seconds_of(repetition):
    for _ in range(settings["warmUps"]):
        repetition()
    times = []
    for _ in range(settings["repetitions"]):
        start = time.perf_counter()
        repetition()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def answer(value):
    print(json.dumps({"value": value, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
