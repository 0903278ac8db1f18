"""Logits of a network in evaluation mode, images per second."""
import torch
from networks import network_named
from timing import answer, memory_format, seconds_of, settings

size, batch = settings["size"], settings["batch"]
model = network_named(settings["net"]).eval().to(memory_format=memory_format)
images = torch.randn(batch, 3, size, size).to(memory_format=memory_format)
with torch.no_grad():
    answer(batch / seconds_of(lambda: model(images)))
