"""Reference values of TF-IDF under linear models, and of metrics of classes.

Writes tests/golden/text/baseline.json: made-up short reviews, and what scikit-learn's TfidfVectorizer,
LogisticRegression (two and three classes) and Ridge make of them; beside them log loss, AUC and macro F1 of
several classes.

    pip install scikit-learn
    python scripts/golden/text_baseline.py

Made with scikit-learn 1.9.1, numpy 2.4.6, Python 3.11.
"""

import json
import random
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score, log_loss, mean_absolute_error, r2_score, roc_auc_score

OUT = Path(__file__).resolve().parents[2] / "tests/golden/text/baseline.json"
THINGS = ["mug", "lamp", "dress", "shoe", "chair", "top"]
WORDS = {
    2: ["lovely", "perfect", "great fit", "soft", "love love love it"],
    1: ["okay", "as shown", "average", "runs small"],
    0: ["broken", "returned it", "poor fit", "itchy", "bad bad quality"],
}


def main():
    rng = random.Random(3)
    texts, marks = [], []
    for _ in range(60):
        mark = rng.choice([0, 1, 2])
        drawn = [rng.choice(WORDS[mark if rng.random() < 0.8 else rng.choice([0, 1, 2])]) for _ in range(3)]
        texts.append(f"The {rng.choice(THINGS)} is {drawn[0]}, {drawn[1]} and {drawn[2]}. Size {rng.choice('SML')}!")
        marks.append(mark)
    train, test = texts[:45], texts[45:] + ["unknown words only 42", ""]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    x, y = vectorizer.fit_transform(train), np.array(marks[:45])
    z = vectorizer.transform(test)
    options = {"C": 5.0, "tol": 1e-12, "max_iter": 10_000}
    two = LogisticRegression(**options).fit(x, y > 0)
    three = LogisticRegression(**options).fit(x, y)
    ridge = Ridge(alpha=1 / 5.0, tol=1e-12, solver="sparse_cg").fit(x, y.astype(float))
    names = vectorizer.get_feature_names_out().tolist()
    truth = np.array(marks[45:])
    chances = three.predict_proba(z)[: len(truth)]
    numbers = ridge.predict(z)[: len(truth)]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(
        json.dumps(
            {
                "train": train,
                "test": test,
                "marks": marks,
                "terms": names,
                "idf": vectorizer.idf_.tolist(),
                "first_row": x[0].toarray()[0].tolist(),
                "two": {
                    "weights": two.coef_[0].tolist(),
                    "intercept": two.intercept_[0],
                    "chances": two.predict_proba(z)[:, 1].tolist(),
                },
                "three": {"chances": three.predict_proba(z).tolist()},
                "ridge": {"intercept": ridge.intercept_, "values": ridge.predict(z).tolist()},
                "metrics": {
                    "log_loss": log_loss(truth, chances, labels=[0, 1, 2]),
                    "auc": roc_auc_score(truth, chances, multi_class="ovr", average="macro"),
                    "macro_f1": f1_score(truth, chances.argmax(1), average="macro"),
                    "mae": mean_absolute_error(truth, numbers),
                    "rmse": float(np.sqrt(np.mean((truth - numbers) ** 2))),
                    "r2": r2_score(truth, numbers),
                },
            },
            indent=1,
        )
        + "\n"
    )


main()
