"""Records scikit-learn's k-means on filled unit vectors, and its mutual information with the classes.

Versions: see the note in the fixture. Run: python3 test/oracles/clustering.py > test/fixtures/clustering.json"""
import json

import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score

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
print(json.dumps({"note": f"Recorded by test/oracles/clustering.py with scikit-learn {sklearn.__version__}.",
                  "clusterings": clusterings}, indent=1))
