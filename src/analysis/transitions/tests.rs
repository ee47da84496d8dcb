//! Against numpy and scipy, and what has to hold for every chain.

use super::*;
use crate::analysis::numeric::chi_square_tail;
use crate::analysis::testing::{assert_close, golden, golden_shop, numbers, shop};
use crate::dataset::EventKind::{self, Cart, Purchase, Search, View};

const MINUTE: i64 = 60_000;

fn counted(dataset: &Dataset, options: &TransitionOptions) -> TransitionMatrix {
    transitions(dataset, options, &Control::default()).expect("the shop has such events")
}

fn with(change: impl FnOnce(&mut TransitionOptions)) -> TransitionOptions {
    let mut options = TransitionOptions::default();
    change(&mut options);
    options
}

/// One shopper's chain of kinds, a minute apart.
fn walk(kinds: &[EventKind]) -> Dataset {
    let events: Vec<_> =
        (0..).zip(kinds).map(|(step, &kind)| (0, Some(0), kind, step * MINUTE)).collect();
    shop(1, 1, &events)
}

fn rows_sum_to_one(matrix: &[f64], n: usize) {
    for row in matrix.chunks_exact(n) {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{row:?}");
    }
}

#[test]
fn event_chain_agrees_with_numpy_and_scipy() {
    let expected = &golden("transitions")["event"];
    let matrix = counted(&golden_shop(), &TransitionOptions::default());
    assert_eq!(matrix.states[0], "view");
    assert_close(&matrix.counts, &numbers(&expected["counts"]), 0.0, "counts");
    assert_close(&matrix.probabilities, &numbers(&expected["probabilities"]), 1e-11, "P");
    assert_close(&matrix.n_step(5), &numbers(&expected["five_steps"]), 1e-11, "P^5");
    let stationary = matrix.stationary();
    assert_close(&stationary.distribution, &numbers(&expected["stationary"]), 1e-10, "stationary");
    assert_eq!((stationary.kind, stationary.converged), (StationaryKind::Unique, true));
    assert_close(
        &[matrix.entropy_rate()],
        &numbers(&expected["entropy_rate"]),
        1e-10,
        "entropy rate",
    );
    let n = matrix.len();
    for to in 0..n {
        let passage: Vec<f64> = matrix.mean_first_passage(to).into_iter().flatten().collect();
        let column: Vec<f64> =
            numbers(&expected["first_passage"]).into_iter().skip(to).step_by(n).collect();
        assert_close(&passage, &column, 1e-7, "first passage");
    }
    assert_eq!(Some(matrix.n_chains), expected["n_chains"].as_u64());
}

#[test]
fn smoothing_adds_to_every_cell() {
    let expected = &golden("transitions")["event"];
    let matrix = counted(&golden_shop(), &with(|options| options.smoothing = 0.5));
    assert_close(&matrix.probabilities, &numbers(&expected["smoothed"]), 1e-11, "smoothed");
}

#[test]
fn the_order_test_agrees_with_scipy() {
    let expected = &golden("transitions")["event"];
    let test =
        counted(&golden_shop(), &TransitionOptions::default()).order_test().expect("seven states");
    assert_eq!(Some(test.degrees_of_freedom as u64), expected["degrees_of_freedom"].as_u64());
    let found = [test.chi_square, test.p_value, test.cramers_v, test.sparse_cells];
    let names = ["chi_square", "p_value", "cramers_v", "sparse_cells"];
    assert_close(
        &found,
        &names.map(|name| expected[name].as_f64().expect("a number")),
        1e-8,
        "test",
    );
    for tail in golden("chi_square")["tails"].as_array().expect("a list") {
        let [x, df, p] = numbers(tail)[..] else { panic!("three numbers") };
        let found = chi_square_tail(x, format!("{df}").parse().expect("whole"));
        assert!((found - p).abs() <= 1e-10 * p.max(1e-280), "{x} {df}: {found}, not {p}");
    }
}

#[test]
fn a_chain_with_boundaries_agrees_with_numpy() {
    let expected = &golden("transitions")["bounded"];
    let matrix = counted(&golden_shop(), &with(|options| options.boundaries = true));
    assert_eq!((matrix.ids[0], matrix.ids[8]), (StateId::Start, StateId::Exit));
    assert_close(&matrix.counts, &numbers(&expected["counts"]), 0.0, "counts");
    let stationary = matrix.stationary();
    assert_eq!(stationary.kind, StationaryKind::Restarted);
    assert_close(&stationary.distribution, &numbers(&expected["stationary"]), 1e-10, "stationary");
    let steps: Vec<f64> = matrix.mean_first_passage(8)[..8].iter().copied().flatten().collect();
    assert_close(&steps, &numbers(&expected["steps_to_exit"]), 1e-8, "steps to exit");
    let purchase = matrix.position(StateId::Event(Purchase)).expect("there are purchases");
    let reach = matrix.reach_probability(purchase);
    assert_close(&reach[..8], &numbers(&expected["reach_purchase"]), 1e-9, "reach");
    assert!(reach[8] == 0.0 && matrix.absorbing == vec![8]);
    assert_eq!(matrix.mean_first_passage(purchase)[0], None, "many leave without a purchase");
}

#[test]
fn categories_count_like_the_script() {
    let expected = &golden("transitions")["category"];
    let dataset = golden_shop();
    let matrix = counted(&dataset, &with(|options| options.states = StateSpace::Category));
    let names = expected["names"].as_array().expect("names");
    let position = |name: &serde_json::Value| {
        matrix
            .states
            .iter()
            .position(|state| Some(state.as_str()) == name.as_str())
            .expect("same names")
    };
    let counts = numbers(&expected["counts"]);
    for (row, from) in names.iter().enumerate() {
        for (column, to) in names.iter().enumerate() {
            let found = matrix.count_row(position(from))[position(to)];
            assert_close(&[found], &[counts[row * names.len() + column]], 0.0, "count");
        }
    }
}

#[test]
fn every_option_gives_rows_that_sum_to_one() {
    let dataset = golden_shop();
    for states in StateSpace::ALL {
        for (lag, boundaries, self_transitions) in
            [(1, true, false), (2, true, true), (3, false, false)]
        {
            for (smoothing, max_states) in [(0.0, 5), (0.3, 50)] {
                let options = TransitionOptions {
                    states,
                    max_states,
                    lag,
                    smoothing,
                    boundaries,
                    self_transitions,
                    ..TransitionOptions::default()
                };
                let matrix = counted(&dataset, &options);
                let n = matrix.len();
                rows_sum_to_one(&matrix.probabilities, n);
                rows_sum_to_one(&matrix.n_step(17), n);
                assert_eq!(matrix.n_step(1), matrix.probabilities);
                let stationary = matrix.stationary();
                assert!(stationary.residual < 1e-9, "{options:?}: {stationary:?}");
                assert!((stationary.distribution.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                assert!(
                    self_transitions
                        || lag > 1
                        || (0..n).all(|state| matrix.counts[state * (n + 1)] == 0.0)
                );
            }
        }
    }
}

#[test]
fn rare_states_become_other() {
    let dataset = golden_shop();
    let all = counted(&dataset, &with(|options| options.states = StateSpace::Item));
    let few = counted(
        &dataset,
        &with(|options| {
            options.states = StateSpace::Item;
            options.max_states = 5;
        }),
    );
    assert_eq!((few.len(), few.ids[5]), (6, StateId::Other));
    assert_eq!(few.ids[..5], all.ids[..5]);
    assert_eq!(few.visits.iter().sum::<u64>(), all.visits.iter().sum::<u64>());
    assert_close(&[few.counts.iter().sum()], &[all.counts.iter().sum()], 0.0, "transitions");
    assert!(few.visits[..5].windows(2).all(|pair| pair[0] >= pair[1]));
}

#[test]
fn a_segment_under_the_smallest_group_is_refused() {
    let mut dataset = golden_shop();
    let options = with(|options| {
        options.segment = Segment::Attribute { column: "parity".into(), value: "even".into() };
    });
    let result = |dataset: &Dataset| transitions(dataset, &options, &Control::default());
    assert!(result(&dataset).is_ok());
    dataset.min_group_size = 1_000;
    let refused = result(&dataset).unwrap_err();
    assert!(matches!(refused, AnalysisError::SmallGroup { min_group_size: 1_000 }), "{refused}");
    let all = transitions(&dataset, &TransitionOptions::default(), &Control::default());
    assert!(all.is_ok(), "the shop as a whole is no segment");
}

#[test]
fn an_idle_gap_breaks_the_chain() {
    let events = [
        (0, Some(0), View, 0),
        (0, Some(0), Cart, 10 * MINUTE),
        (0, Some(0), Purchase, 50 * MINUTE),
    ];
    let mut dataset = shop(1, 1, &events);
    let total = |dataset: &Dataset, gap| {
        let options = with(|options| options.session_gap_minutes = gap);
        counted(dataset, &options).counts.iter().sum::<f64>()
    };
    assert_close(
        &[total(&dataset, Some(30)), total(&dataset, None)],
        &[1.0, 2.0],
        0.0,
        "transitions",
    );
    dataset.has_times = false;
    assert_close(&[total(&dataset, Some(30))], &[2.0], 0.0, "no gaps without times");
}

#[test]
fn a_periodic_chain_has_a_time_average() {
    let matrix = counted(&walk(&[View, Cart, View, Cart, View]), &TransitionOptions::default());
    let stationary = matrix.stationary();
    assert_close(&stationary.distribution, &[0.5, 0.5], 1e-12, "average");
    assert_eq!((stationary.kind, stationary.period), (StationaryKind::PeriodicAverage, 2));
    assert!(!stationary.converged && matrix.entropy_rate().abs() < 1e-12);
    assert_eq!(matrix.mean_first_passage(0), vec![Some(2.0), Some(1.0)]);
}

#[test]
fn a_reducible_chain_begins_where_shoppers_do() {
    // Two visits end in purchases, one in searches; both are never left again.
    let day = 24 * 60 * MINUTE;
    let mut events = Vec::new();
    for (visit, kinds) in
        [[View, Purchase, Purchase], [View, Search, Search], [Cart, Purchase, Purchase]]
            .iter()
            .enumerate()
    {
        for (step, &kind) in (0..).zip(kinds) {
            events.push((
                0,
                Some(0),
                kind,
                i64::try_from(visit).expect("few") * day + step * MINUTE,
            ));
        }
    }
    let matrix = counted(&shop(1, 1, &events), &TransitionOptions::default());
    let stationary = matrix.stationary();
    assert_eq!(
        (stationary.kind, stationary.closed_classes),
        (StationaryKind::FromObservedStart, 2)
    );
    assert_eq!(stationary.transient_states, 2);
    let share =
        |kind| stationary.distribution[matrix.position(StateId::Event(kind)).expect("it occurs")];
    assert_close(
        &[share(Purchase), share(Search), share(View)],
        &[2.0 / 3.0, 1.0 / 3.0, 0.0],
        1e-12,
        "limit",
    );
    assert_eq!(matrix.mean_first_passage(0)[0], None);
}

#[test]
fn one_closed_class_takes_all_whatever_the_beginning() {
    let matrix = counted(&walk(&[View, View, Cart, Purchase]), &TransitionOptions::default());
    let stationary = matrix.stationary();
    assert_close(&stationary.distribution, &[0.0, 0.0, 1.0], 1e-12, "limit");
    assert_eq!((stationary.kind, stationary.transient_states), (StationaryKind::Unique, 2));
    assert_eq!(matrix.absorbing, vec![2]);
    assert_eq!(matrix.mean_first_passage(2)[0], Some(3.0));
}

#[test]
fn segments_choose_shoppers_and_rows() {
    let dataset = golden_shop();
    let total = |segment: &str| {
        let segment = Segment::parse(segment).expect("a segment");
        let matrix = counted(&dataset, &with(|options| options.segment = segment));
        matrix.visits.iter().sum::<u64>()
    };
    assert_eq!(total("buyers") + total("non-buyers"), total("all"));
    assert_eq!(total("parity=even") + total("parity=odd"), total("all"));
    let categories =
        ["kitchen", "garden", "office", "sport"].map(|name| total(&format!("category={name}")));
    let searches = dataset.interactions.counts().get(Search);
    assert_eq!(categories.iter().sum::<u64>() + searches, total("all"));
    for unknown in ["category=boats", "parity=prime", "shoe=1"] {
        let options = with(|options| options.segment = Segment::parse(unknown).expect("a segment"));
        let found = transitions(&dataset, &options, &Control::default());
        assert!(matches!(found, Err(AnalysisError::UnknownSegment { .. })), "{unknown}");
    }
    assert!(Segment::parse("nonsense").is_err());
}

#[test]
fn edges_are_sorted_and_limited() {
    let matrix = counted(&golden_shop(), &TransitionOptions::default());
    let edges = matrix.strongest_edges(0.1, 10);
    assert!(edges.len() <= 10 && edges.iter().all(|edge| edge.probability >= 0.1));
    assert!(edges.windows(2).all(|pair| pair[0].count >= pair[1].count));
    let edge = edges[0];
    assert!((edge.probability - matrix.transition_probability(edge.from, edge.to)).abs() < 1e-15);
}

#[test]
fn layouts_are_distinct_points_on_the_page() {
    let dataset = golden_shop();
    for states in StateSpace::ALL {
        let matrix = counted(&dataset, &with(|options| options.states = states));
        for layout in [GraphLayout::Circular, GraphLayout::Force] {
            let points = matrix.layout(layout);
            assert_eq!(points.len(), matrix.len());
            assert!(points.iter().all(|point| point.0.abs() <= 1.0 && point.1.abs() <= 1.0));
            for (position, a) in points.iter().enumerate() {
                let apart = |b: &(f32, f32)| (a.0 - b.0).hypot(a.1 - b.1) > 1e-3;
                assert!(points[position + 1..].iter().all(apart), "{layout:?} {points:?}");
            }
            assert_eq!(points, matrix.layout(layout));
        }
    }
}

#[test]
fn a_shop_without_events_says_so() {
    let none = transitions(&shop(2, 2, &[]), &TransitionOptions::default(), &Control::default());
    assert_eq!(none, Err(AnalysisError::NoTransitions { states: "event" }));
    let searches = shop(1, 0, &[(0, None, Search, 0), (0, None, Search, 1)]);
    let options = with(|options| options.states = StateSpace::Item);
    assert!(transitions(&searches, &options, &Control::default()).is_err());
    assert!(counted(&searches, &TransitionOptions::default()).order_test().is_none());
}

#[test]
fn products_without_a_category_have_a_state_of_their_own() {
    let dataset = shop(1, 2, &[(0, Some(0), View, 0), (0, None, Search, 1), (0, Some(1), View, 2)]);
    let matrix = counted(&dataset, &with(|options| options.states = StateSpace::Category));
    assert_eq!(
        (matrix.ids.as_slice(), matrix.counts.as_slice()),
        ([StateId::NoCategory].as_slice(), [1.0].as_slice())
    );
}

#[test]
fn settings_out_of_range_are_refused() {
    let dataset = walk(&[View, Cart]);
    for options in [
        with(|options| options.max_states = 0),
        with(|options| options.max_states = MAX_STATES + 1),
        with(|options| options.lag = 0),
        with(|options| options.smoothing = -1.0),
        with(|options| options.smoothing = f64::NAN),
    ] {
        let refused = transitions(&dataset, &options, &Control::default());
        assert!(matches!(refused, Err(AnalysisError::InvalidSetting { .. })), "{options:?}");
    }
}

#[test]
fn a_stop_is_obeyed() {
    let control = Control::default();
    control.cancel_token().cancel();
    let stopped = transitions(&walk(&[View, Cart]), &TransitionOptions::default(), &control);
    assert!(matches!(stopped, Err(AnalysisError::Cancelled(_))));
}
