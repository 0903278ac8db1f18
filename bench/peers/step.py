"""One training step of a network: training mode, cross-entropy, SGD with momentum."""
import torch
from networks import network_named
from timing import answer, memory_format, seconds_of, settings

size, batch = settings["size"], settings["batch"]
device = "cpu" if settings.get("device", "cpu") == "cpu" else "cuda"
model = network_named(settings["net"]).train().to(device, memory_format=memory_format)
optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
images = torch.randn(batch, 3, size, size).to(device, memory_format=memory_format)
labels = (torch.arange(batch) % 1000).to(device)


def step():
    optimiser.zero_grad(set_to_none=True)
    loss = torch.nn.functional.cross_entropy(model(images), labels)
    loss.backward()
    optimiser.step()
    return loss.item()


answer(seconds_of(step))
