//! Communicating classes of a chain: which states lead to each other, and in what rhythm.

/// Classes of states that lead to each other and are never left, in a `[n][n]` matrix of moves: each
/// with its states ascending, by smallest state. Every chain has at least one.
pub(super) fn closed_classes(matrix: &[f64], n: usize) -> Vec<Vec<usize>> {
    let forward = |state: usize, other: usize| matrix[state * n + other] > 0.0;
    let (class, n_classes) = strong_components(matrix, n);
    let mut members = vec![Vec::new(); n_classes];
    for (state, &own) in class.iter().enumerate() {
        members[own].push(state);
    }
    let stays = |states: &Vec<usize>| {
        let leaves = |&from: &usize| (0..n).any(|to| forward(from, to) && class[to] != class[from]);
        !states.iter().any(leaves)
    };
    let mut closed: Vec<Vec<usize>> = members.into_iter().filter(stays).collect();
    closed.sort();
    closed
}

/// `[n]` class of each state, and how many there are. Kosaraju: states by falling finishing time, then
/// components along reversed edges.
fn strong_components(matrix: &[f64], n: usize) -> (Vec<usize>, usize) {
    let forward = |state: usize, other: usize| matrix[state * n + other] > 0.0;
    let backward = |state: usize, other: usize| matrix[other * n + state] > 0.0;
    let mut class = vec![usize::MAX; n];
    let mut n_classes = 0;
    for &root in finishing_order(n, forward).iter().rev() {
        if class[root] == usize::MAX {
            flood(root, n, backward, |state| {
                let fresh = class[state] == usize::MAX;
                if fresh {
                    class[state] = n_classes;
                }
                fresh
            });
            n_classes += 1;
        }
    }
    (class, n_classes)
}

/// `[n]` whether any of `targets` can be reached from each state (the targets themselves included).
pub(super) fn reaches(matrix: &[f64], n: usize, targets: &[usize]) -> Vec<bool> {
    let mut found = vec![false; n];
    let backward = |state: usize, other: usize| matrix[other * n + state] > 0.0;
    for &target in targets {
        if !found[target] {
            flood(target, n, backward, |state| !std::mem::replace(&mut found[state], true));
        }
    }
    found
}

/// The period of one closed class: the greatest common divisor of its cycle lengths.
pub(super) fn period(matrix: &[f64], n: usize, members: &[usize]) -> usize {
    let mut level = vec![usize::MAX; n];
    level[members[0]] = 0;
    let mut queue = std::collections::VecDeque::from([members[0]]);
    let mut divisor = 0;
    while let Some(from) = queue.pop_front() {
        for &to in members.iter().filter(|&&to| matrix[from * n + to] > 0.0) {
            if level[to] == usize::MAX {
                level[to] = level[from] + 1;
                queue.push_back(to);
            } else {
                divisor = greatest_common_divisor(divisor, (level[from] + 1).abs_diff(level[to]));
            }
        }
    }
    divisor.max(1)
}

pub(super) fn greatest_common_divisor(mut a: usize, mut b: usize) -> usize {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Visits what can be reached from `root`; `enter` says whether a state is new.
fn flood(
    root: usize,
    n: usize,
    edge: impl Fn(usize, usize) -> bool,
    mut enter: impl FnMut(usize) -> bool,
) {
    let mut stack = vec![root];
    enter(root);
    while let Some(state) = stack.pop() {
        for other in 0..n {
            if edge(state, other) && enter(other) {
                stack.push(other);
            }
        }
    }
}

/// States in the order in which a depth-first search finishes them.
fn finishing_order(n: usize, edge: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut seen = vec![false; n];
    let mut order = Vec::with_capacity(n);
    for root in 0..n {
        if std::mem::replace(&mut seen[root], true) {
            continue;
        }
        let mut stack = vec![(root, 0)];
        while let Some((state, next)) = stack.pop() {
            match (next..n).find(|&other| edge(state, other) && !seen[other]) {
                Some(other) => {
                    seen[other] = true;
                    stack.push((state, other + 1));
                    stack.push((other, 0));
                }
                None => order.push(state),
            }
        }
    }
    order
}
