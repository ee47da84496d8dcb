"""Golden values for src/dataset/quality/statistics.rs, from numpy, scipy and scikit-learn.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
    venv/bin/python scripts/golden/quality.py

writes tests/golden/quality/statistics.json with the versions used in it. The cases hold ties, a spread of
zero, one value and none; the expected values never come from the Rust code.
"""

import json
import pathlib

import numpy as np
import scipy
import sklearn
from scipy.stats import entropy, iqr, median_abs_deviation
from sklearn.metrics import mutual_info_score

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "quality"
VERSIONS = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}


def robust(values):
    """Median, MAD, robust z (with the mean deviation where MAD is 0), fences and what lies beyond."""
    if not values:
        return None
    x = np.array(values, dtype=np.float64)
    median, mad = float(np.median(x)), float(median_abs_deviation(x))
    mean_deviation = float(np.mean(np.abs(x - median)))
    if mad > 0:
        z = 0.6745 * (x - median) / mad
    elif mean_deviation > 0:
        z = (x - median) / (1.253314 * mean_deviation)
    else:
        z = np.zeros_like(x)
    q1, q3 = np.quantile(x, [0.25, 0.75])
    low, high = q1 - 1.5 * iqr(x), q3 + 1.5 * iqr(x)
    return {
        "median": median,
        "mad": mad,
        "z": z.tolist(),
        "outlying": int(np.sum(np.abs(z) > 3.5)),
        "low_fence": float(low),
        "high_fence": float(high),
        "beyond": int(np.sum((x < low) | (x > high))),
    }


def gini(counts):
    """Half the mean absolute difference over the mean: the definition, not the sorted formula."""
    x = np.array(counts, dtype=np.float64)
    if x.size == 0 or x.sum() == 0:
        return None
    return float(np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean()))


def information(table):
    """I(column; target) / H(target) from rows of (no, yes)."""
    column, target = [], []
    for value, (no, yes) in enumerate(table):
        column += [value] * (no + yes)
        target += [0] * no + [1] * yes
    of_target = float(entropy(np.bincount(target, minlength=2))) if target else 0.0
    return mutual_info_score(column, target) / of_target if of_target > 0 else None


def main():
    rng = np.random.default_rng(11)
    # Numbers that 32 bits hold exactly.
    sets = [
        [],
        [3.0],
        [2.0, 2.0, 2.0, 2.0],
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 50.0],
        [1.0, 2.0, 2.0, 2.0, 3.0, 3.0, 100.0, -40.0],
        (np.round(rng.lognormal(2, 1, 101) * 8) / 8).tolist(),
        (np.round(rng.normal(10, 3, 250) * 4) / 4).tolist(),
    ]
    counts = [[], [0, 0], [5], [1, 1, 1], [0, 0, 7], [1, 2, 2, 9, 40], rng.zipf(2, 60).tolist()]
    tables = [[[5, 0], [0, 5]], [[3, 3], [4, 4]], [[10, 1], [2, 8], [0, 5]], [[4, 0], [6, 0]], []]
    OUT.mkdir(parents=True, exist_ok=True)
    content = {
        "versions": VERSIONS,
        "robust": [{"values": values, "expected": robust(values)} for values in sets],
        "gini": [{"counts": values, "expected": gini(values)} for values in counts],
        "information": [{"table": table, "expected": information(table)} for table in tables],
    }
    path = OUT / "statistics.json"
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
