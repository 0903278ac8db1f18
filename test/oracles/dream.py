"""Records dreams on a ResNet18 whose weights come from fill.py, in the way of the published ones: objectives with
their gradients by the pixels (0 to 255), and plain steps x += 1.5 / mean|g| * g without jitter, octaves or clipping.
Run: OMP_WAIT_POLICY=PASSIVE python3 test/oracles/dream.py > test/fixtures/dream.json"""
import json
import torch
import torchvision
from fill import fill, fill_network
from summary import number, summary

torch.set_num_threads(1)
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
SIZE = 64


def picture(name):
    """Smooth enough for a picture: blocks of 8 pixels, and a little noise; whole numbers."""
    blocks = fill(name, (1, 3, SIZE // 8, SIZE // 8), 200.0, 128.0)
    fine = fill(name + " noise", (1, 3, SIZE, SIZE), 40.0)
    return (torch.nn.functional.interpolate(blocks, scale_factor=8) + fine).clamp(0, 255).round()


def features(model, pixels, stages):
    """pixels (1, 3, h, w) from 0 to 255 -> stage1 ... stage4 and logits."""
    dtype = pixels.dtype
    x = (pixels / 255 - MEAN.to(dtype)) / DEVIATION.to(dtype)
    x = model.maxpool(model.relu(model.bn1(model.conv1(x))))
    for index in range(1, 5):
        x = getattr(model, f"layer{index}")(x)
        stages[f"stage{index}"] = x
    stages["logits"] = model.fc(x.mean((2, 3)))
    return stages


def objectives(guide):
    def guided(s):
        maps = s["stage3"]
        own = maps[0].flatten(1).T
        best = (own @ guide.T).argmax(1)
        return (own * guide[best]).sum()

    return {
        "norm": lambda s: 0.5 * (s["stage2"] ** 2).sum(),
        "mean": lambda s: s["stage3"].mean(),
        "channel": lambda s: s["stage3"][:, 5].mean(),
        "unit": lambda s: s["stage2"][0, 5, 4, 4],
        "logit": lambda s: s["logits"][0, 3],
        "guided": guided,
    }


def record(dtype):
    model = fill_network(torchvision.models.resnet18(num_classes=12)).eval().to(dtype)
    guide = features(model, picture("guide").to(dtype), {})["stage3"][0].detach().flatten(1).T
    gradients = {}
    for name, objective in objectives(guide).items():
        x = picture("picture").to(dtype).requires_grad_()
        value = objective(features(model, x, {}))
        (slope,) = torch.autograd.grad(value, x)
        gradients[name] = {"objective": number(value), "gradient": summary(slope)}
    steps = {}
    for stage in ("stage2", "stage3", "stage4"):
        x = picture("picture").to(dtype)
        steps[stage] = []
        for _ in range(10):
            x.requires_grad_()
            value = 0.5 * (features(model, x, {})[stage] ** 2).sum()
            (slope,) = torch.autograd.grad(value, x)
            steps[stage].append(number(value))
            x = (x + 1.5 / slope.abs().mean() * slope).detach()
    return {"gradients": gradients, "steps": steps}


print(json.dumps({"size": SIZE, "float64": record(torch.float64), "float32": record(torch.float32)}, indent=1))
