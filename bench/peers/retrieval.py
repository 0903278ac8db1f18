"""Recall at K of all vectors against all others, in blocks: products, the query itself left out, the nearest 1,000."""
import time

import torch
from timing import answer, settings

count, dim, classes = settings["count"], settings["dim"], settings["classes"]
ranks = (1, 10, 100, 1000)
vectors = torch.rand(count, dim) * 2 - 1
labels = torch.arange(count) % classes

start = time.perf_counter()
with torch.no_grad():
    unit = torch.nn.functional.normalize(vectors)
    hits = dict.fromkeys(ranks, 0)
    for first in range(0, count, 264):
        similarities = unit[first : first + 264] @ unit.T
        rows = torch.arange(len(similarities))
        similarities[rows, rows + first] = -1
        nearest = similarities.topk(max(ranks)).indices
        found = labels[nearest] == labels[first : first + 264, None]
        for k in ranks:
            hits[k] += found[:, :k].any(1).sum().item()
answer(time.perf_counter() - start)
