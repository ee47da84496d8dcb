//! Several labels of one text.

/// Most labels that a task can have.
pub const MAX_LABELS: usize = 256;

const WORD: usize = u64::BITS as usize;

/// Which of a task's labels a text has: a bit for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelSet([u64; MAX_LABELS / WORD]);

impl LabelSet {
    /// Adds a label; one from [`MAX_LABELS`] on has no place.
    pub fn insert(&mut self, label: usize) {
        if let Some(word) = self.0.get_mut(label / WORD) {
            *word |= 1 << (label % WORD);
        }
    }

    /// Whether a label is in it.
    #[must_use]
    pub fn contains(&self, label: usize) -> bool {
        self.0.get(label / WORD).is_some_and(|word| (word >> (label % WORD)) & 1 == 1)
    }

    /// Number of labels in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The labels, ascending.
    pub fn labels(&self) -> impl Iterator<Item = usize> + '_ {
        (0..MAX_LABELS).filter(|&label| self.contains(label))
    }

    pub(super) fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.iter().flat_map(|word| word.to_le_bytes())
    }
}

impl FromIterator<usize> for LabelSet {
    fn from_iter<T: IntoIterator<Item = usize>>(labels: T) -> Self {
        let mut set = Self::default();
        labels.into_iter().for_each(|label| set.insert(label));
        set
    }
}

/// The labels that stand in a cell, in its order; what is empty between two separators is none.
pub fn labels_in<'a>(cell: &'a str, separator: &'a str) -> impl Iterator<Item = &'a str> {
    cell.split(separator).map(str::trim).filter(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_into_it() {
        let set: LabelSet = [3, 200, 3, 64].into_iter().collect();
        assert_eq!((set.len(), set.labels().collect::<Vec<_>>()), (3, vec![3, 64, 200]));
        assert!(set.contains(64) && !set.contains(65) && !set.contains(MAX_LABELS));
        assert!(LabelSet::default().is_empty() && !set.is_empty());
        assert_eq!([MAX_LABELS].into_iter().collect::<LabelSet>(), LabelSet::default());
    }

    #[test]
    fn cells_are_taken_apart() {
        assert_eq!(labels_in(" a | b b||c|", "|").collect::<Vec<_>>(), ["a", "b b", "c"]);
        assert_eq!(labels_in("|", "|").count(), 0);
        assert_eq!(labels_in("a, b", ", ").collect::<Vec<_>>(), ["a", "b"]);
    }
}
