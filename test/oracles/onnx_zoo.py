"""A classification model of torchvision, exported in several versions of the ONNX standard, and what it answers.

    python3 onnx_zoo.py list              the names of all, one per line, those of fewest weights first
    python3 onnx_zoo.py export NAME DIR SEED OPSET...

Writes DIR/OPSET/model.onnx for each version that PyTorch can export the model in, and DIR/record.json: element k of the two
images is (37 k mod 101) / 50 - 1; logits and the gradient of logit 1 of the first image, at every 37th element, in float64;
how far these move by rounding in float32, with the kernels of oneDNN, with PyTorch's own, and with weights that are moved as
far as they are rounded (largest difference over largest entry); why a version was not exported.
64 pixels unless a model needs more. Oracle: PyTorch 1.13, torchvision 0.14.

Weights are random. Batch normalisations get the statistics of random images, as training leaves them: deep networks are
chaotic without. Where an activation lies at a kink, rounding decides the gradient, so weights are drawn again, from SEED
on, until rounding moves it by less than 1e-4, or of ten draws the one that it moves least is taken. With `smooth` for SEED
every ReLU is a SiLU, which has no kink.
"""
import copy
import json
import os
import sys
import warnings

import torch
from onnx_models import randomise
from torchvision import models

warnings.filterwarnings("ignore")
# Their adaptive pooling is exported only where it divides the maps evenly.
sizes = {"alexnet": 224, "inception_v3": 107, "maxvit_t": 224, "vit_h_14": 56}


def size_of(name):
    return 224 if name.startswith("vgg") else sizes.get(name, 64)


def make(name):
    settings = {"weights": None}
    if name.startswith("vit"):
        settings["image_size"] = size_of(name)
    if name in ("googlenet", "inception_v3"):
        settings["init_weights"] = False
    return getattr(models, name)(**settings)


def answers(net, images):
    images = images.clone().requires_grad_(True)
    logits = net(images)
    (gradient,) = torch.autograd.grad(logits[0, 1], images)
    return logits.detach().double(), gradient.double().flatten()[::37]


def apart(value, truth):
    return ((value - truth).abs().max() / truth.abs().max()).item()


def normalise(net, images):
    norms = [module for module in net.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.train()
        norm.momentum = None
        norm.reset_running_stats()
    with torch.no_grad():
        net(images)
    net.eval()


def moved(net):
    """A copy whose weights are off by as much as they are rounded."""
    copied = copy.deepcopy(net)
    for parameter in copied.parameters():
        parameter.data *= 1 + 6e-8 * torch.randn_like(parameter)
    return copied


def without_kinks(module):
    for name, child in module.named_children():
        if isinstance(child, torch.nn.ReLU):
            setattr(module, name, torch.nn.SiLU())
        else:
            without_kinks(child)


def draw(name, seed, images, smooth):
    """A network, its answers in float64, and how far rounding moves these."""
    torch.manual_seed(seed)
    net = make(name)
    if smooth:
        without_kinks(net)
    randomise(net)
    net.eval()
    normalise(net, torch.randn(8, *images.shape[1:]))
    precise = copy.deepcopy(net).double()
    truth = answers(precise, images.double())
    rounded = [answers(net, images)] + [answers(moved(net), images) for _ in range(5)]
    with torch.backends.mkldnn.flags(enabled=False):
        rounded.append(answers(net, images))
    spread = [max(apart(each[k], truth[k]) for each in rounded) for k in range(2)]
    return {"net": net, "seed": seed, "truth": truth, "spread": spread}


def export(name, folder, seed, opsets):
    os.makedirs(folder, exist_ok=True)
    size = size_of(name)
    numbers = torch.arange(2 * 3 * size * size)
    images = (((numbers * 37) % 101) / 50 - 1).float().reshape(2, 3, size, size)
    best = None
    smooth = seed == "smooth"
    first = 0 if smooth else int(seed)
    for each in range(first, first + 10):
        drawn = draw(name, each, images, smooth)
        if best is None or drawn["spread"][1] < best["spread"][1]:
            best = drawn
        if best["spread"][1] < 1e-4:
            break
    net = best["net"]
    failures = {}
    for opset in opsets:
        path = os.path.join(folder, opset, "model.onnx")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            torch.onnx.export(net, images[:1], path, input_names=["input"], output_names=["output"],
                              opset_version=int(opset), dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}})
        except Exception as error:
            failures[opset] = str(error).splitlines()[0][:200]
            if os.path.exists(path):
                os.remove(path)
    record = {
        "size": size,
        "seed": best["seed"],
        "logits": best["truth"][0].flatten().tolist(),
        "gradient": best["truth"][1].tolist(),
        "spread": best["spread"],
        "failures": failures,
    }
    with open(os.path.join(folder, "record.json"), "w") as file:
        json.dump(record, file)


def names():
    public = models.list_models(module=models) if hasattr(models, "list_models") else []
    found = public or [name for name in sorted(vars(models)) if name.islower() and callable(getattr(models, name))]
    return sorted((name for name in found if not name.startswith("get_") and name != "list_models"), key=weights_of)


def weights_of(name):
    return next(iter(models.get_model_weights(name))).meta["num_params"]


if sys.argv[1] == "list":
    print("\n".join(names()))
else:
    export(sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:])
