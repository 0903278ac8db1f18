"""PyTorch's profile of a training step or of inference: time of each operator itself, without those that it calls."""
import json

import torch
from networks import network_named
from timing import memory_format, settings
from torch.profiler import ProfilerActivity, profile

size, batch, runs = settings["size"], settings["batch"], settings["runs"]
trains = settings["work"] == "step.py"
model = network_named(settings["net"]).train(trains).to(memory_format=memory_format)
optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
images = torch.randn(batch, 3, size, size).to(memory_format=memory_format)
labels = torch.arange(batch) % 1000


def run():
    if not trains:
        with torch.no_grad():
            return model(images)
    optimiser.zero_grad(set_to_none=True)
    torch.nn.functional.cross_entropy(model(images), labels).backward()
    optimiser.step()


for _ in range(settings["warmUps"]):
    run()
with profile(activities=[ProfilerActivity.CPU]) as recorded:
    for _ in range(runs):
        run()
rows = [row for row in recorded.key_averages() if row.self_cpu_time_total > 0]
total = sum(row.self_cpu_time_total for row in rows)
print(
    json.dumps(
        {
            "milliseconds": total / runs / 1000,
            "operators": [
                {
                    "name": row.key,
                    "milliseconds": row.self_cpu_time_total / runs / 1000,
                    "share": row.self_cpu_time_total / total,
                    "calls": row.count / runs,
                }
                for row in sorted(rows, key=lambda row: -row.self_cpu_time_total)
            ],
        }
    )
)
