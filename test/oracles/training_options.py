"""Records what PyTorch makes of the options of training: weighted, focal and mixed losses of logits with their gradients;
five steps of a ResNet18 with a running mean of the weights (AveragedModel), with no decay of parameters of one dimension,
and of a single parameter with other betas of AdamW; schedules with other parameters; operations of RandAugment (torchvision).

The mean of the weights begins at the initial weights (`n_averaged` is set to 1, since AveragedModel would begin at those
after the first step); at step n, from 0, it keeps min(decay, (1 + n) / (10 + n)), buffers included.
Versions: PyTorch 1.13.0a0, torchvision 0.14.1a0.
Run: python3 test/oracles/training_options.py > test/fixtures/training-options.json"""
import json

import torch
import torchvision
import torchvision.transforms.functional as transforms
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel

from fill import fill, fill_network
from summary import number, summary

torch.set_num_threads(2)


def plain(tensor):
    return [float(f"{value:.9g}") for value in tensor.detach().double().flatten().tolist()]


# Losses
logits = fill("logits", (6, 5), 6).double()
labels, others = torch.tensor([0, 1, 2, 3, 4, 4]), torch.tensor([4, 0, 1, 2, 3, 4])
weights = torch.tensor([0.5, 2.0, 1.0, 0.25, 3.0]).double()


def loss_of(x, y, smoothing, focal, weighted):
    """The definition: cross entropy of each image, times (1 - p)^focal, over the sum of its weights."""
    w = weights if weighted else torch.ones(5).double()
    each = F.cross_entropy(x, y, weight=w, label_smoothing=smoothing, reduction="none")
    p = F.softmax(x, 1).gather(1, y[:, None])[:, 0]
    return (each * (1 - p) ** focal).sum() / w[y].sum()


losses = []
for smoothing, focal, weighted, share in (
    (0.0, 0.0, True, 1.0), (0.1, 0.0, True, 1.0), (0.0, 2.0, False, 1.0), (0.1, 1.5, True, 1.0), (0.0, 0.5, False, 1.0),
    (0.1, 0.0, False, 0.3), (0.05, 2.0, True, 0.7),
):
    x = logits.clone().requires_grad_()
    loss = share * loss_of(x, labels, smoothing, focal, weighted) + (1 - share) * loss_of(x, others, smoothing, focal, weighted)
    if focal == 0 and share == 1:  # the same by PyTorch's own mean
        own = F.cross_entropy(x, labels, weight=weights if weighted else None, label_smoothing=smoothing)
        assert abs(own - loss) < 1e-12
    loss.backward()
    losses.append({"smoothing": smoothing, "focal": focal, "weighted": weighted, "share": share,
                   "loss": number(loss), "gradient": plain(x.grad)})


# Steps
watched = ("conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "layer4.1.bn2.running_var", "fc.weight", "fc.bias")


def steps_of(dtype, optimiser, groups, ema=None, disturbance=None):
    model = fill_network(torchvision.models.resnet18(num_classes=12)).to(dtype).train()
    named = list(model.named_parameters())
    decayed = [p for _, p in named if not groups or p.ndim > 1]
    rest = [p for _, p in named if groups and p.ndim <= 1]
    step = optimiser([{"params": decayed}] + ([{"params": rest, "weight_decay": 0}] if rest else []))
    mean = None
    if ema is not None:
        keep = lambda n: min(ema, (1 + n) / (10 + n))
        average = lambda mean, p, n: mean * keep(n.item() - 1) + p * (1 - keep(n.item() - 1)) if p.is_floating_point() else p
        mean = AveragedModel(model, avg_fn=average, use_buffers=True)
        mean.n_averaged.fill_(1)
    for index in range(5):
        images = fill(f"batch{index}", (8, 3, 64, 64), 12**0.5).to(dtype)
        if disturbance is not None:
            images = images * (1 + fill(f"disturbance{disturbance}", images.shape, 1e-6))
        loss = F.cross_entropy(model(images), torch.arange(8))
        step.zero_grad()
        loss.backward()
        step.step()
        if mean is not None:
            mean.update_parameters(model)
    state = (mean.module if mean is not None else model).state_dict()
    return {name: summary(state[name]) for name in watched}


sgd = lambda groups: torch.optim.SGD(groups, lr=0.002, momentum=0.9, weight_decay=0.1)


def recorded(*options):
    """float64, and how far float32 runs are from it, relative to the largest entry: see training.py"""
    truth = steps_of(torch.float64, *options)
    runs = [steps_of(torch.float32, *options, disturbance=k) for k in (None, 0, 1, 2)]
    spread = {}
    for name, entry in truth.items():
        size = max(map(abs, entry["samples"]))
        gaps = [abs(a - b) for run in runs for a, b in zip(run[name]["samples"], entry["samples"])]
        spread[name] = float(f"{max(gaps) / size:.3g}")
    return {"after": truth, "spread": spread}


steps = {
    "ema": recorded(sgd, False, 0.3),
    "decayNorms": recorded(sgd, True, None),
}


# Betas
parameter = torch.nn.Parameter(fill("parameter", (10,), 1).double())
adamw = torch.optim.AdamW([parameter], lr=0.01, betas=(0.8, 0.95), weight_decay=0.5)
for index in range(5):
    parameter.grad = fill(f"gradient{index}", (10,), 1).double()
    adamw.step()

# Schedules
def rates(scheduler):
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule = scheduler(optimiser)
    found = []
    for _ in range(100):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step() if len(found) < 100 else None
    return found


schedules = {
    "oneCycle": rates(lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=100, pct_start=0.1, div_factor=10, final_div_factor=100)),
    "steps": rates(lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [30, 80], gamma=0.3)),
}

# RandAugment
picture = (255 * torch.sigmoid(2 * fill("picture", (3, 9, 9), 4))).round().to(torch.uint8)
floats = picture.float() / 255
operations = {
    "picture": picture.flatten().tolist(),
    "sharpness 1.9": plain(transforms.adjust_sharpness(floats, 1.9)),
    "sharpness 0.1": plain(transforms.adjust_sharpness(floats, 0.1)),
    "auto-contrast": plain(transforms.autocontrast(floats)),
    "posterize 4": (transforms.posterize(picture, 4)).flatten().tolist(),
    "solarize 100": (transforms.solarize(picture, 100)).flatten().tolist(),
    "equalize": (transforms.equalize(picture)).flatten().tolist(),
}
print(json.dumps({"losses": losses, "steps": steps, "betas": plain(parameter), "schedules": schedules, "operations": operations}))
