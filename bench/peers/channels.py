"""Dreams of channels of the third stage of torchvision's ResNet18, several at once, each on a spectrum of its own."""
import math

import torch
import torchvision
from timing import answer, memory_format, seconds_of, settings

model = torchvision.models.resnet18().eval().requires_grad_(False)
trunk = torch.nn.Sequential(
    model.conv1, model.bn1, model.relu, model.maxpool, model.layer1, model.layer2, model.layer3
).to(memory_format=memory_format)
size, batch, steps = settings["size"], settings["batch"], settings["steps"]
channels = torch.arange(batch)
down = torch.fft.fftfreq(size)[:, None]
right = torch.fft.rfftfreq(size)[None]
scale = size / torch.sqrt(down**2 + right**2).clamp(min=1 / size)
colours = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0, -0.05], [0.27, -0.09, 0.03]])
colours = colours / colours.norm(dim=0).max()
mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
deviation = torch.tensor([0.229, 0.224, 0.225])[:, None, None]


def paint(spectrum):
    z = torch.fft.irfft2(torch.view_as_complex(spectrum) * scale, s=(size, size)) / 4
    return torch.sigmoid(torch.einsum("kc,nchw->nkhw", colours, z))


def look(image):
    """Turned, scaled and shifted at random, as each of ours is; one pose for the whole batch."""
    angle = math.radians(torch.randint(-10, 11, ()).item())
    zoom = 0.9 + 0.02 * torch.randint(0, 11, ()).item()
    cos, sin = math.cos(angle) / zoom, math.sin(angle) / zoom
    shift = [torch.randint(-6, 7, ()).item() * 2 / size for _ in range(2)]
    pose = torch.tensor([[cos, -sin, shift[0]], [sin, cos, shift[1]]]).expand(batch, 2, 3)
    grid = torch.nn.functional.affine_grid(pose, (batch, 3, size, size), align_corners=False)
    return torch.nn.functional.grid_sample(image - 0.5, grid, align_corners=False) + 0.5


def dream():
    spectrum = (0.01 * torch.randn(batch, 3, size, size // 2 + 1, 2)).requires_grad_()
    adam = torch.optim.Adam([spectrum], lr=0.05)
    for _ in range(steps):
        image = ((look(paint(spectrum)) - mean) / deviation).contiguous(memory_format=memory_format)
        objective = trunk(image)[torch.arange(batch), channels].mean((1, 2)).sum()
        adam.zero_grad()
        (-objective).backward()
        adam.step()
    return objective.item()


answer(seconds_of(dream) / (batch * steps))
