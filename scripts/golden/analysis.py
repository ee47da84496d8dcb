"""Golden values for src/analysis, from numpy, scipy and scikit-learn.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
    venv/bin/python scripts/golden/analysis.py

writes tests/golden/analysis/*.json. The shop is drawn from a fixed seed; the expected values never come
from the Rust code.
"""

import json
import math
import pathlib
from collections import defaultdict

import numpy as np
import scipy
import sklearn
from scipy.cluster.hierarchy import fcluster, linkage, to_tree
from scipy.sparse import csr_matrix
from scipy.spatial.distance import squareform
from scipy.stats import binomtest, chi2, chi2_contingency
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import jaccard_score, silhouette_score
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.neighbors import NearestNeighbors

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "analysis"
KINDS = ["view", "search", "cart", "purchase", "review", "return", "rating"]
STRENGTH = {"view": 1, "search": 1, "cart": 3, "purchase": 5, "review": 2, "return": 0, "rating": 2}
MINUTE = 60_000
DAY = 86_400_000
VERSIONS = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}


def make_shop(rng, n_users=60, n_items=40):
    """A small shop: every user has a favourite category; visits are minutes long, days apart."""
    categories = ["kitchen", "garden", "office", "sport"]
    nouns = ["kettle", "shears", "stapler", "racket", "pan", "hose", "lamp", "ball", "mug", "gloves"]
    looks = ["red", "steel", "large", "small", "cordless", "bamboo", "classic"]
    category_of = [categories[i % 4] for i in range(n_items)]
    titles = [
        f"{looks[int(rng.integers(7))]} {looks[int(rng.integers(7))]} {nouns[int(rng.integers(10))]} {category_of[i]}"
        for i in range(n_items)
    ]
    prices = [round(float(rng.lognormal(3.0, 0.7)), 2) for _ in range(n_items)]
    events = []
    for user in range(n_users):
        time = 1_700_000_000_000 + int(rng.integers(0, 20 * DAY))
        for _ in range(int(rng.integers(1, 6))):
            for _ in range(int(rng.integers(1, 9))):
                events.append(make_event(rng, user, n_items, titles, prices, time))
                time += int(rng.integers(1, 12)) * MINUTE
            time += int(rng.integers(60, 9 * 24 * 60)) * MINUTE
    return {
        "n_users": n_users,
        "titles": titles,
        "categories": category_of,
        "brands": [f"brand {i % 7}" for i in range(n_items)],
        "prices": prices,
        "events": events,
    }


def make_event(rng, user, n_items, titles, prices, time):
    kind = KINDS[int(rng.choice(7, p=[0.55, 0.1, 0.14, 0.1, 0.05, 0.02, 0.04]))]
    item = int(min(n_items - 1, rng.geometric(0.07) - 1))
    if rng.random() < 0.6:
        item = item - item % 4 + user % 4
    if kind == "search":
        return [user, None, kind, time, None, None, titles[item].split()[-2]]
    amount = {"purchase": int(rng.integers(1, 4)), "review": int(rng.integers(1, 6)), "rating": int(rng.integers(1, 6))}
    price = round(prices[item] * 0.9, 2) if kind == "purchase" and rng.random() < 0.5 else None
    return [user, item, kind, time, amount.get(kind), price, None]


def chains(shop, state_of, gap_ms):
    """Sequences of states, broken where a user is idle for longer than the gap."""
    by_user = defaultdict(list)
    for event in shop["events"]:
        by_user[event[0]].append(event)
    for user in sorted(by_user):
        chain, last = [], None
        for event in sorted(by_user[user], key=lambda event: event[3]):
            if last is not None and event[3] - last > gap_ms:
                yield chain
                chain = []
            last = event[3]
            if (state := state_of(event)) is not None:
                chain.append(state)
        yield chain


def count(all_chains, n):
    counts = np.zeros((n, n))
    for chain in all_chains:
        for a, b in zip(chain, chain[1:]):
            counts[a, b] += 1
    return counts


def stationary(p):
    """Left eigenvector of the eigenvalue 1."""
    values, vectors = np.linalg.eig(p.T)
    vector = np.real(vectors[:, np.argmin(np.abs(values - 1))])
    return vector / vector.sum()


def first_passage(p):
    """Kemeny and Snell's fundamental matrix: mean steps from i to j, recurrence times on the diagonal."""
    pi, n = stationary(p), len(p)
    z = np.linalg.inv(np.eye(n) - p + np.outer(np.ones(n), pi))
    passage = (np.diag(z)[None, :] - z) / pi[None, :]
    np.fill_diagonal(passage, 1 / pi)
    return passage


def event_transitions(shop):
    sequences = list(chains(shop, lambda event: KINDS.index(event[2]), 30 * MINUTE))
    counts = count(sequences, 7)
    p = counts / counts.sum(1, keepdims=True)
    smooth = (counts + 0.5) / (counts + 0.5).sum(1, keepdims=True)
    pi = stationary(p)
    test = chi2_contingency(counts, correction=False)
    expected = test.expected_freq
    entropy = -sum(pi[i] * sum(q * math.log2(q) for q in p[i] if q > 0) for i in range(7))
    return {
        "counts": counts.tolist(),
        "probabilities": p.tolist(),
        "smoothed": smooth.tolist(),
        "five_steps": np.linalg.matrix_power(p, 5).tolist(),
        "stationary": pi.tolist(),
        "entropy_rate": entropy,
        "first_passage": first_passage(p).tolist(),
        "n_chains": len(sequences),
        "chi_square": test.statistic,
        "degrees_of_freedom": int(test.dof),
        "p_value": test.pvalue,
        "cramers_v": math.sqrt(test.statistic / counts.sum() / 6),
        "sparse_cells": float((expected < 5).mean()),
    }


def bounded_transitions(shop):
    """Start is state 0, exit state 8; absorption by the fundamental matrix of the transient part."""
    sequences = [[0] + [s + 1 for s in chain] + [8]
                 for chain in chains(shop, lambda event: KINDS.index(event[2]), 30 * MINUTE) if chain]
    counts = count(sequences, 9)
    p = counts.copy()
    p[8, 8] = 1
    p /= p.sum(1, keepdims=True)
    restarted = p.copy()
    restarted[8] = 0
    restarted[8, 0] = 1
    fundamental = np.linalg.inv(np.eye(8) - p[:8, :8])
    purchase = KINDS.index("purchase") + 1
    reach = fundamental[:, purchase] / fundamental[purchase, purchase]
    return {
        "counts": counts.tolist(),
        "stationary": stationary(restarted).tolist(),
        "steps_to_exit": fundamental.sum(1).tolist(),
        "reach_purchase": reach.tolist(),
    }


def category_transitions(shop):
    names = list(dict.fromkeys(shop["categories"]))
    state = lambda event: None if event[1] is None else names.index(shop["categories"][event[1]])
    counts = count(chains(shop, state, 30 * MINUTE), len(names))
    return {"names": names, "counts": counts.tolist()}


def met_matrix(shop, weighting):
    weights = defaultdict(float)
    for user, item, kind, *_ in shop["events"]:
        if item is not None and kind not in ("return", "search"):
            weights[user, item] += STRENGTH[kind]
    matrix = np.zeros((shop["n_users"], len(shop["titles"])))
    for (user, item), weight in weights.items():
        matrix[user, item] = 1.0 if weighting == "presence" else math.log1p(weight)
    return matrix


def cheapest_order(node, distances):
    """Cost of the cheapest leaf order of a subtree by its two ends, tried out pair by pair.

    (scipy's optimal_leaf_ordering is no reference for this: on random distances it misses the optimum
    that trying out all orders of nine leaves finds, and can be dearer than the order it began with.)
    """
    if node.is_leaf():
        return {(node.id, node.id): 0.0}
    left, right = cheapest_order(node.left, distances), cheapest_order(node.right, distances)
    best = {}
    for (a, b), left_cost in left.items():
        for (c, d), right_cost in right.items():
            cost = left_cost + distances[b, c] + right_cost
            for ends in ((a, d), (d, a)):
                best[ends] = min(best.get(ends, math.inf), cost)
    return best


def clustering(similarity, n_clusters):
    distances = 1 - similarity
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), "average")
    assert (np.diff(tree[:, 2]) > 1e-9).all(), "merge heights have to differ"
    labels = fcluster(tree, n_clusters, "maxclust")
    assert len(set(labels)) == n_clusters
    by_count = {c: silhouette_score(distances, fcluster(tree, c, "maxclust"), metric="precomputed") for c in range(2, 21)}
    gaps = {c: tree[-(c - 1), 2] - tree[-c, 2] for c in range(2, 21)}
    return {
        "heights": tree[:, 2].tolist(),
        "sizes": tree[:, 3].astype(int).tolist(),
        "order_cost": float(min(cheapest_order(to_tree(tree), distances).values())),
        "n_clusters": n_clusters,
        "labels": labels.tolist(),
        "silhouette": float(by_count[n_clusters]),
        "best_silhouette": int(max(by_count, key=by_count.get)),
        "largest_gap": int(max(gaps, key=gaps.get)),
    }


def similarity(shop):
    presence, strength = met_matrix(shop, "presence"), met_matrix(shop, "strength")
    items = presence.T
    cosine = cosine_similarity(items)
    n = len(items)
    jaccard = [[jaccard_score(items[a], items[b]) for b in range(n)] for a in range(n)]
    texts = [". ".join(parts) for parts in zip(shop["titles"], shop["categories"], shop["brands"])]
    # The words of this shop hold no stop word and no number but those in brands, which are no content.
    tfidf = TfidfVectorizer(token_pattern=r"[a-z]+").fit_transform(texts)
    nearest = NearestNeighbors(metric="cosine", algorithm="brute").fit(csr_matrix(strength))
    distance, index = nearest.kneighbors(csr_matrix(strength), n_neighbors=6)
    strength_cosine = cosine_similarity(strength.T)
    return {
        "item_cosine": cosine.tolist(),
        "item_jaccard": jaccard,
        "item_pearson": np.corrcoef(items).tolist(),
        "item_strength_cosine": strength_cosine.tolist(),
        "user_cosine": cosine_similarity(presence).tolist(),
        "text_cosine": cosine_similarity(tfidf).tolist(),
        "user_text_cosine": cosine_similarity(presence @ tfidf.toarray()).tolist(),
        "user_neighbours": [{"idx": i.tolist(), "score": (1 - d).tolist()} for i, d in zip(index, distance)],
        "clustering": clustering(strength_cosine.copy(), 5),
    }


def profiles(shop):
    last = max(event[3] for event in shop["events"])
    buyers = defaultdict(list)
    for event in shop["events"]:
        if event[2] == "purchase":
            price = event[5] if event[5] is not None else shop["prices"][event[1]]
            buyers[event[0]].append((event[3], price * event[4]))
    rows = []
    for user in range(shop["n_users"]):
        events = sorted((e for e in shop["events"] if e[0] == user), key=lambda e: e[3])
        paid = [e[5] if e[5] is not None else shop["prices"][e[1]] for e in events if e[1] is not None]
        distinct = {kind: {e[1] for e in events if e[2] == kind} for kind in ("view", "cart")}
        weights = defaultdict(float)
        for e in events:
            if e[1] is not None:
                age = (events[-1][3] - e[3]) / DAY
                weights[shop["categories"][e[1]]] += STRENGTH[e[2]] * 0.5 ** (age / 30)
        rows.append({
            "n_sessions": 1 + sum(b[3] - a[3] > 30 * MINUTE for a, b in zip(events, events[1:])),
            "prices": np.percentile(paid, [10, 50, 90]).tolist() if paid else None,
            "view_to_cart": rate(len(distinct["view"] & distinct["cart"]), len(distinct["view"])),
            "categories": {name: weight / sum(weights.values()) for name, weight in weights.items()} if weights else {},
            "recency_days": (last - buyers[user][-1][0]) / DAY if user in buyers else None,
            "spend": sum(amount for _, amount in buyers[user]) if user in buyers else 0.0,
        })
    return rows


def rate(successes, trials):
    if trials == 0:
        return None
    interval = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    return [successes, trials, successes / trials, interval.low, interval.high]


def write(name, content):
    path = OUT / name
    path.write_text(json.dumps({"versions": VERSIONS, **content}, separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


def rounded(value, digits=12):
    """A few significant digits more than the tests ask for."""
    if isinstance(value, float):
        return float(f"{value:.{digits}g}")
    if isinstance(value, list):
        return [rounded(entry, digits) for entry in value]
    if isinstance(value, dict):
        return {key: rounded(entry, digits) for key, entry in value.items()}
    return value


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    shop = make_shop(np.random.default_rng(7))
    write("shop.json", shop)
    write("transitions.json", rounded({
        "event": event_transitions(shop),
        "bounded": bounded_transitions(shop),
        "category": category_transitions(shop),
    }))
    write("similarity.json", rounded(similarity(shop), 9))
    write("profiles.json", rounded({"users": profiles(shop)}))
    tails = [[x, df, chi2.sf(x, df)] for df in (1, 2, 9, 36, 400) for x in (0.1, 1.0, 8.5, 60.0, 500.0)]
    write("chi_square.json", {"tails": tails})


if __name__ == "__main__":
    main()
