//! scrypt (RFC 7914): a key out of a passphrase, at a price in time and memory.

use std::num::NonZeroU32;

use ring::pbkdf2;
use zeroize::{Zeroize, Zeroizing};

/// Words of one Salsa20 block.
const WORDS: usize = 16;

type Block = [u32; WORDS];

/// There is not the memory that the work factor asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLittleMemory;

/// Fills `key` with scrypt of a passphrase and a salt: `N = 2^log_n` steps over blocks of `128 r` bytes,
/// `p` times. Takes `128 r 2^log_n` bytes of memory.
pub(super) fn scrypt(
    passphrase: &[u8],
    salt: &[u8],
    (log_n, r, p): (u8, usize, usize),
    key: &mut [u8],
) -> Result<(), TooLittleMemory> {
    let width = 2 * r;
    let mut bytes = Zeroizing::new(vec![0; 4 * WORDS * width * p]);
    derive(passphrase, salt, &mut bytes);
    let mut table = Table::new(width, 1 << log_n)?;
    for part in bytes.chunks_exact_mut(4 * WORDS * width) {
        let mut state: Vec<Block> = part.as_chunks().0.iter().map(block_of).collect();
        mix(&mut state, &mut table);
        for (bytes, block) in part.as_chunks_mut().0.iter_mut().zip(&state) {
            *bytes = bytes_of(block);
        }
        state.zeroize();
    }
    derive(passphrase, &bytes, key);
    Ok(())
}

/// PBKDF2-HMAC-SHA-256 of one round.
fn derive(passphrase: &[u8], salt: &[u8], out: &mut [u8]) {
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, NonZeroU32::MIN, salt, passphrase, out);
}

fn block_of(bytes: &[u8; 4 * WORDS]) -> Block {
    let words = bytes.as_chunks::<4>().0;
    std::array::from_fn(|at| u32::from_le_bytes(words[at]))
}

fn bytes_of(block: &Block) -> [u8; 4 * WORDS] {
    std::array::from_fn(|at| block[at / 4].to_le_bytes()[at % 4])
}

/// The states that were gone through, to be looked up again.
struct Table {
    width: usize,
    rows: Vec<Block>,
}

impl Table {
    fn new(width: usize, n: usize) -> Result<Self, TooLittleMemory> {
        let blocks = width.checked_mul(n).ok_or(TooLittleMemory)?;
        let mut rows = Vec::new();
        rows.try_reserve_exact(blocks).map_err(|_| TooLittleMemory)?;
        rows.resize(blocks, [0; WORDS]);
        Ok(Self { width, rows })
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.rows.zeroize();
    }
}

/// `scryptROMix`.
fn mix(state: &mut Vec<Block>, table: &mut Table) {
    let width = table.width;
    let n = table.rows.len() / width;
    let mut next = state.clone();
    for row in table.rows.chunks_exact_mut(width) {
        row.copy_from_slice(state);
        mix_blocks(state, &mut next);
        std::mem::swap(state, &mut next);
    }
    for _ in 0..n {
        // `n` is a power of two and at most 2^32: the first word of the last block says which.
        let row = state[width - 1][0] as usize & (n - 1);
        for (block, other) in state.iter_mut().zip(&table.rows[row * width..]) {
            *block = xor(block, other);
        }
        mix_blocks(state, &mut next);
        std::mem::swap(state, &mut next);
    }
    next.zeroize();
}

/// `scryptBlockMix`: even blocks of the result come first, then the odd ones.
fn mix_blocks(state: &[Block], next: &mut [Block]) {
    let mut running = state[state.len() - 1];
    let (even, odd) = next.split_at_mut(state.len() / 2);
    let pairs = state.as_chunks::<2>().0;
    for ([first, second], (even, odd)) in pairs.iter().zip(even.iter_mut().zip(odd)) {
        running = salsa20_8(xor(&running, first));
        *even = running;
        running = salsa20_8(xor(&running, second));
        *odd = running;
    }
}

#[inline(always)]
fn xor(one: &Block, other: &Block) -> Block {
    std::array::from_fn(|at| one[at] ^ other[at])
}

/// The Salsa20/8 core.
#[inline(always)]
fn salsa20_8(block: Block) -> Block {
    let mut x = block;
    for _ in 0..4 {
        quarter_round(&mut x, 0, 4, 8, 12);
        quarter_round(&mut x, 5, 9, 13, 1);
        quarter_round(&mut x, 10, 14, 2, 6);
        quarter_round(&mut x, 15, 3, 7, 11);
        quarter_round(&mut x, 0, 1, 2, 3);
        quarter_round(&mut x, 5, 6, 7, 4);
        quarter_round(&mut x, 10, 11, 8, 9);
        quarter_round(&mut x, 15, 12, 13, 14);
    }
    std::array::from_fn(|at| block[at].wrapping_add(x[at]))
}

#[inline(always)]
fn quarter_round(x: &mut Block, a: usize, b: usize, c: usize, d: usize) {
    x[b] ^= x[a].wrapping_add(x[d]).rotate_left(7);
    x[c] ^= x[b].wrapping_add(x[a]).rotate_left(9);
    x[d] ^= x[c].wrapping_add(x[b]).rotate_left(13);
    x[a] ^= x[d].wrapping_add(x[c]).rotate_left(18);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        use std::fmt::Write as _;
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// RFC 7914, section 8.
    #[test]
    fn the_core_gives_the_vector_of_the_standard() {
        let input = "7e879a214f3ec9867ca940e641718f26baee555b8c61c1b50df846116dcd3b1d\
                     ee24f319df9b3d8514121e4b5ac5aa3276021d2909c74829edebc68db8b8c25e";
        let byte = |at: usize| u8::from_str_radix(&input[2 * at..2 * at + 2], 16).unwrap();
        let bytes = bytes_of(&salsa20_8(block_of(&std::array::from_fn(byte))));
        assert_eq!(
            hex(&bytes),
            "a41f859c6608cc993b81cacb020cef05044b2181a2fd337dfd7b1c6396682f29\
             b4393168e3c9e6bcfe6bc5b7a06d96bae424cc102c91745c24ad673dc7618f81"
        );
    }

    /// RFC 7914, section 12; the fourth vector takes a GiB and is left out.
    #[test]
    fn keys_are_those_of_the_standard() {
        let vectors = [
            (
                "",
                "",
                (4, 1, 1),
                "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442\
                 fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906",
            ),
            (
                "password",
                "NaCl",
                (10, 8, 16),
                "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162\
                 2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
            ),
            (
                "pleaseletmein",
                "SodiumChloride",
                (14, 8, 1),
                "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2\
                 d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
            ),
        ];
        for (passphrase, salt, cost, expected) in vectors {
            let mut key = [0; 64];
            scrypt(passphrase.as_bytes(), salt.as_bytes(), cost, &mut key).unwrap();
            assert_eq!(hex(&key), expected, "{passphrase:?}");
        }
    }

    #[test]
    fn memory_that_is_not_there_is_refused() {
        let refused = scrypt(b"x", b"y", (60, 8, 1), &mut [0; 32]);
        assert_eq!(refused, Err(TooLittleMemory));
    }
}
