"""A map by scikit-learn's Barnes-Hut t-SNE, seconds."""
import json
import resource
import sys
import time

import numpy as np
from sklearn.manifold import TSNE

settings = json.loads(sys.argv[1])
vectors = np.fromfile(settings["file"], np.float32).reshape(settings["count"], settings["dim"])
start = time.perf_counter()
TSNE(perplexity=30, init="pca", learning_rate="auto", n_iter=settings["iterations"], n_jobs=settings["threads"]).fit(
    vectors
)
seconds = time.perf_counter() - start
print(json.dumps({"value": seconds, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
