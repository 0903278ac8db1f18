"""Records single operators: what PyTorch computes, and its gradients, in float64 from float32 inputs.

Inputs come from fill.py: `inputs` names each with shape, scale and shift; `levels` rounds it down to multiples of
1 / levels, which makes ties. Gradients are those of sum(output * fill("slope", output shape, 2)).
Versions: PyTorch 1.13.0a0. Run: python3 test/oracles/operators.py > test/fixtures/operators.json"""
import json
import math

import torch
from torch.nn import functional as F

from fill import fill
from summary import summary

torch.set_num_threads(1)
cases = []


def record(name, op, function, options, **inputs):
    specs, tensors = {}, []
    for key, (shape, *more) in inputs.items():
        scale, shift, levels = [*more, *[12**0.5, 0.0, None][len(more):]]
        tensor = fill(f"{name}.{key}", shape, scale, shift).double()
        if levels:
            tensor = (tensor * levels).floor() / levels
        specs[key] = {"name": f"{name}.{key}", "shape": shape, "scale": scale, "shift": shift}
        if levels:
            specs[key]["levels"] = levels
        tensors.append(tensor.requires_grad_())
    output = function(*tensors)
    slope = fill("slope", output.shape, 2.0).double()
    gradients = torch.autograd.grad((output * slope).sum(), tensors)
    cases.append({
        "name": name, "op": op, "options": options, "inputs": specs, "output": summary(output),
        "gradients": {key: summary(g) for key, g in zip(inputs, gradients)},
    })


def conv(name, x, weight, bias=False, **options):
    """options in PyTorch's words: stride, padding, dilation, groups"""
    scale = math.sqrt(24 / math.prod(weight[1:]))
    extra = {"bias": ((weight[0],), 0.2)} if bias else {}
    record(name, "conv", lambda x, w, b=None: F.conv2d(x, w, b, **options), options, x=(x,), weight=(weight, scale), **extra)


def conv_transpose(name, x, weight, **options):
    scale = math.sqrt(24 / math.prod(weight[1:]))
    function = lambda x, w: F.conv_transpose2d(x, w, **options)
    record(name, "convTranspose", function, options, x=(x,), weight=(weight, scale))


conv("3x3", (2, 6, 9, 11), (8, 6, 3, 3), padding=1)
conv("3x3 with bias, no padding", (2, 6, 9, 11), (8, 6, 3, 3), bias=True)
conv("7x7, stride 2", (2, 3, 21, 18), (8, 3, 7, 7), stride=2, padding=3)
conv("3x3, stride 2", (3, 6, 9, 12), (8, 6, 3, 3), stride=2, padding=1)
conv("3x3, stride 2 leaves a rest", (2, 4, 10, 10), (6, 4, 3, 3), stride=2)
conv("3x3, dilation 2", (2, 6, 11, 9), (8, 6, 3, 3), padding=2, dilation=2)
conv("3x3, 2 groups", (2, 6, 9, 7), (8, 3, 3, 3), padding=1, groups=2)
conv("3x3, depthwise", (2, 6, 9, 7), (6, 1, 3, 3), padding=1, groups=6)
conv("stride 2, dilation 2, 2 groups", (2, 6, 13, 12), (8, 3, 3, 3), stride=2, padding=2, dilation=2, groups=2)
conv("1x1", (2, 6, 9, 7), (8, 6, 1, 1))
conv("1x1, stride 2", (2, 6, 9, 7), (8, 6, 1, 1), stride=2)
conv("1x7, unequal strides", (2, 4, 9, 16), (5, 4, 1, 7), stride=[2, 3], padding=[0, 3])
conv_transpose("transposed 3x3", (2, 6, 5, 7), (6, 4, 3, 3), padding=1)
conv_transpose("transposed 4x4, stride 2", (2, 6, 5, 7), (6, 4, 4, 4), stride=2, padding=1)
conv_transpose("transposed 3x3, stride 2, output padding", (2, 6, 5, 7), (6, 4, 3, 3), stride=2, padding=1, output_padding=1)
conv_transpose("transposed 3x3, dilation 2, 2 groups", (2, 6, 5, 7), (6, 4, 3, 3), dilation=2, groups=2)

for name, shape, scale, levels, options in (
    ("max pool 3x3/2", (2, 4, 12, 11), 12**0.5, None, {"kernel_size": 3, "stride": 2, "padding": 1}),
    ("max pool 3x3/2 with ties", (2, 4, 12, 11), 12**0.5, 2, {"kernel_size": 3, "stride": 2, "padding": 1}),
    ("max pool 3x3/1 with ties", (2, 4, 9, 8), 12**0.5, 2, {"kernel_size": 3, "stride": 1, "padding": 1}),
    ("max pool 3x3/2, ceil", (2, 4, 12, 14), 12**0.5, None, {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
    ("max pool 2x2", (2, 4, 8, 10), 12**0.5, None, {"kernel_size": 2}),
):
    record(name, "maxPool", lambda x: F.max_pool2d(x, **options), options, x=(shape, scale, 0.0, levels))
for counted in (True, False):
    for name, shape, options in (
        ("average pool 3x3/2", (2, 4, 12, 11), {"kernel_size": 3, "stride": 2, "padding": 1}),
        ("average pool 3x3/1", (2, 4, 7, 8), {"kernel_size": 3, "stride": 1, "padding": 1}),
        ("average pool 2x2", (2, 4, 8, 10), {"kernel_size": 2}),
    ):
        options = options | {"count_include_pad": counted}
        label = f"{name}, padding {'counts' if counted else 'does not count'}"
        record(label, "averagePool", lambda x: F.avg_pool2d(x, **options), options, x=(shape,))

for name, shape in (("batch norm", (4, 5, 6, 7)), ("batch norm of vectors", (6, 5))):
    function = lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True, eps=1e-5)
    inputs = {"x": (shape, 5.0, 3.0), "weight": ((5,), 0.4, 1.0), "bias": ((5,), 0.4)}
    record(f"{name}, training", "batchNorm", function, {"eps": 1e-5}, **inputs)
for size in ((7, 9), (20, 17), (4, 4), (1, 1), (24, 10)):
    function = lambda x: F.interpolate(x, size=size, mode="bilinear", align_corners=False)
    record(f"bilinear 12 x 10 to {size[0]} x {size[1]}", "resize", function, {"size": size}, x=((2, 3, 12, 10),))
record("log-softmax", "logSoftmax", lambda x: F.log_softmax(x, 1), {"dim": 1}, x=((6, 11), 20.0))
record("log-softmax of large logits", "logSoftmax", lambda x: F.log_softmax(x, 1), {"dim": 1}, x=((6, 11), 2000.0))
record("L2 normalise", "l2Normalise", lambda x: F.normalize(x, dim=1), {"dim": 1}, x=((6, 11), 7.0))

print('{"cases":[\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]}")
