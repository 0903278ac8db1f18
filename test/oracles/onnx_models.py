"""Models exported by PyTorch, with their outputs and the gradient of one logit by the input.

    python3 onnx_models.py small DIR   thin nets with every operator of the real ones: fixtures
    python3 onnx_models.py real DIR    torchvision's nets, random weights, 64 pixels unless they need more

Writes NAME.onnx for each, and models.json: element k of the pictures is (37 k mod 101) / 50 - 1; logits; the gradient of
logit 1 of the first picture, at every 37th element, and its Euclidean length. Batch normalisations get statistics that
are not those of a new net. Oracle: PyTorch 1.13, torchvision 0.14.
"""
import json
import os
import sys
import warnings

import torch
from torch import nn
from torchvision import models
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.efficientnet import MBConvConfig

warnings.filterwarnings("ignore")


def mobilenet_v3():
    from torchvision.models.mobilenetv3 import InvertedResidualConfig, MobileNetV3

    def unit(*rest):
        return InvertedResidualConfig(*rest, dilation=1, width_mult=1)

    settings = [
        unit(8, 3, 8, 8, True, "RE", 2),
        unit(8, 3, 24, 16, False, "RE", 2),
        unit(16, 5, 32, 16, True, "HS", 1),
    ]
    return MobileNetV3(settings, 32, num_classes=7)


def efficientnet():
    settings = [
        MBConvConfig(1, 3, 1, 8, 8, 1, 1, 1),
        MBConvConfig(4, 3, 2, 8, 16, 2, 1, 1),
        MBConvConfig(4, 5, 2, 16, 24, 1, 1, 1),
    ]
    return models.EfficientNet(settings, dropout=0.2, num_classes=7)


def densenet():
    return models.DenseNet(growth_rate=6, block_config=(2, 3), num_init_features=12, num_classes=7)


def shufflenet():
    return models.ShuffleNetV2([2, 2, 2], [8, 16, 24, 32, 48], num_classes=7)


def convnext():
    settings = [CNBlockConfig(8, 16, 1), CNBlockConfig(16, 24, 1), CNBlockConfig(24, None, 1)]
    return models.ConvNeXt(settings, num_classes=7)


def vit():
    return models.VisionTransformer(
        image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=24, num_classes=7
    )


class Attention(nn.Module):
    """Query, key and value in the ways that libraries write them: `layout` names the library whose way it is."""

    def __init__(self, layout, width=12, heads=3):
        super().__init__()
        self.layout, self.heads, self.size = layout, heads, width // heads
        self.norm = nn.LayerNorm(width)
        self.proj = nn.Linear(width, width)
        if layout == "hugging face":
            self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        else:
            self.qkv = nn.Linear(width, 3 * width)

    def parts(self, x):
        n, tokens, width = x.shape
        if self.layout == "timm":
            return self.qkv(x).reshape(n, tokens, 3, self.heads, self.size).permute(2, 0, 3, 1, 4).unbind(0)
        if self.layout == "hugging face":
            return [layer(x).view(n, tokens, self.heads, self.size).permute(0, 2, 1, 3)
                    for layer in (self.query, self.key, self.value)]
        # Each head has its query, key and value next to each other.
        together = self.qkv(x.reshape(n * tokens, width)).reshape(n, tokens, self.heads, 3 * self.size)
        return together.permute(0, 2, 1, 3).chunk(3, dim=-1)

    def forward(self, x):
        query, key, value = self.parts(self.norm(x))
        if self.layout == "timm":
            scores = (query * self.size**-0.5) @ key.transpose(-2, -1)
        else:
            scores = query @ key.transpose(-2, -1) / self.size**0.5
        mixed = scores.softmax(-1) @ value
        return x + self.proj(mixed.transpose(1, 2).flatten(2))


class Attentions(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 12, 8, 8)
        self.blocks = nn.ModuleList(Attention(layout) for layout in ("timm", "hugging face", "by heads"))
        self.head = nn.Linear(12, 7)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(1))


def vgg():
    return nn.Sequential(models.vgg.make_layers([4, "M", 8, "M", 8, "M"]), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
                         nn.Linear(32, 16), nn.ReLU(True), nn.Dropout(), nn.Linear(16, 7))


def resnet():
    net = models.ResNet(models.resnet.BasicBlock, [1, 1, 1, 1], num_classes=7)
    net.conv1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
    net.bn1 = nn.BatchNorm2d(8)
    widths = [8, 8, 12, 16, 24]
    for stage in range(4):
        here, there = widths[stage], widths[stage + 1]
        stride = 1 if stage == 0 else 2
        shrink = nn.Sequential(nn.Conv2d(here, there, 1, stride, bias=False), nn.BatchNorm2d(there))
        setattr(net, f"layer{stage + 1}", models.resnet.BasicBlock(here, there, stride, shrink if stage else None))
    net.fc = nn.Linear(24, 7)
    return net


def functions():
    net = resnet()
    net.relu = nn.ELU(0.7)
    net.layer4.relu = nn.ELU(0.3)
    return net


small = {
    "resnet": (resnet, 32, 13),
    "mobilenet_v3": (mobilenet_v3, 32, 13),
    "efficientnet": (efficientnet, 32, 11),
    "densenet": (densenet, 32, 9),
    "shufflenet": (shufflenet, 32, 13),
    "vgg": (vgg, 32, 9),
    "convnext": (convnext, 32, 13),
    "vit": (vit, 32, 14),
    "attentions": (Attentions, 32, 13),
    "functions": (functions, 32, 15),
}

# Modules that become functions of the model, by the name of the net.
as_functions = {"functions": {models.resnet.BasicBlock, nn.Sequential, nn.MaxPool2d, nn.ELU}}


real = {
    "resnet18": (models.resnet18, 64, 13),
    "mobilenet_v3_large": (models.mobilenet_v3_large, 64, 13),
    "efficientnet_b0": (models.efficientnet_b0, 64, 13),
    "densenet121": (models.densenet121, 64, 13),
    "shufflenet_v2_x1_0": (models.shufflenet_v2_x1_0, 64, 13),
    "vgg11": (models.vgg11, 224, 13),
    "convnext_tiny": (models.convnext_tiny, 64, 13),
    "vit_b_16": (lambda: models.vit_b_16(image_size=64), 64, 14),
}


def randomise(net):
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.uniform_(-0.2, 0.2)
    # torchvision starts a transformer's head with zeros.
    for name, parameter in net.named_parameters():
        if name.startswith("heads.") and parameter.abs().sum() == 0:
            nn.init.normal_(parameter, std=0.1)


def main(which, folder):
    records = {}
    os.makedirs(folder, exist_ok=True)
    for name, (make, size, opset) in (small if which == "small" else real).items():
        torch.manual_seed(0)
        net = make()
        randomise(net)
        net.eval()
        numbers = torch.arange(2 * 3 * size * size)
        pictures = (((numbers * 37) % 101) / 50 - 1).float().reshape(2, 3, size, size)
        pictures.requires_grad_(True)
        logits = net(pictures)
        (gradient,) = torch.autograd.grad(logits[0, 1], pictures)
        path = os.path.join(folder, f"{name}.onnx")
        torch.onnx.export(net, pictures.detach()[:1], path, input_names=["input"], output_names=["output"],
                          opset_version=opset, dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
                          export_modules_as_functions=as_functions.get(name, False))
        records[name] = {
            "size": size,
            "opset": opset,
            "logits": [round(value, 7) for value in logits[:, :16].flatten().tolist()],
            "gradient": gradient.flatten()[::37].tolist(),
            "length": gradient.norm().item(),
        }
        print(name, os.path.getsize(path), logits[0, :3].tolist(), flush=True)
    with open(os.path.join(folder, "models.json"), "w") as file:
        json.dump(records, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
