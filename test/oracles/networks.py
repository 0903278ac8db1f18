"""Records what PyTorch and torchvision make of ResNets whose weights come from fill.py.
Run: OMP_WAIT_POLICY=PASSIVE python3 test/oracles/networks.py > test/fixtures/networks.json"""
import json
import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from fill import fill, fill_network

torch.set_num_threads(2)
rounded = lambda t: [float(f"{v:.9g}") for v in t.detach().flatten().tolist()]
some = lambda t: rounded(t.flatten()[:: max(1, t.numel() // 24)][:24])


def forward(name, model, size):
    model.eval()
    x = fill("images", (2, 3, size, size), 12**0.5).requires_grad_()
    logits = model(x)
    logits[0, 7].backward()
    return {"net": name, "size": size, "logits": some(logits), "norm": logits.norm().item(), "gradient": some(x.grad), "gradientNorm": x.grad.norm().item()}


def steps(smoothing, **options):
    """16 pictures of 96 pixels: a ReLU's input so near zero that rounding alone decides its sign changes a gradient
    by percents where a channel has few values, so the last stages get 144 each."""
    model = fill_network(torchvision.models.resnet18(num_classes=12)).train()
    optim = torch.optim.SGD(model.parameters(), **options)
    losses = []
    for step in range(5):
        optim.zero_grad()
        loss = F.cross_entropy(model(fill(f"batch{step}", (16, 3, 96, 96), 12**0.5)), torch.arange(16) % 12, label_smoothing=smoothing)
        loss.backward()
        optim.step()
        losses.append(loss.item())
    state = model.state_dict()
    names = ["conv1.weight", "bn1.running_mean", "bn1.running_var", "layer4.1.bn2.running_var", "fc.bias", "layer3.0.downsample.0.weight"]
    return {"smoothing": smoothing, "options": options, "losses": losses, "after": {n: some(state[n]) for n in names}}


def optimiser(name, **options):
    """One parameter of six numbers, five given gradients."""
    parameter = fill("parameter", (6,)).requires_grad_()
    optim = getattr(torch.optim, name)([parameter], **options)
    for step in range(5):
        parameter.grad = fill(f"gradient{step}", (6,), 4.0)
        optim.step()
    return {"optimiser": name.lower(), "options": options, "after": rounded(parameter)}


class Unit(nn.Module):
    def __init__(self, inner, outer, stride, first):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv1 = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        if first:
            self.shortcut = nn.Conv2d(inner, outer, 1, stride, bias=False)
        self.first = first

    def forward(self, x):
        a = F.relu(self.bn1(x))
        y = self.conv2(F.relu(self.bn2(self.conv1(a))))
        return y + (self.shortcut(a) if self.first else x)


class ResNet18V2(nn.Module):
    """Pre-activation ResNet-18: a normalisation in front, a projection at the start of every stage."""

    def __init__(self):
        super().__init__()
        self.bn0 = nn.BatchNorm2d(3)
        self.conv0 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        inner = 64
        for stage, width in enumerate([64, 128, 256, 512], 1):
            units = nn.Module()
            for unit in (1, 2):
                units.add_module(f"unit{unit}", Unit(inner, width, 2 if stage > 1 and unit == 1 else 1, unit == 1))
                inner = width
            self.add_module(f"stage{stage}", units)
        self.bn_final = nn.BatchNorm2d(512)
        self.fc = nn.Linear(512, 1000)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv0(self.bn0(x)))), 3, 2, 1)
        for stage in (1, 2, 3, 4):
            units = getattr(self, f"stage{stage}")
            x = units.unit2(units.unit1(x))
        return self.fc(F.relu(self.bn_final(x)).mean((2, 3)))


def cam():
    model = fill_network(torchvision.models.resnet18(num_classes=12)).eval()
    x = fill("images", (2, 3, 96, 96), 12**0.5)
    features = {}
    model.layer4.register_forward_hook(lambda *a: features.update(maps=a[2]))
    logits = model(x)
    maps = torch.einsum("nchw,c->nhw", features["maps"], model.fc.weight[3])
    slope = torch.autograd.grad(logits[:, 3].sum(), features["maps"])[0]
    grad = F.relu((features["maps"] * slope.mean((2, 3), keepdim=True)).sum(1))
    return {"class": 3, "size": 96, "logits": rounded(logits[:, 3]), "cam": rounded(maps), "gradCam": rounded(grad), "predicted": logits.argmax(1).tolist()}


nets = torchvision.models
print(json.dumps({
    "torch": torch.__version__,
    "torchvision": torchvision.__version__,
    "forward": [
        forward("resnet18", fill_network(nets.resnet18()), 64),
        forward("resnet18", fill_network(nets.resnet18()), 224),
        forward("resnet34", fill_network(nets.resnet34()), 64),
        forward("resnet50", fill_network(nets.resnet50()), 64),
        forward("resnet101", fill_network(nets.resnet101()), 64),
        forward("mobilenet_v2", fill_network(nets.mobilenet_v2()), 64),
        forward("inception_v3", fill_network(nets.inception_v3(aux_logits=False, init_weights=False)), 107),
        forward("resnet18v2", fill_network(ResNet18V2()), 64),
    ],
    "steps": [
        steps(0.0, lr=0.001, momentum=0.9, weight_decay=5e-4),
        steps(0.05, lr=0.001, momentum=0.9, weight_decay=5e-4, nesterov=True),
    ],
    "optimisers": [
        optimiser("SGD", lr=0.1),
        optimiser("SGD", lr=0.1, momentum=0.9, weight_decay=0.01),
        optimiser("SGD", lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
        optimiser("Adam", lr=0.01, weight_decay=0.01),
        optimiser("AdamW", lr=0.01, weight_decay=0.1),
    ],
    "cam": cam(),
    "oneCycle": (lambda o: (lambda s: [(o.param_groups[0]["lr"], s.step())[0] for _ in range(100)])(torch.optim.lr_scheduler.OneCycleLR(o, max_lr=0.1, total_steps=100, cycle_momentum=False)))(torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)),
}, indent=1))
