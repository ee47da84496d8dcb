"""Golden values of the ranking metrics, for src/eval/golden_tests.rs.

Versions used: Python 3.11.7, ranx 0.3.21, numba 0.68.1, numpy 2.4.6, scikit-learn 1.9.1; they also stand
in the output. Run:

    python3 -m venv venv && venv/bin/pip install ranx==0.3.21 scikit-learn==1.9.1
    venv/bin/python scripts/golden/ranking_metrics.py > tests/golden/metrics/ranking_metrics.json

Conventions that ranx leaves open are made explicit here:
- ties: ranx sorts a run by score and leaves ties to the sort. Each case is therefore handed over with
  strictly descending scores in the order that Shelfwise promises: by score, targets after all others
  of their score (a tie never helps the model). Products without a score are left out of the run.
- an empty run: ranx wants at least one document, so it gets one that is not relevant at all.
- MAP: ranx divides by the number of targets, Shelfwise by min(targets, k); the value is rescaled.
"""

import json
import platform
import sys
from importlib.metadata import version

import numpy as np
from ranx import Qrels, Run, evaluate
from sklearn.metrics.pairwise import cosine_distances

KS = [1, 3, 5, 10, 20]
RANX_NAMES = {
    "hit_rate": "hit_rate",
    "recall": "recall",
    "precision": "precision",
    "ndcg": "ndcg",
    "mrr": "mrr",
    "map": "map",
}


def pessimistic_order(scores, relevant):
    listed = [item for item, score in enumerate(scores) if score is not None]
    return sorted(listed, key=lambda item: (-scores[item], item in relevant, item))


def accuracy(scores, relevant):
    order = pessimistic_order(scores, set(relevant))
    documents = {f"i{item}": float(len(order) - at) for at, item in enumerate(order)}
    run = Run({"q": documents or {"nothing": 1.0}})
    qrels = Qrels({"q": {f"i{item}": 1 for item in relevant}})
    expected = {}
    for name, ranx_name in RANX_NAMES.items():
        for k in KS:
            value = float(evaluate(qrels, run, f"{ranx_name}@{k}"))
            if name == "map":
                value *= len(relevant) / min(len(relevant), k)
            expected[f"{name}@{k}"] = value
    return expected


def ranking_cases():
    rng = np.random.default_rng(20261122)
    fixed = [
        ("hit at the top", [0.9, 0.1, 0.2], [0]),
        ("miss", [0.9, 0.8, 0.7, 0.6, 0.5, 0.1], [5]),
        ("all tied", [1.0] * 8, [0]),
        ("all tied, several targets", [1.0] * 8, [0, 3, 7]),
        ("tied at the edge of the list", [5.0, 4.0, 3.0, 3.0, 3.0, 1.0], [2]),
        ("targets tied with one another", [5.0, 4.0, 4.0, 1.0], [1, 2]),
        ("empty list", [None] * 5, [2]),
        ("target without a score", [0.4, None, 0.2], [1]),
        ("fewer products than k", [0.3, 0.2], [1]),
        ("more targets than k", [float(-item) for item in range(30)], list(range(2, 27))),
        ("every product is a target", [3.0, 2.0, 1.0], [0, 1, 2]),
        ("negative scores", [-1.0, -2.0, -0.5, -7.0], [3, 0]),
    ]
    for name, scores, relevant in fixed:
        yield name, scores, relevant
    for number in range(18):
        n_items = int(rng.integers(2, 60))
        # Quarters in -2..2: exact in 32 bits, with many ties.
        scores = [float(value) / 4 for value in rng.integers(-8, 9, n_items)]
        scores = [None if rng.random() < 0.1 else score for score in scores]
        n_relevant = int(rng.integers(1, min(n_items, 12) + 1))
        relevant = sorted(int(item) for item in rng.choice(n_items, n_relevant, replace=False))
        yield f"random {number}", scores, relevant


def gini(exposure):
    """Mean absolute difference over twice the mean."""
    if exposure.sum() == 0:
        return 0.0
    differences = np.abs(exposure[:, None] - exposure[None, :]).sum()
    return float(differences / (2 * len(exposure) ** 2 * exposure.mean()))


def diversity(items, vectors):
    if len(items) < 2:
        return 0.0
    distances = cosine_distances(vectors[items])
    return float(distances[np.triu_indices(len(items), 1)].mean())


def list_cases():
    rng = np.random.default_rng(7)
    for name, n_items, n_lists, length, k in [
        ("plain", 12, 6, 5, 5),
        ("cut at k", 30, 10, 10, 3),
        ("k beyond the list", 8, 4, 3, 10),
        ("single products", 5, 3, 1, 5),
        ("empty lists", 5, 3, 0, 5),
    ]:
        lists = [[int(item) for item in rng.choice(n_items, length, replace=False)] for _ in range(n_lists)]
        n_shoppers = 40
        shoppers = rng.integers(0, n_shoppers + 1, n_items)
        vectors = rng.integers(-4, 5, (n_items, 6)).astype(float)
        vectors[:, 0] += 0.5  # no vector of zeros
        exposure = np.zeros(n_items)
        for items in lists:
            exposure[items[:k]] += 1
        information = -np.log2(np.maximum(shoppers, 1) / n_shoppers)
        yield {
            "name": name,
            "k": k,
            "lists": lists,
            "shoppers": shoppers.tolist(),
            "n_shoppers": n_shoppers,
            "vectors": vectors.tolist(),
            "coverage": float((exposure > 0).mean()),
            "gini": gini(exposure),
            "novelty": [float(information[items[:k]].mean()) if items[:k] else 0.0 for items in lists],
            "diversity": [diversity(items[:k], vectors) for items in lists],
        }


def main():
    packages = ["ranx", "numba", "numpy", "scikit-learn"]
    golden = {
        "made_with": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "rankings": [
            {"name": name, "scores": scores, "relevant": relevant, "expected": accuracy(scores, relevant)}
            for name, scores, relevant in ranking_cases()
        ],
        "lists": list(list_cases()),
    }
    json.dump(golden, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
