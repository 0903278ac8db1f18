"""Deterministic numbers that Python and TypeScript compute alike (test/fill.ts): weights and inputs of networks
that are too large to commit. Element k of the tensor called `name` is a hash of both, as a number in [-0.5, 0.5)."""
import numpy as np
import torch


def hashes(name, count):
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    h = (np.uint64(seed) + np.arange(count, dtype=np.uint64) * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        h ^= h >> np.uint64(shift)
        h = (h * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    return h ^ (h >> np.uint64(16))


def fill(name, shape, scale=1.0, shift=0.0):
    count = int(np.prod(shape)) if len(shape) else 1
    values = (hashes(name, count).astype(np.float64) / 2.0**32 - 0.5) * scale + shift
    return torch.from_numpy(values.reshape(shape).astype(np.float32))


def fill_network(model, gain=1):
    """Every parameter and running statistic by its name: weights at He's scale, norms near the identity."""
    with torch.no_grad():
        for name, tensor in list(model.named_parameters()) + list(model.named_buffers()):
            if not tensor.is_floating_point():
                continue
            tensor.copy_(fill(name, tensor.shape, *scale_of(name, tensor.shape)))
            if tensor.dim() > 1:
                tensor.mul_(gain)
    return model


def scale_of(name, shape):
    if name.endswith(("layer_scale", "gamma", "lambda1")):
        return 0.2, 0.3
    if len(shape) > 1:
        return (24.0 / np.prod(shape[1:])) ** 0.5, 0.0
    if name.endswith("running_var"):
        return 0.5, 1.0
    if name.endswith("running_mean"):
        return 0.2, 0.0
    if name.endswith("weight"):
        return 0.2, 1.0
    return 0.2, 0.0
