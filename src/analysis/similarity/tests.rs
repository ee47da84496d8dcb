//! Against scikit-learn and scipy, and what has to hold for every index and matrix.

use super::*;
use crate::analysis::AnalysisError;
use crate::analysis::testing::{assert_close, golden, golden_shop, numbers, shop};
use crate::control::Control;
use crate::dataset::{Dataset, EventKind};

fn build(dataset: &Dataset, spec: SimilaritySpec) -> SimilarityIndex {
    SimilarityIndex::build(dataset, spec, &Control::default()).expect("the shop can be compared")
}

fn spec(subject: Subject, measure: Measure, basis: Basis) -> SimilaritySpec {
    SimilaritySpec { subject, measure, basis, weighting: Weighting::Presence }
}

fn strength_of_items() -> SimilaritySpec {
    SimilaritySpec { weighting: Weighting::Strength, ..SimilaritySpec::default() }
}

fn matrix_of(dataset: &Dataset, index: &SimilarityIndex, cut: ClusterCut) -> SimilarityMatrix {
    let options = SimilarityOptions { cut, ..SimilarityOptions::default() };
    similarity_matrix(dataset, index, &options, &Control::default()).expect("it can be compared")
}

fn doubles(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

#[test]
fn all_pairs_agree_with_scikit_learn() {
    let expected = golden("similarity");
    let dataset = golden_shop();
    for (name, spec) in [
        ("item_cosine", spec(Subject::Items, Measure::Cosine, Basis::Behaviour)),
        ("item_jaccard", spec(Subject::Items, Measure::Jaccard, Basis::Behaviour)),
        ("item_pearson", spec(Subject::Items, Measure::Pearson, Basis::Behaviour)),
        ("user_cosine", spec(Subject::Users, Measure::Cosine, Basis::Behaviour)),
        ("text_cosine", spec(Subject::Items, Measure::Cosine, Basis::Text)),
        ("user_text_cosine", spec(Subject::Users, Measure::Cosine, Basis::Text)),
        ("item_strength_cosine", strength_of_items()),
    ] {
        let index = build(&dataset, spec);
        let ids: Vec<u32> = (0..).take(index.len()).collect();
        let found = doubles(&index.all_pairs(&ids));
        assert_close(&found, &numbers(&expected[name]), 2e-6, name);
    }
}

#[test]
fn neighbours_agree_with_scikit_learn() {
    let dataset = golden_shop();
    let spec = SimilaritySpec { subject: Subject::Users, ..strength_of_items() };
    let index = build(&dataset, spec);
    let expected = golden("similarity");
    for (user, row) in (0..).zip(expected["user_neighbours"].as_array().expect("a list")) {
        let found = index.neighbours(user, 5, 1).expect("a known user");
        let scores: Vec<f64> = found.iter().map(|neighbour| f64::from(neighbour.score)).collect();
        // scikit-learn counts a row as its own nearest neighbour.
        assert_close(&scores, &numbers(&row["score"])[1..], 2e-6, "scores");
    }
}

#[test]
fn neighbours_are_the_best_of_a_matrix_row() {
    let dataset = golden_shop();
    for measure in Measure::ALL {
        let index = build(&dataset, spec(Subject::Items, measure, Basis::Behaviour));
        for item in (0..).take(index.len()) {
            let found = index.neighbours(item, 7, 1).expect("a known item");
            let all = index.neighbours(item, usize::MAX, 1).expect("a known item");
            assert_eq!(found[..], all[..found.len()]);
            assert!(
                all.windows(2)
                    .all(|pair| (pair[1].score, pair[0].idx) <= (pair[0].score, pair[1].idx))
            );
            for neighbour in all {
                assert_ne!(neighbour.idx, item);
                let score = index.similarity(item, neighbour.idx).expect("known items");
                assert!((score - neighbour.score).abs() < 1e-6);
            }
            let often = index.neighbours(item, 99, 4).expect("a known item");
            assert!(often.iter().all(|neighbour| neighbour.common >= 4));
        }
    }
}

#[test]
fn the_dendrogram_agrees_with_scipy() {
    let expected = &golden("similarity")["clustering"];
    let dataset = golden_shop();
    let index = build(&dataset, strength_of_items());
    let count = expected["n_clusters"].as_u64().expect("a count");
    let matrix =
        matrix_of(&dataset, &index, ClusterCut::Count(usize::try_from(count).expect("few")));
    let heights: Vec<f64> = matrix.merges.iter().map(|merge| merge.height).collect();
    assert_close(&heights, &numbers(&expected["heights"]), 2e-6, "heights");
    let sizes: Vec<u64> = matrix.merges.iter().map(|merge| merge.size as u64).collect();
    let expected_sizes: Vec<u64> = expected["sizes"]
        .as_array()
        .expect("sizes")
        .iter()
        .filter_map(serde_json::Value::as_u64)
        .collect();
    assert_eq!(sizes, expected_sizes);
    let cost: f64 =
        matrix.order.windows(2).map(|pair| 1.0 - f64::from(matrix.value(pair[0], pair[1]))).sum();
    assert_close(&[cost], &numbers(&expected["order_cost"]), 1e-5, "cost of the leaf order");
    let found = f64::from(matrix.silhouette.expect("several clusters"));
    assert_close(&[found], &numbers(&expected["silhouette"]), 2e-6, "silhouette");
    let labels = numbers(&expected["labels"]);
    let by_item = |row: usize| labels[matrix.ids[row] as usize];
    for a in 0..matrix.len() {
        for b in 0..a {
            let together = matrix.clusters[a] == matrix.clusters[b];
            assert_eq!(together, (by_item(a) - by_item(b)).abs() < 0.5, "{a} and {b}");
        }
    }
}

#[test]
fn the_number_of_clusters_is_chosen_as_scipy_values_say() {
    let expected = &golden("similarity")["clustering"];
    let dataset = golden_shop();
    let index = build(&dataset, strength_of_items());
    for (cut, name) in
        [(ClusterCut::BestSilhouette, "best_silhouette"), (ClusterCut::LargestGap, "largest_gap")]
    {
        let clusters = matrix_of(&dataset, &index, cut).clusters;
        assert_eq!(clusters.iter().max().map(|&last| u64::from(last) + 1), expected[name].as_u64());
    }
}

#[test]
fn matrices_are_symmetric_and_ordered_by_a_permutation() {
    let dataset = golden_shop();
    for subject in [Subject::Items, Subject::Users] {
        for basis in [Basis::Behaviour, Basis::Text] {
            let index = build(&dataset, spec(subject, Measure::Cosine, basis));
            let matrix = matrix_of(&dataset, &index, ClusterCut::default());
            let n = matrix.len();
            assert_eq!((n, matrix.labels.len(), matrix.merges.len()), (index.len(), n, n - 1));
            for row in 0..n {
                assert!((matrix.value(row, row) - 1.0).abs() < 1e-6);
                assert!((0..row).all(|column| matrix.value(row, column).to_bits()
                    == matrix.value(column, row).to_bits()));
            }
            let mut sorted = matrix.order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..n).collect::<Vec<_>>());
            assert!(
                along_order(&matrix)
                    .windows(2)
                    .all(|pair| pair[1] <= pair[0] + 1 || pair[1] <= pair[0])
            );
            assert_eq!(matrix, matrix_of(&dataset, &index, ClusterCut::default()));
        }
    }
}

/// Clusters in the order of the leaves: each is one stretch.
fn along_order(matrix: &SimilarityMatrix) -> Vec<u32> {
    let labels: Vec<u32> = matrix.order.iter().map(|&row| matrix.clusters[row]).collect();
    let mut starts = labels.clone();
    starts.dedup();
    assert_eq!(starts, (0..).take(starts.len()).collect::<Vec<u32>>(), "clusters are stretches");
    labels
}

#[test]
fn rows_are_the_most_active_of_those_asked_for() {
    let dataset = golden_shop();
    let index = build(&dataset, SimilaritySpec::default());
    let ask = |max_rows, only| {
        let options = SimilarityOptions { max_rows, only, ..SimilarityOptions::default() };
        similarity_matrix(&dataset, &index, &options, &Control::default())
    };
    let top = ask(3, None).expect("three products");
    let all = ask(1000, None).expect("all products");
    assert_eq!(top.ids[..], all.ids[..3]);
    let chosen = ask(10, Some(vec![9, 4, 9])).expect("two products");
    let mut ids = chosen.ids.clone();
    ids.sort_unstable();
    assert_eq!((ids, chosen.silhouette), (vec![4, 9], None));
    assert_eq!(ask(10, Some(vec![400])), Err(AnalysisError::UnknownItem { idx: 400, n: 40 }));
    assert!(matches!(ask(0, None), Err(AnalysisError::InvalidSetting { .. })));
    assert!(matches!(ask(5000, None), Err(AnalysisError::InvalidSetting { .. })));
}

#[test]
fn equal_products_are_wholly_alike() {
    let events: Vec<_> = (0..3)
        .flat_map(|user| (0..6).map(move |item| (user, Some(item), EventKind::View, 0)))
        .collect();
    let dataset = shop(3, 6, &events);
    for measure in [Measure::Cosine, Measure::Jaccard] {
        let index = build(&dataset, spec(Subject::Items, measure, Basis::Behaviour));
        let found = index.neighbours(2, 3, 1).expect("a known item");
        assert_eq!(found.iter().map(|neighbour| neighbour.idx).collect::<Vec<_>>(), vec![0, 1, 3]);
        assert!(
            found
                .iter()
                .all(|neighbour| (neighbour.score - 1.0).abs() < 1e-6 && neighbour.common == 3)
        );
        let matrix = matrix_of(&dataset, &index, ClusterCut::default());
        assert!(matrix.values.iter().all(|value| (value - 1.0).abs() < 1e-6));
        along_order(&matrix);
    }
}

#[test]
fn a_row_without_features_has_no_neighbours() {
    let dataset =
        shop(2, 3, &[(0, Some(0), EventKind::View, 0), (1, Some(1), EventKind::Return, 0)]);
    let index = build(&dataset, SimilaritySpec::default());
    for item in 0..3 {
        assert_eq!(index.neighbours(item, 5, 1), Ok(vec![]));
    }
    assert_eq!(index.similarity(1, 2), Ok(0.0));
    assert_eq!(index.similarity(1, 1), Ok(1.0));
    assert_eq!(index.neighbours(3, 5, 1), Err(AnalysisError::UnknownItem { idx: 3, n: 3 }));
}

#[test]
fn tiny_shops_have_tiny_matrices() {
    for n in 0..3 {
        let events: Vec<_> = (0..n).map(|item| (0, Some(item), EventKind::View, 0)).collect();
        let dataset = shop(1, n, &events);
        let index = build(&dataset, SimilaritySpec::default());
        for cut in [
            ClusterCut::BestSilhouette,
            ClusterCut::LargestGap,
            ClusterCut::Count(7),
            ClusterCut::Count(0),
        ] {
            let matrix = matrix_of(&dataset, &index, cut);
            assert_eq!(
                (matrix.len(), matrix.order.len(), matrix.clusters.len()),
                (n as usize, n as usize, n as usize)
            );
            assert_eq!(matrix.silhouette, None);
        }
    }
}

#[test]
fn comparing_by_text_needs_text() {
    let dataset = shop(1, 2, &[]);
    let asked = SimilarityIndex::build(
        &dataset,
        spec(Subject::Items, Measure::Cosine, Basis::Text),
        &Control::default(),
    );
    assert_eq!(asked, Err(AnalysisError::NoText { n_items: 2 }));
}

#[test]
fn the_leaf_order_is_the_cheapest_that_the_tree_allows() {
    let dataset = golden_shop();
    let index = build(&dataset, strength_of_items());
    let options = SimilarityOptions { max_rows: 9, ..SimilarityOptions::default() };
    let matrix =
        similarity_matrix(&dataset, &index, &options, &Control::default()).expect("nine products");
    let cost = |order: &[usize]| -> f64 {
        order.windows(2).map(|pair| 1.0 - f64::from(matrix.value(pair[0], pair[1]))).sum()
    };
    let all = orders(&matrix.merges, 9 + matrix.merges.len() - 1, 9);
    assert_eq!(all.len(), 1 << 8);
    let best = all.iter().map(|order| cost(order)).fold(f64::INFINITY, f64::min);
    assert!((cost(&matrix.order) - best).abs() < 1e-9);
}

/// Every order that flipping a tree's branches can give.
fn orders(merges: &[Merge], node: usize, n: usize) -> Vec<Vec<usize>> {
    let Some(merge) = node.checked_sub(n).map(|merge| merges[merge]) else {
        return vec![vec![node]];
    };
    let (left, right) = (orders(merges, merge.left, n), orders(merges, merge.right, n));
    let mut found = Vec::new();
    for a in &left {
        for b in &right {
            found.push([a.clone(), b.clone()].concat());
            found.push([b.clone(), a.clone()].concat());
        }
    }
    found
}

#[test]
fn a_stop_is_obeyed() {
    let control = Control::default();
    control.cancel_token().cancel();
    let dataset = golden_shop();
    for basis in [Basis::Behaviour, Basis::Text] {
        let stopped = SimilarityIndex::build(
            &dataset,
            spec(Subject::Users, Measure::Cosine, basis),
            &control,
        );
        assert!(matches!(stopped, Err(AnalysisError::Cancelled(_))));
    }
}
