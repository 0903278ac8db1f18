"""Logistic regression and nearest neighbours by scikit-learn, as a reference for linear probes.

    python3 test/oracles/probes.py > test/fixtures/probes.json

Two sets of rows: handwritten digits (64 numbers from 0 to 16, scikit-learn's copy of the UCI set), and random features
of them, ReLU of a fixed random matrix, of which there are more than training rows. The strength of the penalty is
chosen by five parts of the training rows.
"""
import base64
import json

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

digits = load_digits()
rows = digits.data[:900].astype(np.uint8)
labels = digits.target[:900]
trained = 300
# Integers, so that the test computes the same: sums of products of small integers are exact in float32.
matrix = np.random.RandomState(0).randint(-3, 4, size=(64, 400))


def scores(features):
    scaler = StandardScaler().fit(features[:trained])
    known, asked = scaler.transform(features[:trained]), scaler.transform(features[trained:])
    y, truth = labels[:trained], labels[trained:]
    strengths = [1e-4, 1e-3, 1e-2, 1e-1, 1]
    chosen = max(strengths, key=lambda c: cross_val_score(LogisticRegression(C=c, max_iter=1000), known, y, cv=5).mean())
    linear = LogisticRegression(C=chosen, max_iter=2000).fit(known, y).score(asked, truth)
    nearest = KNeighborsClassifier(10, metric="cosine", algorithm="brute").fit(known, y).score(asked, truth)
    return {"linear": linear, "nearest": nearest, "strength": chosen}


def text(array, kind):
    return base64.b64encode(array.astype(kind).tobytes()).decode()


print(
    json.dumps(
        {
            "rows": text(rows, np.uint8),
            "labels": text(labels, np.uint8),
            "matrix": text(matrix, np.int8),
            "trained": trained,
            "digits": scores(rows.astype(float)),
            "random": scores(np.maximum(rows.astype(float) @ matrix, 0)),
        }
    )
)
