//! Why a dataset could not be divided.

/// Why a dataset could not be divided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// The text names no split.
    #[error(
        "cannot read the split \"{0}\"; write last-one, last:N such as last:3, time:FRACTION such as \
         time:0.8, time:DATE such as time:2011-11-01, ratio:SHARE such as ratio:0.8 (or ratio-users, \
         stratified, stratified-users; with a seed ratio:0.8@7), fold:I/K such as fold:2/5, or \
         file:TRAIN.csv,TEST.csv"
    )]
    Unreadable(String),
    /// A time point was asked of data that has no times.
    #[error(
        "the data has no times, so it cannot be divided at a point in time; use the split last-one"
    )]
    NoTimes,
    /// No event is left after choosing kinds.
    #[error("no event with a product is left of the {events} events; kinds asked for: {kinds}")]
    NothingLeft {
        /// Events in the dataset.
        events: usize,
        /// The kinds asked for.
        kinds: String,
    },
    /// The time points leave nothing to learn from.
    #[error(
        "no event lies before the start of validation; choose a later time (the events span {first_ms} \
         to {last_ms} ms since 1970)"
    )]
    NothingToLearn {
        /// Time of the first event, milliseconds since 1970-01-01 UTC.
        first_ms: i64,
        /// Time of the last event.
        last_ms: i64,
    },
    /// Validation would start after test.
    #[error(
        "validation starts at {validation_from_ms} ms, after test at {test_from_ms} ms; swap them"
    )]
    OutOfOrder {
        /// Start of validation.
        validation_from_ms: i64,
        /// Start of test.
        test_from_ms: i64,
    },
    /// A number of the split lies outside its range.
    #[error("{what} is {found}; it must be {wanted}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// What was given.
        found: String,
        /// What can be given.
        wanted: &'static str,
    },
    /// A file that names parts cannot be used.
    #[error("cannot divide the data by files: {problem}. File: {file}")]
    File {
        /// The file.
        file: String,
        /// What is wrong, and what to do next.
        problem: String,
    },
    /// Files were changed since the split was asked for.
    #[error(
        "the files of the split have changed since it was made ({files}), so it would not be the same \
         split; put them back, or train again with the split as it is now"
    )]
    FilesChanged {
        /// The files.
        files: String,
    },
}
