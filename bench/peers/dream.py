"""One gradient step on a picture for half the squared norm of a stage of torchvision's ResNet18."""
import torch
import torchvision
from timing import answer, memory_format, seconds_of, settings

model = torchvision.models.resnet18().eval().requires_grad_(False)
stages = [model.layer1, model.layer2, model.layer3, model.layer4][: settings["stage"]]
trunk = torch.nn.Sequential(model.conv1, model.bn1, model.relu, model.maxpool, *stages).to(memory_format=memory_format)
size = settings["size"]
image = torch.randn(1, 3, size, size).to(memory_format=memory_format).requires_grad_()


def step():
    objective = trunk(image).square().sum() / 2
    (gradient,) = torch.autograd.grad(objective, image)
    with torch.no_grad():
        image.add_(gradient, alpha=settings["stepSize"] / gradient.abs().mean().item())
    return objective.item()


answer(seconds_of(step))
