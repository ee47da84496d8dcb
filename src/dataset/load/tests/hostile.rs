//! Files made to do harm: whatever the bytes, an error or data within bounds, and never a panic.

use std::io::Write;

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::dataset::load::{FileFormat, FileProblem, FormatChoice, Formats};

/// Damaged files tried for each good one.
const CASES: u64 = 40;
/// The same for formats whose files take longer to open.
const FEW_CASES: u64 = 8;

/// Good files of every format, with the format that each is forced to be read in half of the time.
const GOOD: [(&str, FileFormat); 26] = [
    ("shop/events.csv", FileFormat::Delimited),
    ("utf16.csv", FileFormat::Delimited),
    ("latin1.csv", FileFormat::Delimited),
    ("events.csv.gz", FileFormat::Delimited),
    ("layouts/events.csv.zst", FileFormat::Delimited),
    ("layouts/chinese.csv", FileFormat::Delimited),
    ("layouts/ratings.dat", FileFormat::MovieLens),
    ("layouts/u.data", FileFormat::MovieLens),
    ("layouts/shop.inter", FileFormat::RecBole),
    ("layouts/sequence.txt", FileFormat::Sequence),
    ("layouts/pairs.txt", FileFormat::Pairs),
    ("layouts/baskets.csv", FileFormat::Baskets),
    ("layouts/reviews.txt", FileFormat::Lines),
    ("layouts/weekly.csv", FileFormat::Periods),
    ("events.jsonl", FileFormat::JsonLines),
    ("sessions.jsonl", FileFormat::JsonLines),
    ("layouts/sessions.json", FileFormat::Json),
    ("layouts/wrapped.json", FileFormat::Json),
    ("layouts/amazon_2014.json", FileFormat::Amazon),
    ("layouts/orders.xlsx", FileFormat::Excel),
    ("layouts/orders.xls", FileFormat::Excel),
    ("layouts/orders.ods", FileFormat::Excel),
    ("layouts/events.arrow", FileFormat::Arrow),
    ("layouts/events.arrows", FileFormat::Arrow),
    ("layouts/events.feather", FileFormat::Arrow),
    ("shop.parquet", FileFormat::Parquet),
];

/// A request that reads `path` as each role; a good part of the columns is named by hand.
fn read_every_way(path: &Path, format: Option<FileFormat>) {
    let mut formats = Formats::default();
    formats.files.insert(path.to_owned(), FormatChoice { format, sheet: None });
    let by_hand = "user=#row,item=#row".parse().unwrap();
    for mapping in [crate::dataset::schema::Mappings::default(), by_hand] {
        let paths = vec![path.to_owned()];
        let request = LoadRequest { mapping, formats: formats.clone(), ..LoadRequest::default() };
        let events = LoadRequest { events: paths.clone(), ..request.clone() };
        let catalog = LoadRequest { catalog: paths, ..request };
        for request in [events, catalog] {
            if let Ok(Loaded { dataset, .. }) = load(&request, &Control::default()) {
                assert!(dataset.n_items() < 1 << 20, "{}", path.display());
            }
        }
    }
}

/// Changes, cuts, doubles or fills in some bytes.
fn damage(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    const TELLING: &[&[u8]] = &[
        b"\"",
        b"\n",
        b",",
        b"::",
        b"{",
        b"[",
        b"}",
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x7f",
        b"\0",
        b"\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"<a ",
        b"&#x110000;",
        b"99999999999999999999",
        b"\xfe\xff",
    ];
    for _ in 0..random.random_range(1..6) {
        if bytes.is_empty() {
            return;
        }
        let at = random.random_range(0..bytes.len());
        match random.random_range(0..6) {
            0 => bytes[at] ^= 1 << random.random_range(0..8),
            1 => bytes[at] = random.random(),
            2 => bytes.truncate(at),
            3 => {
                let end = (at + random.random_range(1..64)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            4 => {
                let end = (at + random.random_range(1..16)).min(bytes.len());
                bytes.drain(at..end);
            }
            _ => {
                let word = TELLING[random.random_range(0..TELLING.len())];
                let end = (at + word.len()).min(bytes.len());
                bytes.splice(at..end, word.iter().copied());
            }
        }
    }
}

#[test]
fn damaged_files_of_every_format_are_errors_or_data() {
    let folder = tempfile::tempdir().unwrap();
    for (number, (name, format)) in GOOD.into_iter().enumerate() {
        let good = std::fs::read(fixture(name)).unwrap();
        let path = folder.path().join(Path::new(name).file_name().unwrap());
        let mut random = ChaCha8Rng::seed_from_u64(number as u64);
        let is_slow = matches!(format, FileFormat::Excel | FileFormat::Arrow | FileFormat::Parquet);
        for case in 0..if is_slow { FEW_CASES } else { CASES } {
            let mut bytes = good.clone();
            damage(&mut bytes, &mut random);
            std::fs::write(&path, bytes).unwrap();
            read_every_way(&path, (case % 2 == 0).then_some(format));
        }
    }
}

#[test]
fn random_bytes_are_errors_or_data_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(99);
    let begins: [&[u8]; 9] = [
        b"",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"ARROW1\0\0",
        b"PAR1",
        b"\x1f\x8b\x08",
        b"\x28\xb5\x2f\xfd",
        b"[{",
        b"\xff\xff\xff\xff\x40\x00\x00\x00",
    ];
    for (case, format) in (0..).zip(FileFormat::ALL.into_iter().cycle().take(8 * begins.len())) {
        let length = random.random_range(0..4096);
        let mut bytes = begins[case % begins.len()].to_vec();
        bytes.extend((0..length).map(|_| random.random::<u8>()));
        let path = folder.path().join("random");
        std::fs::write(&path, bytes).unwrap();
        read_every_way(&path, (case % 3 > 0).then_some(format));
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
    use crate::dataset::load::source::Source;
    let folder = tempfile::tempdir().unwrap();
    // Parquet is read through a mapping of the file, which the system itself watches over.
    for (name, _) in GOOD.into_iter().filter(|(_, format)| *format != FileFormat::Parquet) {
        let path = folder.path().join(Path::new(name).file_name().unwrap());
        let good = std::fs::read(fixture(name)).unwrap();
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
