"""Records five training steps of a ResNet18 with 12 classes under every optimiser, in float32 and in float64: how far
the two part is how far any float32 implementation may.

Batch of 8 pictures of 64 pixels, fill("batch<step>", (8, 3, 64, 64), sqrt(12)), label i for picture i; weights by
fill.py; batch normalisation in training mode. `losses` are those before each step; `after` are parameters and running
statistics after the fifth.
Versions: PyTorch 1.13.0a0, torchvision 0.14.1a0. Run: python3 test/oracles/training.py > test/fixtures/training.json"""
import json

import torch
import torchvision
from torch.nn import functional as F

from fill import fill, fill_network
from summary import number, summary

torch.set_num_threads(2)
watched = (
    "conv1.weight", "bn1.weight", "bn1.running_mean", "bn1.running_var", "layer2.0.conv1.weight",
    "layer3.0.downsample.0.weight", "layer4.1.bn2.running_mean", "layer4.1.bn2.running_var", "fc.weight", "fc.bias",
)


def train(dtype, optimiser, smoothing, options):
    model = fill_network(torchvision.models.resnet18(num_classes=12)).to(dtype).train()
    steps = getattr(torch.optim, optimiser)(model.parameters(), **options)
    labels = torch.arange(8)
    losses = []
    for step in range(5):
        loss = F.cross_entropy(model(fill(f"batch{step}", (8, 3, 64, 64), 12**0.5).to(dtype)), labels, label_smoothing=smoothing)
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(number(loss))
    state = model.state_dict()
    return {"losses": losses, "after": {name: summary(state[name]) for name in watched}}


cases = []
sgd = {"momentum": 0.9, "weight_decay": 5e-4}
for optimiser, smoothing, options in (
    ("SGD", 0.0, {"lr": 0.05} | sgd),
    ("SGD", 0.05, {"lr": 0.05, "nesterov": True} | sgd),
    ("SGD", 0.05, {"lr": 0.003} | sgd),
    ("SGD", 0.0, {"lr": 0.003, "nesterov": True} | sgd),
    ("Adam", 0.0, {"lr": 1e-3, "weight_decay": 5e-4}),
    ("AdamW", 0.05, {"lr": 1e-3, "weight_decay": 5e-4}),
):
    case = {"optimiser": optimiser.lower(), "smoothing": smoothing, "options": options}
    for dtype in ("float32", "float64"):
        case[dtype] = train(getattr(torch, dtype), optimiser, smoothing, options)
    cases.append(case)
print('{"cases":[\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]}")
