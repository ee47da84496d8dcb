"""Golden values of serendipity, AUC, log loss, accuracy, F1 and of sessions, for src/eval/golden_tests.rs and
src/dataset/sessions.rs.

Versions used: Python 3.11.7, RecTools 0.19.0, scikit-learn 1.9.1, pandas 2.3.3, numpy; they also stand in the
output. Run:

    python3 -m venv venv && venv/bin/pip install rectools==0.19.0 scikit-learn==1.9.1
    venv/bin/python scripts/golden/evaluation.py tests/golden/metrics tests/golden/sessions

Conventions:
- lists follow scores downwards; among equal scores targets stand after all others (a tie never helps the
  model) and by index among themselves. RecTools is given the lists in that order.
- serendipity: RecTools averages over the products listed, which are fewer than k for a short list; Shelfwise
  divides by k, as the formula of RecTools' documentation says; the value is rescaled.
- AUC and log loss look at the unseen products of one shopper: the targets are the positive class. A log loss
  over several targets is the mean of the losses of each target on its own, -ln p(target).
"""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from rectools import Columns
from rectools.metrics import Serendipity
from sklearn import metrics

KS = [1, 3, 5, 20]


def order(scores, relevant):
    listed = [item for item, score in enumerate(scores) if score is not None]
    return sorted(listed, key=lambda item: (-scores[item], item in relevant, item))


def serendipity(scores, relevant, shoppers):
    listed = order(scores, set(relevant))
    met = [(user, item) for item, count in enumerate(shoppers) for user in range(count)]
    previous = pd.DataFrame(met or [(0, -1)], columns=[Columns.User, Columns.Item])
    targets = pd.DataFrame({Columns.User: 0, Columns.Item: relevant})
    if not listed:
        return {str(k): 0.0 for k in KS}
    reco = pd.DataFrame({Columns.User: 0, Columns.Item: listed, Columns.Rank: range(1, len(listed) + 1)})
    # RecTools averages over what is listed, Shelfwise divides by k as its documented formula does.
    part = lambda k: min(k, len(listed)) / k
    value = lambda k: float(Serendipity(k=k).calc(reco, targets, previous, range(len(scores)))) * part(k)
    return {str(k): value(k) for k in KS}


def auc(scores, relevant):
    """Products without a score come last, all tied."""
    low = min([score for score in scores if score is not None], default=0.0) - 1.0
    y = np.isin(np.arange(len(scores)), relevant)
    if y.all():
        return 0.5
    return float(metrics.roc_auc_score(y, [low if score is None else score for score in scores]))


def log_loss(scores, relevant, scale):
    x = np.array([-np.inf if score is None else score for score in scores], dtype=float)
    if scale == "logit":
        p = np.exp(x - x.max()) / np.exp(x - x.max()).sum() if np.isfinite(x).any() else np.zeros(len(x))
    else:
        weights = np.where(np.isfinite(x), np.maximum(x, 0.0), 0.0)
        p = weights / weights.sum() if weights.sum() > 0 else weights
    one = lambda item: metrics.log_loss([1], [p[item]], labels=[0, 1])
    return float(np.mean([one(item) for item in relevant]))


def user_cases():
    rng = np.random.default_rng(31)
    yield "all tied", [1.0] * 6, [2], [3, 1, 0, 2, 1, 1]
    yield "nothing listed", [None] * 4, [1], [1, 2, 3, 4]
    yield "k beyond the catalogue", [0.25, 2.0, 1.0], [0, 1], [5, 0, 1]
    yield "a target without a score", [0.5, None, 1.5, 0.25], [1], [1, 0, 2, 2]
    yield "every product is a target", [3.0, 2.0], [0, 1], [0, 4]
    yield "popular hits surprise nobody", [9.0, 8.0, 7.0, 1.0], [0], [9, 8, 7, 6]
    for number in range(12):
        n = int(rng.integers(3, 40))
        scores = [float(value) / 4 for value in rng.integers(0, 17, n)]
        scores = [None if rng.random() < 0.1 else score for score in scores]
        relevant = sorted(int(item) for item in rng.choice(n, int(rng.integers(1, min(n, 6))), replace=False))
        yield f"random {number}", scores, relevant, [int(count) for count in rng.integers(0, 6, n)]


def classification_cases():
    rng = np.random.default_rng(32)
    fixed = [
        ("all right", [0, 1, 1], [0, 1, 1], [0.1, 0.9, 0.8]),
        ("all wrong", [0, 1, 0], [1, 0, 1], [0.9, 0.2, 0.6]),
        ("a class that is never named", [0, 1, 2, 2], [0, 1, 1, 0], [0.5, 0.5, 0.5, 0.5]),
        ("a class that is never true", [0, 0, 1], [0, 2, 1], [0.0, 1.0, 1.0]),
    ]
    for number in range(8):
        n = int(rng.integers(5, 60))
        truth, named = rng.integers(0, 3, n), rng.integers(0, 3, n)
        fixed.append((f"random {number}", truth.tolist(), named.tolist(), (rng.integers(0, 9, n) / 8).tolist()))
    for name, truth, named, chances in fixed:
        is_one = [label == 1 for label in truth]
        both = len(set(is_one)) == 2
        yield {
            "name": name,
            "truth": truth,
            "named": named,
            "chances": chances,
            "accuracy": float(metrics.accuracy_score(truth, named)),
            "f1": [float(v) for v in metrics.f1_score(truth, named, labels=[0, 1, 2], average=None, zero_division=0)],
            "macro": float(metrics.f1_score(truth, named, average="macro", zero_division=0)),
            "micro": float(metrics.f1_score(truth, named, average="micro", zero_division=0)),
            "weighted": float(metrics.f1_score(truth, named, average="weighted", zero_division=0)),
            "auc": float(metrics.roc_auc_score(is_one, chances)) if both else None,
            "log_loss": float(metrics.log_loss(is_one, chances, labels=[False, True])),
        }


KINDS = ["view", "search", "cart", "purchase"]


def sessions(events, gap_minutes):
    frame = pd.DataFrame(events, columns=["user", "kind", "time"]).sort_values(["user", "time"], kind="stable")
    pause = frame.groupby("user")["time"].diff()
    frame["session"] = (pause.isna() | (pause > gap_minutes * 60_000)).cumsum()
    by_session = frame.groupby("session")
    length = by_session.size()
    duration = (by_session["time"].max() - by_session["time"].min()) / 1000
    has = {kind: by_session["kind"].apply(lambda kinds, kind=kind: (kinds == kind).any()) for kind in KINDS}
    first = frame.drop_duplicates("session")
    between = pause[first.index].dropna() / 3.6e6
    quantiles = lambda values: {
        "min": float(values.min()),
        "p25": float(values.quantile(0.25)),
        "median": float(values.quantile(0.5)),
        "p75": float(values.quantile(0.75)),
        "p90": float(values.quantile(0.9)),
        "max": float(values.max()),
        "mean": float(values.mean()),
    }
    both = (has["cart"] & has["purchase"]).sum()
    lengths = length.clip(upper=20)
    return {
        "gap_minutes": gap_minutes,
        "sessions": int(len(length)),
        "per_user": quantiles(first.groupby("user").size()),
        "events": quantiles(length),
        "duration_secs": quantiles(duration),
        "hours_between": quantiles(between) if len(between) else None,
        "of_one_event": int((length == 1).sum()),
        "with_kind": {kind: int(has[kind].sum()) for kind in KINDS if has[kind].any()},
        "conversion": float(has["purchase"].mean()),
        "cart_conversion": float(both / has["cart"].sum()),
        "by_length": [
            {"events": int(n), "sessions": int(count), "with_purchase": int((has["purchase"] & (lengths == n)).sum())}
            for n, count in lengths.value_counts().sort_index().items()
        ],
    }


def session_cases():
    rng = np.random.default_rng(33)
    events = []
    for user in range(40):
        time = 1_700_000_000_000 + int(rng.integers(0, 10**9))
        for _ in range(int(rng.integers(1, 60))):
            # Mostly seconds and minutes, now and then hours; some pauses of exactly half an hour.
            pause = rng.choice([int(rng.integers(0, 900_000)), 1_800_000, int(rng.integers(1_800_001, 10**8))], p=[0.8, 0.05, 0.15])
            time += int(pause)
            events.append((user, KINDS[int(rng.choice(4, p=[0.7, 0.1, 0.12, 0.08]))], time))
    return {"events": events, "expected": [sessions(events, gap) for gap in (30, 5)]}


def write(path, value, packages):
    made_with = {"python": platform.python_version(), **{name: version(name) for name in packages}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"made_with": made_with, **value}) + "\n")


def main():
    metrics_folder, sessions_folder = map(Path, sys.argv[1:3])
    users = []
    for name, scores, relevant, shoppers in user_cases():
        users.append({
            "name": name,
            "scores": scores,
            "relevant": relevant,
            "shoppers": shoppers,
            "serendipity": serendipity(scores, relevant, shoppers),
            "auc": auc(scores, relevant),
            "log_loss": {scale: log_loss(scores, relevant, scale) for scale in ("probability", "logit")},
        })
    golden = {"users": users, "classification": list(classification_cases())}
    write(metrics_folder / "scores.json", golden, ["rectools", "scikit-learn", "numpy"])
    write(sessions_folder / "sessions.json", session_cases(), ["pandas", "numpy"])


if __name__ == "__main__":
    main()
