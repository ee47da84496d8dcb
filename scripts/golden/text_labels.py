"""Reference values of several labels a text: one-vs-rest logistic regression on TF-IDF, and metrics of labels.

Writes tests/golden/text/labels.json: made-up product texts with any number of labels, what scikit-learn's
OneVsRestClassifier of LogisticRegression makes of them, and metrics of its chances as they are and, so that there are
ties, rounded to tenths; of all labels together and of each, the latter too of labels that no text has, that every text
has and that are never given.

    pip install scikit-learn
    python scripts/golden/text_labels.py

Made with scikit-learn 1.9.1, numpy 2.4.6, Python 3.11.
"""

import json
import random
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    label_ranking_average_precision_score,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)
from sklearn.multiclass import OneVsRestClassifier

OUT = Path(__file__).resolve().parents[2] / "tests/golden/text/labels.json"
LABELS = {"outdoor": "tent rope stove", "gift": "box ribbon card", "warm": "wool fleece scarf", "kids": "toy bear crayon"}


def metrics(truth, chances):
    given = (chances > 0.5).astype(int)
    each = [log_loss(truth[:, i], chances[:, i], labels=[0, 1]) for i in range(truth.shape[1])]
    place = np.minimum((chances * 10).astype(int), 9)
    error = sum(abs(truth[place == bin].sum() - chances[place == bin].sum()) for bin in range(10)) / truth.size
    return {
        "subset_accuracy": accuracy_score(truth, given),
        "micro_f1": f1_score(truth, given, average="micro"),
        "macro_f1": f1_score(truth, given, average="macro"),
        "lrap": label_ranking_average_precision_score(truth, chances),
        "auc": roc_auc_score(truth, chances, average="macro"),
        "log_loss": float(np.mean(each)),
        "ece": float(error),
    }


def by_label(truth, chances):
    given = (chances > 0.5).astype(int)
    precision, recall, f1, support = precision_recall_fscore_support(truth, given, average=None, zero_division=np.nan)
    rows = []
    for i in range(truth.shape[1]):
        # Of a label that no text has, nothing is said, though scikit-learn gives 0 for wrong ones that were given.
        told = [precision[i], recall[i], f1[i]] if support[i] else [np.nan] * 3
        told.append(roc_auc_score(truth[:, i], chances[:, i]) if 0 < support[i] < len(truth) else np.nan)
        told = [None if np.isnan(value) else float(value) for value in told]
        row = {"support": int(support[i]), "given": int(given[:, i].sum())}
        rows.append(row | dict(zip(["precision", "recall", "f1", "auc"], told)))
    return rows


def main():
    rng = random.Random(5)
    texts, sets = [], []
    for _ in range(90):
        own = [name for name in LABELS if rng.random() < 0.4]
        drawn = [rng.choice(LABELS[name if rng.random() < 0.75 else rng.choice(list(LABELS))].split()) for name in own]
        texts.append(" and ".join(["A thing", *drawn, rng.choice(["blue", "red", "plain"])]))
        sets.append([int(name in own) for name in LABELS])
    truth = np.array(sets)
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    x, z = vectorizer.fit_transform(texts[:60]), vectorizer.transform(texts[60:])
    model = OneVsRestClassifier(LogisticRegression(C=5.0, tol=1e-12, max_iter=10_000)).fit(x, truth[:60])
    chances = model.predict_proba(z)
    # No label at all, and every one.
    assert truth[60:].sum(1).min() == 0 and truth[60:].sum(1).max() == len(LABELS)
    rounded = np.round(chances, 1)
    rare, unsure = truth[60:].copy(), np.round(chances, 3)
    rare[:, 0], rare[:, 1] = 0, 1
    unsure[:, 2] = np.minimum(unsure[:, 2], 0.5)
    assert rare[:, 2].sum() > 0 and (unsure[:, 0] > 0.5).any()
    OUT.write_text(
        json.dumps(
            {
                "train": texts[:60],
                "test": texts[60:],
                "sets": truth.tolist(),
                "chances": chances.tolist(),
                "metrics": metrics(truth[60:], chances),
                "rounded": rounded.tolist(),
                "rounded_metrics": metrics(truth[60:], rounded),
                "by_label": by_label(truth[60:], chances),
                "rounded_by_label": by_label(truth[60:], rounded),
                "rare": {"sets": rare.tolist(), "chances": unsure.tolist(), "by_label": by_label(rare, unsure)},
            },
            indent=1,
        )
        + "\n"
    )
    print(metrics(truth[60:], chances), metrics(truth[60:], rounded))


main()
