"""Logits of torchvision's ResNet18 in evaluation mode, images per second."""
import torch
import torchvision
from timing import answer, memory_format, seconds_of, settings

size, batch = settings["size"], settings["batch"]
model = torchvision.models.resnet18().eval().to(memory_format=memory_format)
images = torch.randn(batch, 3, size, size).to(memory_format=memory_format)
with torch.no_grad():
    answer(batch / seconds_of(lambda: model(images)))
