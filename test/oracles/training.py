"""Records five training steps of a ResNet18 with 12 classes under every optimiser, in float64 and in float32, and how
far float32 runs part from float64 when their pictures are disturbed in the last digit.

Rounding matters by the ReLUs: of the millions of sums before them some are nearer to 0 than rounding errors, and one
that falls on the other side changes the gradients of all layers below by some thousandths. A single run may be lucky;
`spread`, the largest distance of seven such runs, says how far another float32 implementation may be off.

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


def train(dtype, optimiser, smoothing, options, disturbance=None):
    model = fill_network(torchvision.models.resnet18(num_classes=12)).to(dtype).train()
    steps = getattr(torch.optim, optimiser)(model.parameters(), **options)
    labels = torch.arange(8)
    losses = []
    for step in range(5):
        images = fill(f"batch{step}", (8, 3, 64, 64), 12**0.5).to(dtype)
        if disturbance is not None:
            images = images * (1 + fill(f"disturbance{disturbance}", images.shape, 1e-6))
        loss = F.cross_entropy(model(images), labels, label_smoothing=smoothing)
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(number(loss))
    state = model.state_dict()
    return {"losses": losses, "after": {name: summary(state[name]) for name in watched}}


def spread(runs, truth):
    """largest differences: of every loss, and of the written entries relative to the largest of them"""
    after = {}
    for name, summary in truth["after"].items():
        size = max(map(abs, summary["samples"]))
        gaps = [abs(a - b) for run in runs for a, b in zip(run["after"][name]["samples"], summary["samples"])]
        after[name] = float(f"{max(gaps) / size:.3g}")
    losses = [float(f"{max(abs(run['losses'][i] - loss) for run in runs):.3g}") for i, loss in enumerate(truth["losses"])]
    return {"losses": losses, "after": after}


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
    run = lambda dtype, disturbance=None: train(dtype, optimiser, smoothing, options, disturbance)
    truth, single = run(torch.float64), run(torch.float32)
    disturbed = [run(torch.float32, k) for k in range(6)]
    cases.append({
        "optimiser": optimiser.lower(), "smoothing": smoothing, "options": options,
        "float64": truth, "float32": single, "spread": spread([single, *disturbed], truth),
    })
print('{"cases":[\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]}")
