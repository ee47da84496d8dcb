"""Golden values for src/analysis/table, from numpy.

    python -m venv venv && venv/bin/pip install numpy==2.4.6
    venv/bin/python scripts/golden/table.py

writes tests/golden/analysis/table.json. Values are drawn from a fixed seed; the expected figures never
come from the Rust code. Bins follow the rules that the module documents, with numpy's own
Freedman–Diaconis edges wherever those rules ask for them.
"""

import json
import math
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "analysis" / "table.json"
MAX_BINS = 120
MAX_TOP = 20


def n_bins(values):
    """Freedman–Diaconis; Sturges where half of the values are equal; at most MAX_BINS."""
    if values.max() == values.min():
        return 1
    low, high = np.percentile(values, [25, 75])
    if high > low:
        wanted = len(np.histogram_bin_edges(values, bins="fd")) - 1
    else:
        wanted = math.ceil(math.log2(len(values)) + 1)
    return min(wanted, MAX_BINS)


def histogram(values):
    counts, edges = np.histogram(values, bins=n_bins(values))
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def log_histogram(values):
    positive = values[values > 0]
    if len(positive) == 0:
        return None
    counts, edges = np.histogram(np.log10(positive), bins=n_bins(np.log10(positive)))
    edges = 10.0**edges
    edges[0], edges[-1] = min(edges[0], positive.min()), max(edges[-1], positive.max())
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def case(name, values):
    values = np.asarray(values, dtype=float)
    distinct, counts = np.unique(values, return_counts=True)
    order = np.lexsort((distinct, -counts))[:MAX_TOP]
    spread = values.std(ddof=1) if len(values) > 1 else 0.0
    figures = [values.min(), values.max(), values.mean(), spread, values.sum()]
    figures += np.percentile(values, [5, 25, 50, 75, 95]).tolist()
    return {
        "name": name,
        "values": values.tolist(),
        "figures": [float(figure) for figure in figures],
        "distinct": len(distinct),
        "top": distinct[order].tolist(),
        "top_counts": counts[order].tolist(),
        "histogram": histogram(values),
        "log_histogram": log_histogram(values),
    }


def main():
    rng = np.random.default_rng(20260)
    prices = np.round(rng.lognormal(3.0, 0.8, 400), 2)
    cases = [
        case("prices", prices),
        case("prices with returns", np.concatenate([prices[:200], -prices[200:260], np.zeros(15)])),
        case("normal", rng.normal(50.0, 12.0, 700)),
        case("half of it zero", np.concatenate([np.zeros(300), rng.exponential(7.0, 120)])),
        case("one far out", np.concatenate([rng.normal(0.0, 1.0, 300), [1e6]])),
        case("one value", [4.25]),
        case("equal values", [3.0] * 9),
        case("nothing above zero", [-2.0, -1.0, 0.0]),
    ]
    document = {"numpy": np.__version__, "cases": cases}
    OUT.write_text(json.dumps(document) + "\n")
    print(f"{OUT}: {len(cases)} cases")


if __name__ == "__main__":
    main()
