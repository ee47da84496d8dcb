use std::io::{Cursor, Write as _};

use super::*;

const WORK: u8 = 2;

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).unwrap()
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 % 251) as u8).collect()
}

fn sealed(length: usize) -> Vec<u8> {
    encrypt(&content(length), &passphrase("correct horse"), WORK).unwrap()
}

fn opened(file: &[u8]) -> Result<Vec<u8>, AgeError> {
    decrypt(file, &passphrase("correct horse")).map(|bytes| bytes.to_vec())
}

#[test]
fn every_length_comes_back_as_it_was() {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7] {
        assert_eq!(opened(&sealed(length)).unwrap(), content(length), "{length}");
    }
}

#[test]
fn it_does_not_matter_how_much_is_written_at_once() {
    let mut writer = AgeWriter::new(Vec::new(), &passphrase("correct horse"), WORK).unwrap();
    for piece in content(CHUNK + 500).chunks(777) {
        writer.write_all(piece).unwrap();
    }
    assert_eq!(opened(&writer.finish().unwrap()).unwrap(), content(CHUNK + 500));
}

#[test]
fn any_place_can_be_read() {
    let file = sealed(3 * CHUNK + 10);
    let mut reader = AgeReader::open(Cursor::new(file), &passphrase("correct horse")).unwrap();
    assert_eq!(reader.len(), 3 * CHUNK as u64 + 10);
    let whole = content(3 * CHUNK + 10);
    for (at, length) in [(2 * CHUNK - 3, 20), (0, 5), (3 * CHUNK, 10), (CHUNK, CHUNK), (7, 0)] {
        let mut part = vec![0; length];
        reader.read_exact_at(at as u64, &mut part).unwrap();
        assert_eq!(part, whole[at..at + length], "{at}");
    }
    let past = reader.read_exact_at(3 * CHUNK as u64 + 5, &mut [0; 6]).unwrap_err();
    assert!(
        matches!(past, AgeError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof)
    );
}

#[test]
fn another_passphrase_is_told() {
    let error = decrypt(&sealed(10), &passphrase("Correct horse")).unwrap_err();
    assert!(matches!(error, AgeError::WrongPassphrase), "{error}");
}

#[test]
fn every_changed_byte_is_found() {
    let good = sealed(40);
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert!(opened(&bad).is_err(), "byte {at} of {}", good.len());
    }
}

#[test]
fn files_that_are_cut_off_or_go_on_are_found() {
    let good = sealed(2 * CHUNK + 10);
    let payload = good.len() - (2 * CHUNK + 10 + 3 * TAG);
    let ends = [0, 10, payload - 1, payload, payload + CHUNK + TAG, good.len() - 1];
    for end in ends {
        assert!(opened(&good[..end]).is_err(), "{end} bytes of {}", good.len());
    }
    assert!(opened(&[good.as_slice(), b"x"].concat()).is_err());
    let mut swapped = good.clone();
    let (first, rest) = swapped[payload..].split_at_mut(CHUNK + TAG);
    first.swap_with_slice(&mut rest[..CHUNK + TAG]);
    assert!(opened(&swapped).is_err(), "chunks in another order");
}

#[test]
fn what_is_no_such_file_is_told_apart() {
    let with = |stanza: &str| {
        let body = "A".repeat(43);
        format!("age-encryption.org/v1\n{stanza}\n{body}\n--- {body}\n").into_bytes()
    };
    assert!(matches!(opened(b"PK\x03\x04").unwrap_err(), AgeError::NotAge));
    assert!(matches!(opened(&[]).unwrap_err(), AgeError::NotAge));
    assert!(matches!(opened(&with("-> X25519 abc")).unwrap_err(), AgeError::OtherRecipient));
    let salt = "A".repeat(22);
    let hard = opened(&with(&format!("-> scrypt {salt} 40"))).unwrap_err();
    assert!(matches!(hard, AgeError::TooHard { log_n: 40 }), "no memory is asked for");
    for work in ["0", "-1", "018", "x", "999", ""] {
        let bad = opened(&with(&format!("-> scrypt {salt} {work}"))).unwrap_err();
        assert!(matches!(bad, AgeError::Damaged(_)), "{work}: {bad}");
    }
}

#[test]
fn no_two_files_are_alike() {
    let (one, other) = (sealed(40), sealed(40));
    assert_ne!(one[..100], other[..100]);
    assert_ne!(one[one.len() - 56..], other[other.len() - 56..]);
}

/// Written by pyrage: `scripts/golden/age.py`.
#[test]
fn a_file_of_another_program_is_read() {
    let file = include_bytes!("../../../tests/golden/age/passphrase.age");
    let text = decrypt(file, &passphrase("a passphrase, ähnlich wie 口令")).unwrap();
    let expected: Vec<u8> = (0..66_000_u32).map(|at| (at % 251) as u8).collect();
    assert_eq!(*text, expected);
}
