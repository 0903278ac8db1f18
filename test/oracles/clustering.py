"""Records scikit-learn's k-means on filled unit vectors, and its mutual information with the classes; adjusted mutual
information of labellings; average precision and reciprocal rank of every vector as a query, by three similarities.

Versions: see the note in the fixture. Run: python3 test/oracles/clustering.py > test/fixtures/clustering.json"""
import json

import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score, average_precision_score, normalized_mutual_info_score

from fill import fill

clusterings = []
for name, n, dim, classes, spread in [("apart", 240, 8, 6, 0.3), ("overlapping", 300, 5, 10, 1.0)]:
    labels = np.arange(n) % classes
    centres = fill(f"{name}.centres", (classes, dim), 12**0.5).double().numpy()
    noise = fill(f"{name}.noise", (n, dim), 12**0.5 * spread).double().numpy()
    x = (centres[labels] + noise).astype(np.float32)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    found = KMeans(classes, n_init=20, random_state=0).fit(unit)
    clusterings.append(
        dict(
            name=name, n=n, dim=dim, classes=classes, spread=spread, inertia=float(found.inertia_),
            nmi=normalized_mutual_info_score(labels, found.labels_),
        )
    )
adjusted = []
for name, n, one, other in [("some", 60, 5, 7), ("many", 200, 40, 30), ("uneven", 90, 3, 12)]:
    a = (fill(f"{name}.a", (n,), 1).double().numpy() + 0.5) ** (2 if name == "uneven" else 1) * one
    b = np.where(fill(f"{name}.c", (n,), 1).numpy() > 0, a, (fill(f"{name}.b", (n,), 1).double().numpy() + 0.5) * other)
    a, b = a.astype(int).tolist(), b.astype(int).tolist()
    adjusted.append(dict(one=a, other=b, ami=adjusted_mutual_info_score(a, b)))

n, dim, classes = 120, 6, 9
labels = np.arange(n) % classes
x = (fill("ranked.centres", (classes, dim), 3).double().numpy()[labels]
     + fill("ranked.noise", (n, dim), 4).double().numpy()).astype(np.float32).astype(float)
unit = x / np.linalg.norm(x, axis=1, keepdims=True)
ranked = {}
for name, near in [("cosine", unit @ unit.T), ("dot", x @ x.T),
                   ("euclidean", -np.linalg.norm(x[:, None] - x[None], axis=2))]:
    precision, reciprocal, first = [], [], []
    for query in range(n):
        others = np.arange(n) != query
        truth, score = (labels == labels[query])[others], near[query][others]
        precision.append(average_precision_score(truth, score))
        order = truth[np.argsort(-score)]
        reciprocal.append(1 / (1 + np.argmax(order)))
        first.append(order[0])
    ranked[name] = dict(map=np.mean(precision), mrr=np.mean(reciprocal), recall=float(np.mean(first)))

print(json.dumps({"note": f"Recorded by test/oracles/clustering.py with scikit-learn {sklearn.__version__}.",
                  "clusterings": clusterings, "adjusted": adjusted, "ranked": ranked}, indent=1))
