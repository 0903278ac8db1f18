"""One map of one class of a ResNet18 by the formula of a method; the same as in test/oracles/explanations.py, in float32 and
32 images at a time."""
import torch
import torch.nn.functional as F
import torchvision
from timing import answer, memory_format, seconds_of, settings

method, size = settings["method"], settings["size"]
model = torchvision.models.resnet18(num_classes=12).eval().requires_grad_(False).to(memory_format=memory_format)
image = torch.randn(1, 3, size, size).to(memory_format=memory_format)
passes = settings.get("passes", 0)
at_once = 32
maps = []
model.layer4.register_forward_hook(lambda module, inputs, output: maps.append(output))


def logits_under(masks):
    """masks: parts of (n, size, size)"""
    return torch.cat([model(image * part[:, None]) for part in masks])


def mean_gradient(make):
    total = torch.zeros_like(image)
    for start in range(0, passes, 16):
        x = torch.cat([make(step) for step in range(start, min(passes, start + 16))]).requires_grad_()
        total += torch.autograd.grad(model(x)[:, 0].sum(), x)[0].sum(0, keepdim=True)
    return total / passes


def last_maps():
    maps.clear()
    x = image.clone().requires_grad_()
    logit = model(x)[0, 0]
    return maps[0], logit


def explain():
    if method == "cam":
        maps.clear()
        with torch.no_grad():
            model(image)
        return F.conv2d(maps[0], model.fc.weight[:1, :, None, None])
    if method in ("grad-cam", "grad-cam++", "layer-cam"):
        a, logit = last_maps()
        (g,) = torch.autograd.grad(logit, a)
        if method == "layer-cam":
            return (g.relu() * a).sum(1).relu()
        if method == "grad-cam":
            weights = g.mean((2, 3), keepdim=True)
        else:
            below = 2 * g**2 + g**3 * a.sum((2, 3), keepdim=True)
            weights = (torch.where(below != 0, g**2 / below, torch.zeros_like(g)) * g.relu()).sum((2, 3), keepdim=True)
        return (weights * a).sum(1).relu()
    if method == "integrated-gradients":
        return (image * mean_gradient(lambda step: (step + 0.5) / passes * image)).sum(1)
    if method == "smooth-grad":
        deviation = 0.15 * (image.max() - image.min())
        return mean_gradient(lambda step: image + deviation * torch.randn_like(image)).abs().sum(1)
    with torch.no_grad():
        if method == "occlusion":
            patch = settings["patch"]
            places = range(0, size - patch + 1, patch // 2)
            masks = torch.ones(len(places) ** 2, size, size)
            for at, mask in enumerate(masks):
                row, column = places[at // len(places)], places[at % len(places)]
                mask[row : row + patch, column : column + patch] = 0
            return model(image)[0, 0] - logits_under(masks.split(at_once))[:, 0]
        if method == "rise":
            grids = (torch.rand(passes, 1, 8, 8) < 0.5).float()
            masks = F.interpolate(grids, (size * 8 // 7, size * 8 // 7), mode="bilinear", align_corners=False)
            masks = masks[:, 0, :size, :size]
            shares = logits_under(masks.split(at_once)).softmax(1)[:, 0]
            return (shares[:, None, None] * masks).sum(0) / masks.sum(0)
        maps.clear()
        model(image)
        a = maps[0]
        enlarged = F.interpolate(a, (size, size), mode="bilinear", align_corners=False)[0]
        low, high = enlarged.amin((1, 2), keepdim=True), enlarged.amax((1, 2), keepdim=True)
        scaled = (enlarged - low) / (high - low).clamp_min(1e-20)
        weights = logits_under(scaled.split(at_once))[:, 0].softmax(0)
        return (weights[None, :, None, None] * a).sum(1).relu()


answer(seconds_of(explain))
