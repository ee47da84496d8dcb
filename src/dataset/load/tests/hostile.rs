//! Files made to do harm: whatever the bytes, an error or data within bounds, and never a panic.

use std::io::Write;

use super::*;
use crate::dataset::load::source::Source;
use crate::dataset::load::{FUZZ_READERS, FileProblem, FormatChoice, FuzzReader, Fuzzer};

/// One test for each reader, so that they run side by side and a failure names its reader.
macro_rules! fuzzed {
    ($($name:ident: $steps:expr),* $(,)?) => {
        $(#[test]
        fn $name() {
            fuzz(stringify!($name), $steps);
        })*

        #[test]
        fn every_reader_is_fuzzed() {
            let named = [$(stringify!($name)),*];
            let readers: Vec<_> = FUZZ_READERS.iter().map(|reader| reader.name).collect();
            assert_eq!(named.as_slice(), readers);
        }
    };
}

// Workbooks and columnar files take longer to open.
fuzzed! {
    csv: 600,
    tsv: 600,
    parquet: 150,
    arrow: 200,
    jsonl: 600,
    json: 600,
    excel: 80,
    excel_parts: 150,
    recbole: 600,
    movielens: 600,
    sequence: 600,
    pairs: 600,
    baskets: 600,
    amazon: 600,
    lines: 600,
    periods: 600,
    gzip: 400,
    zstd: 400,
}

fn fuzz(name: &str, steps: usize) {
    let folder = tempfile::tempdir().unwrap();
    let reader = FuzzReader::by_name(name).unwrap();
    let mut fuzzer = Fuzzer::new(reader, &fixture(""), folder.path(), 1).unwrap();
    for step in 0..steps {
        let finding = fuzzer.step().unwrap();
        assert_eq!(finding.map(|finding| finding.what), None, "step {step}");
    }
}

/// Good files of every format.
fn good_files() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    [
        "shop/events.csv",
        "utf16.csv",
        "events.csv.gz",
        "layouts/events.csv.zst",
        "layouts/ratings.dat",
        "layouts/shop.inter",
        "layouts/sequence.txt",
        "layouts/pairs.txt",
        "layouts/baskets.csv",
        "layouts/reviews.txt",
        "layouts/weekly.csv",
        "events.jsonl",
        "layouts/sessions.json",
        "layouts/amazon_2014.json",
        "layouts/orders.xlsx",
        "layouts/orders.xls",
        "layouts/orders.ods",
        "layouts/orders.xlsb",
        "layouts/events.arrow",
        "layouts/events.arrows",
        "layouts/events.feather",
        "shop.parquet",
    ]
    .into_iter()
    .map(|name| (name, std::fs::read(fixture(name)).unwrap()))
}

#[test]
fn a_good_file_is_read_before_it_is_damaged() {
    for (name, _) in good_files() {
        let choice = FormatChoice::default();
        assert!(Source::open(&fixture(name), &choice).is_ok(), "{name}");
    }
}

fn problem_of(path: &Path) -> FileProblem {
    let request = LoadRequest { events: vec![path.to_owned()], ..LoadRequest::default() };
    match load(&request, &Control::default()) {
        Err(LoadError::File { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

/// A header and a row, and then far more of one byte than any table holds.
fn write_bomb(mut file: impl Write, filling: u8) {
    file.write_all(b"user,item\nu,i\n").unwrap();
    let block = [[filling; 1023].as_slice(), b"\n"].concat().repeat(64);
    for _ in 0..(80 << 20) / block.len() {
        file.write_all(&block).unwrap();
    }
}

#[test]
fn files_that_unfold_without_end_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let gzip = folder.path().join("bomb.csv.gz");
    let mut file = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    write_bomb(&mut file, b' ');
    let packed = file.finish().unwrap();
    std::fs::write(&gzip, &packed).unwrap();
    let zstd = folder.path().join("bomb.csv.zst");
    let mut file = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    write_bomb(&mut file, b' ');
    std::fs::write(&zstd, file.finish().unwrap()).unwrap();
    assert!(matches!(problem_of(&zstd), FileProblem::UnfoldsTooFar { .. }));
    // Either the limit, or the rows of blanks are simply left out.
    let request = LoadRequest { events: vec![gzip], ..LoadRequest::default() };
    match load(&request, &Control::default()) {
        Err(LoadError::File { problem: FileProblem::UnfoldsTooFar { .. }, .. }) => {}
        outcome => assert_eq!(outcome.unwrap().report.n_events, 1),
    }
}

#[test]
fn workbooks_that_unfold_without_end_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.xlsx");
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..40 {
        packed.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let packed = packed.finish().unwrap();
    std::fs::write(&path, zip_of("xl/workbook.xml", &packed)).unwrap();
    assert!(matches!(problem_of(&path), FileProblem::UnfoldsTooFar { .. }));
}

/// A container with one part, of which sizes are not told.
#[test]
fn sectors_that_follow_each_other_in_circles_are_refused() {
    const SECTOR: usize = 512;
    let good = std::fs::read(fixture("layouts/orders.xls")).unwrap();
    let number = |at: usize| u32::from_le_bytes(good[at..at + 4].try_into().unwrap()) as usize;
    let table = (number(76) + 1) * SECTOR;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("circle.xls");
    let directory = number(48);
    let first_entry = (directory + 1) * SECTOR;
    for first in [directory, number(first_entry + 128 + 116)] {
        let mut bytes = good.clone();
        let place = table + 4 * first;
        bytes[place..place + 4].copy_from_slice(&(first as u32).to_le_bytes());
        std::fs::write(&path, bytes).unwrap();
        let text = problem_of(&path).to_string();
        assert!(text.contains("in circles"), "{text}");
    }
}

fn zip_of(name: &str, packed: &[u8]) -> Vec<u8> {
    let length = u16::try_from(name.len()).unwrap().to_le_bytes();
    let size = u32::try_from(packed.len()).unwrap().to_le_bytes();
    let local =
        [&b"PK\x03\x04\x14\0\0\0\x08\0"[..], &[0; 8], &size, &[0; 4], &length, &[0; 2]].concat();
    let body = [&local, name.as_bytes(), packed].concat();
    let list = [
        &b"PK\x01\x02\x14\0\x14\0\0\0\x08\0"[..],
        &[0; 8],
        &size,
        &[0; 4],
        &length,
        &[0; 16],
        name.as_bytes(),
    ]
    .concat();
    let list_size = u32::try_from(list.len()).unwrap().to_le_bytes();
    let list_at = u32::try_from(body.len()).unwrap().to_le_bytes();
    let end = [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &list_size, &list_at, &[0; 2]].concat();
    [body, list, end].concat()
}

#[test]
fn absurd_lines_and_headers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.csv");
    std::fs::write(&path, format!("user,item{}\nu,i\n", ",c".repeat(20_000))).unwrap();
    assert!(matches!(problem_of(&path), FileProblem::TooManyColumns { .. }));
    std::fs::write(&path, format!("user,item\n{}", "x".repeat(40 << 20))).unwrap();
    assert!(matches!(problem_of(&path), FileProblem::LineTooLong { line: 2, .. }));
    let deep = folder.path().join("deep.json");
    std::fs::write(&deep, "[{\"a\":".repeat(100_000)).unwrap();
    assert!(matches!(problem_of(&deep), FileProblem::NotJsonLines { .. }));
}

#[test]
fn a_file_that_shrinks_while_it_is_read_is_an_error_or_data() {
    let folder = tempfile::tempdir().unwrap();
    // Parquet is read through a mapping of the file, which the system itself watches over.
    for (name, good) in good_files().filter(|(name, _)| !name.ends_with("parquet")) {
        let path = folder.path().join(Path::new(name).file_name().unwrap());
        std::fs::write(&path, &good).unwrap();
        let source = Source::open(&path, &FormatChoice::default()).unwrap();
        for length in [good.len() * 3 / 4, good.len() / 3, 3, 0] {
            std::fs::write(&path, &good[..length]).unwrap();
            let _ = source.read(&[0], &Control::default(), &mut |_| Ok(()));
        }
        std::fs::remove_file(&path).unwrap();
        assert!(source.read(&[0], &Control::default(), &mut |_| Ok(())).is_err(), "{name}");
    }
}
