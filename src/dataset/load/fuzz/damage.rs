//! Bytes changed at random, with an eye for what means something to a reader.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Pieces that begin, end or count something in one format or another.
const TELLING: &[&[u8]] = &[
    b"\"",
    b"\n",
    b"\r\n",
    b",",
    b";",
    b"\t",
    b"::",
    b"{",
    b"[",
    b"}",
    b"]",
    b":null",
    b"\\u0000",
    b"\\ud800",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x7f",
    b"\0",
    b"\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"<a ",
    b"&#x110000;",
    b"99999999999999999999",
    b"-1",
    b"1e999",
    b"9999-99-99",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\xc3\x28",
];

/// What files of the formats begin with.
const BEGINS: [&[u8]; 10] = [
    b"",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"ARROW1\0\0",
    b"PAR1",
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"[{",
    b"user_id:token\titem_id:token\n",
    b"\xff\xff\xff\xff\x40\x00\x00\x00",
];

/// Random bytes behind what some format begins with.
pub(super) fn noise(random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = BEGINS[random.random_range(0..BEGINS.len())].to_vec();
    let length = random.random_range(0..4096);
    bytes.extend((0..length).map(|_| random.random::<u8>()));
    bytes
}

/// Flips, changes, cuts, doubles, moves or fills in some bytes; pieces of `other` are put in.
pub(super) fn damage(bytes: &mut Vec<u8>, other: &[u8], random: &mut ChaCha8Rng) {
    for _ in 0..random.random_range(1..6) {
        if bytes.is_empty() {
            return;
        }
        let at = random.random_range(0..bytes.len());
        match random.random_range(0..8) {
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
            5 if !other.is_empty() => {
                let from = random.random_range(0..other.len());
                let end = (from + random.random_range(1..256)).min(other.len());
                bytes.splice(at..at, other[from..end].iter().copied());
            }
            6 => {
                // Numbers of lengths and places are small and little-endian.
                let end = (at + 4).min(bytes.len());
                let number = random.random::<u32>() >> random.random_range(0..32);
                bytes[at..end].copy_from_slice(&number.to_le_bytes()[..end - at]);
            }
            _ => {
                let word = TELLING[random.random_range(0..TELLING.len())];
                let end = (at + word.len()).min(bytes.len());
                bytes.splice(at..end, word.iter().copied());
            }
        }
    }
}
