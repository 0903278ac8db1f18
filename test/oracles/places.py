"""Pair PCA and similarity maps of two little stacks of feature maps, in float64 by numpy's singular value decomposition
and by the formulas written out.

Maps are ReLU of fill("maps A" and "maps B", (6, 3, 4), sqrt(12)); the linear head is fill("head", (5, 6), 2), its bias
fill("head bias", (5,), 2).

Versions: PyTorch 1.13.0a0, numpy 1.24.2, Python 3.11.
Run: python3 test/oracles/places.py > test/fixtures/places.json"""
import json

import numpy as np

from fill import fill

A, B = [np.maximum(fill(f"maps {name}", (6, 3, 4), 12**0.5).double().numpy(), 0) for name in "AB"]
a, b = [maps.reshape(6, 12).T for maps in (A, B)]  # places x channels

x = np.vstack([a, b])
u, s, v = np.linalg.svd(x - x.mean(0), full_matrices=False)
scores = u * s
scores *= np.sign(scores[np.abs(scores).argmax(0), range(6)])
pca = {"explained": (s**2 / (s**2).sum()).tolist(), "scores": scores.T.tolist()}

unit = lambda vector: vector / np.linalg.norm(vector)


def average():
    mean_a, mean_b = a.mean(0), b.mean(0)
    norm = np.linalg.norm(mean_a) * np.linalg.norm(mean_b)
    return a @ mean_b / 12 / norm, b @ mean_a / 12 / norm, unit(mean_a) @ unit(mean_b)


def largest():
    def shares(places):
        is_largest = places == places.max(0)
        return is_largest * places.max(0) / is_largest.sum(0)

    g, h = shares(a), shares(b)
    pooled_a, pooled_b = a.max(0), b.max(0)
    norm = np.linalg.norm(pooled_a) * np.linalg.norm(pooled_b)
    return g @ pooled_b / norm, h @ pooled_a / norm, unit(pooled_a) @ unit(pooled_b)


def head():
    w, bias = fill("head", (5, 6), 2).double().numpy(), fill("head bias", (5,), 2).double().numpy()
    e, f = w @ a.mean(0) + bias, w @ b.mean(0) + bias
    norm = np.linalg.norm(e) * np.linalg.norm(f)
    one = (a @ w.T / 12 + bias / 12) @ f / norm
    other = (b @ w.T / 12 + bias / 12) @ e / norm
    return one, other, unit(e) @ unit(f)


maps = {
    name: {"one": one.tolist(), "other": other.tolist(), "cosine": cosine}
    for name, (one, other, cosine) in {"average": average(), "max": largest(), "head": head()}.items()
}
print(json.dumps({"pca": pca, "similarity": maps}))
