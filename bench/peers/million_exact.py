"""The ten nearest of 1,000 queries among a million vectors, in blocks of products that fit into memory."""
import time

import torch
from timing import answer, settings

count, queries, dim, depth = (settings[name] for name in ("count", "queries", "dim", "depth"))
asked = torch.nn.functional.normalize(torch.randn(queries, dim))
vectors = torch.nn.functional.normalize(torch.randn(count, dim))

start = time.perf_counter()
with torch.no_grad():
    best = torch.full((queries, depth), -2.0)
    places = torch.zeros((queries, depth), dtype=torch.long)
    for first in range(0, count, 65536):
        values, indices = (asked @ vectors[first : first + 65536].T).topk(depth)
        best, order = torch.cat([best, values], 1).topk(depth)
        places = torch.cat([places, indices + first], 1).gather(1, order)
answer(time.perf_counter() - start)
