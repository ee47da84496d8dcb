//! Hostile files: each gives an error, none a panic, a hang or a large allocation.

use std::io::Write;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use zip::write::SimpleFileOptions;

use super::*;

/// A state dict of one tensor `w`, `[2, 2]`, over storage `0`, as protocol 2 writes it.
fn state_dict(shape: [u8; 2], strides: [u8; 2], offset: u8) -> Vec<u8> {
    let mut pickle = b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01X\x01\x00\x00\x00w".to_vec();
    pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\n");
    pickle.extend(b"FloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQK");
    pickle.push(offset);
    for [a, b] in [shape, strides] {
        pickle.extend([b'K', a, b'K', b, 0x86]);
    }
    pickle.extend(b"\x89ccollections\nOrderedDict\n)RtRs.");
    pickle
}

fn archive(pickle: &[u8], values: &[f32]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let values: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    for (name, bytes) in [("m/data.pkl", pickle), ("m/data/0", &values)] {
        zip.start_file(name, stored).expect("an entry");
        zip.write_all(bytes).expect("its bytes");
    }
    zip.finish().expect("an archive").into_inner()
}

fn error(bytes: &[u8]) -> String {
    parse(bytes, Path::new("pytorch_model.bin")).expect_err("a bad file").to_string()
}

#[test]
fn a_tensor_is_read_by_its_strides() {
    let values = [1.0, 2.0, 3.0, 4.0];
    let read = |strides| {
        let file = archive(&state_dict([2, 2], strides, 0), &values);
        parse(&file, Path::new("x")).expect("read").tensors["w"].clone()
    };
    assert_eq!(read([2, 1]), HostTensor { shape: vec![2, 2], values: values.to_vec() });
    assert_eq!(read([1, 2]).values, [1.0, 3.0, 2.0, 4.0]);
}

#[test]
fn views_beyond_their_storage_are_refused() {
    let values = [0.0; 4];
    for (shape, strides, offset) in
        [([2, 3], [3, 1], 0), ([2, 2], [2, 1], 1), ([255, 255], [0, 0], 0), ([2, 2], [255, 1], 0)]
    {
        let text = error(&archive(&state_dict(shape, strides, offset), &values));
        assert!(text.contains("w reaches beyond its values"), "{text}");
    }
    let text = error(&archive(&state_dict([2, 2], [2, 1], 0), &values[..3]));
    assert!(text.contains("w reaches beyond"), "{text}");
}

#[test]
fn nothing_is_called() {
    for call in ["posix\nsystem\n", "builtins\neval\n", "torch\nload\n", "os\nsystem\n"] {
        let pickle = format!("\u{80}\u{2}c{call}(X\u{4}\0\0\0exit\u{85}R.");
        let pickle: Vec<u8> = pickle.chars().map(|letter| letter as u8).collect();
        let text = error(&archive(&pickle, &[]));
        assert!(text.contains("nothing was called"), "{text}");
    }
    let text = error(&archive(b"\x80\x02cbuiltins\nprint\n.", &[]));
    assert!(text.contains("builtins.print") && text.contains("pytorch_model.bin"), "{text}");
    // Other ways to name or make objects.
    for code in [b'i', b'o', 0x81, 0x92, 0x82, b'P'] {
        assert!(error(&archive(&[0x80, 2, code, b'.'], &[])).contains("instruction"));
    }
}

#[test]
fn a_foreign_file_is_told() {
    assert!(error(b"").contains("breaks off"));
    assert!(error(b"version https://git-lfs.github.com/spec/v1\n").contains("PyTorch"));
    assert!(error(&archive(b"\x80\x02K\x01.", &[])[..40]).contains("damaged or cut off"));
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("note.txt", SimpleFileOptions::default()).expect("an entry");
    let other = zip.finish().expect("an archive").into_inner();
    assert!(!error(&other).is_empty());
}

/// A long name that is remembered and used a hundred thousand times.
#[test]
fn long_names_are_not_copied() {
    let mut pickle = b"\x80\x02}X\x00\x00\x20\x00".to_vec();
    pickle.extend(vec![b'm'; 1 << 21]);
    pickle.extend(b"q\x00");
    for _ in 0..100_000 {
        pickle.extend(b"h\x00h\x00\x93");
    }
    assert!(error(&archive(&pickle, &[])).contains("absurdly long"));
}

/// A pickle that doubles what it remembers forty times over is a few hundred bytes, and stays so.
#[test]
fn references_are_not_copied() {
    let mut pickle = b"\x80\x02]q\x00".to_vec();
    for place in 1..40_u8 {
        pickle.extend([b'h', place - 1, b'h', place - 1, 0x86, b'q', place]);
    }
    pickle.push(b'.');
    assert!(archive_of(&pickle).tensors.is_empty());
    // A list within itself.
    assert!(archive_of(b"\x80\x02]q\x00h\x00a}q\x01.").tensors.is_empty());
}

fn archive_of(pickle: &[u8]) -> TensorFile {
    parse(&archive(pickle, &[]), Path::new("x")).expect("harmless")
}

/// Bytes changed, cut out, doubled and made up: the answer is a file or an error, at once.
#[test]
fn any_bytes_give_an_answer() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let pickle = state_dict([2, 2], [2, 1], 0);
    let whole = archive(&pickle, &[1.0, 2.0, 3.0, 4.0]);
    let codes = b"\x80\x95(01N\x88\x89KMJG\x8aXTU\x8c)\x85\x86\x87t]l}aesuqr\x94hjc\x93QRb.";
    for round in 0..20_000 {
        let mut bytes = if round % 2 == 0 { pickle.clone() } else { whole.clone() };
        for _ in 0..rng.random_range(1..6) {
            let at = rng.random_range(0..bytes.len());
            match rng.random_range(0..5) {
                0 => bytes[at] = rng.random(),
                1 => bytes[at] = codes[rng.random_range(0..codes.len())],
                2 => bytes.truncate(at.max(1)),
                3 => bytes[at] = 0xFF,
                _ => {
                    let end = rng.random_range(at..bytes.len().min(at + 40));
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        let bytes = if round % 2 == 0 { archive(&bytes, &[1.0; 4]) } else { bytes };
        if let Ok(file) = parse(&bytes, Path::new("x")) {
            let values: usize = file.tensors.values().map(|tensor| tensor.values.len()).sum();
            assert!(values <= bytes.len(), "{values} values from {} bytes", bytes.len());
        }
    }
    for _ in 0..5_000 {
        let length = rng.random_range(0..200);
        let made_up: Vec<u8> =
            (0..length).map(|_| codes[rng.random_range(0..codes.len())]).collect();
        let _ = pickle::read(&made_up);
        let _ = parse(&made_up, Path::new("x"));
    }
}
