"""Golden values for src/dataset/clean: quantiles, clipping and scales from numpy and scikit-learn,
repeated events, minimum counts and k-core from pandas.

    python -m venv venv && venv/bin/pip install numpy scikit-learn pandas
    venv/bin/python scripts/golden/cleaning.py

writes tests/golden/cleaning.json, which holds the versions used. The values are drawn from a fixed
seed; the expected ones never come from the Rust code.
"""

import json
import pathlib

import numpy as np
import pandas as pd
import sklearn
from sklearn.preprocessing import minmax_scale, robust_scale, scale

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "cleaning.json"
SHARES = [0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 1.0]


def numbers(name, values):
    values = np.asarray(values, dtype=np.float32).astype(np.float64)
    low, high = np.quantile(values, [0.1, 0.9])
    return {
        "name": name,
        "values": values.tolist(),
        "quantiles": np.quantile(values, SHARES).tolist(),
        "clipped": np.clip(values, low, high).tolist(),
        "standard": scale(values).tolist(),
        "robust": robust_scale(values).tolist(),
        "min_max": minmax_scale(values).tolist(),
        "log1p": np.log1p(values).tolist(),
    }


def events(rng):
    n = 600
    frame = pd.DataFrame(
        {
            "user": rng.integers(0, 40, n),
            "item": (rng.random(n) ** 2 * 50).astype(int),
            "kind": rng.choice(["view", "cart", "purchase"], n),
            "secs": rng.integers(0, 5, n),
            "quantity": rng.integers(1, 3, n),
        }
    )
    frame.loc[frame.kind == "view", "quantity"] = 0
    return frame.sort_values(["user", "secs"], kind="stable").reset_index(drop=True)


def size(frame):
    return [len(frame), int(frame.user.nunique()), int(frame.item.nunique())]


def k_core(frame, users, items):
    while True:
        kept = frame[frame.groupby("user").user.transform("size") >= users]
        kept = kept[kept.groupby("item").item.transform("size") >= items]
        if len(kept) == len(frame):
            return kept
        frame = kept


def minimum_counts(frame, users, items):
    few = frame.groupby("user").user.transform("size") < users
    rare = frame.groupby("item").item.transform("size") < items
    return frame[~few & ~rare]


def main():
    rng = np.random.default_rng(20261122)
    frame = events(rng)
    keys = ["user", "item", "kind", "secs"]
    document = {
        "versions": {
            "numpy": np.__version__,
            "scikit-learn": sklearn.__version__,
            "pandas": pd.__version__,
        },
        "shares": SHARES,
        "numbers": [
            numbers("log-normal", rng.lognormal(1.0, 1.2, 101)),
            numbers("integers with ties", rng.integers(0, 6, 40)),
            numbers("two", [1.0, 4.0]),
            numbers("one", [3.5]),
            numbers("equal", [2.25] * 7),
        ],
        "events": frame.values.tolist(),
        "deduplicated": size(frame.drop_duplicates(keys)),
        "deduplicated_exact": size(frame.drop_duplicates([*keys, "quantity"])),
        "k_cores": [[k, size(k_core(frame, *k))] for k in [(2, 2), (8, 8), (12, 5), (3, 20)]],
        "minimum_counts": [
            [k, size(minimum_counts(frame, *k))] for k in [(0, 10), (14, 0), (14, 10)]
        ],
    }
    OUT.write_text(json.dumps(document) + "\n")


main()
