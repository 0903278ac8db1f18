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


COLOURS = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]]).double()


def painted(height, width):
    """Lucid's Fourier image with decorrelated colours, by torch's inverse transform, and a gradient through it."""
    spectrum = fill(f"spectrum {height} {width}", (2, 3, height, width // 2 + 1), 0.3).double().requires_grad_()
    down, right = torch.fft.fftfreq(height).double(), torch.fft.rfftfreq(width).double()
    frequency = (down[:, None] ** 2 + right[None, :] ** 2).sqrt()
    scale = (width * height) ** 0.5 / frequency.clamp(min=1 / max(width, height))
    z = torch.fft.irfft2(torch.complex(spectrum[0], spectrum[1]) * scale, s=(height, width)) / 4
    mixed = torch.einsum("ck,khw->chw", COLOURS / COLOURS.norm(dim=0).max(), z)
    pixels = 255 * torch.sigmoid(mixed)
    (slope,) = torch.autograd.grad((pixels * fill("slope", pixels.shape).double()).sum(), spectrum)
    rounded = lambda t: [number(v) for v in t.detach().flatten()]
    return {"height": height, "width": width, "pixels": rounded(pixels), "gradient": rounded(slope)}


print(json.dumps({"size": SIZE, "float64": record(torch.float64), "float32": record(torch.float32), "painted": [painted(6, 8), painted(5, 7)]}, indent=1))
