//! Matrix products on the tile unit of Intel server processors (AMX), at close to 32-bit precision.
//!
//! The unit multiplies 16-bit brain floats. Each 32-bit value is taken apart into the nearest brain float
//! and the brain float nearest to what is left, 16 bits of mantissa together, and
//! `a b ≈ a₁ b₁ + a₁ b₂ + a₂ b₁` with a relative error of about 2⁻¹⁷ per product; sums run in 32 bits.
//! Three products on this unit still take less time than one on the vector units (the scheme is
//! `BF16_3X` of XLA and oneDNN).
//!
//! With [`Parts::One`] the nearest brain floats alone are multiplied: 8 bits of mantissa, a third of the
//! work and half of the memory, which is what mixed-precision training does (Kalamkar et al. 2019).
//!
//! A product is cut into blocks of 32 x 32 results and a depth of 32. The operands are laid out as blocks of
//! [`Tile`]s beforehand; what is missing at an edge is filled with zeros.

#![expect(unsafe_code, reason = "tile instructions have no safe form")]

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;
use std::cell::Cell;
use std::sync::OnceLock;

use super::brain::{pairs_of_neighbours, pairs_of_rows, upper};
use super::matmul::{Into, View, copy_edge, with_kept};
use super::multiversion::multiversion;

/// Rows of a tile, and 32-bit words of a row.
const TILE: usize = 16;
/// Values along the inner size in one tile: two to a word.
const DEPTH: usize = 32;
/// Rows or columns of results of one block: two tiles.
const SIDE: usize = 2 * TILE;
/// Blocks along the inner size between writes of results.
const STEPS: usize = 12;

/// 16 rows of 16 words.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tile([u32; TILE * TILE]);

impl Tile {
    const ZERO: Self = Self([0; TILE * TILE]);
}

/// How many brain floats stand for a value.
///
/// A block holds `SIDE` rows (or columns) and `DEPTH` inner values: for either half of the rows a tile of first
/// parts and, where there are two, one of second parts. On the left the second parts come first, because the
/// kernel wants them first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parts {
    /// The nearest one.
    One,
    /// That and what is left.
    Two,
}

impl Parts {
    /// Tiles of a block.
    const fn tiles(self) -> usize {
        match self {
            Self::One => 2,
            Self::Two => 4,
        }
    }
}

/// Whether this machine has the unit and the system lets this process use it.
pub(super) fn is_available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| has_unit() && ask_system())
}

/// Leaf 7: bit 22 of EDX is AMX-BF16, bit 24 AMX-TILE.
fn has_unit() -> bool {
    const WANTED: u32 = 1 << 22 | 1 << 24;
    super::multiversion::has_avx512() && __cpuid_count(7, 0).edx & WANTED == WANTED
}

/// Linux hands out the unit's large registers on request only, once for all threads of a process.
fn ask_system() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const ARCH_REQ_XCOMP_PERM: i64 = 0x1023;
    const XFEATURE_XTILEDATA: i64 = 18;
    let answer: i64;
    // SAFETY: the call changes nothing but the permission; its registers are named.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => answer,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") XFEATURE_XTILEDATA,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    answer == 0
}

/// The tile registers of this thread, set up while this lives.
struct Registers;

#[repr(C, align(64))]
struct Shapes([u8; 64]);

impl Registers {
    /// All eight registers as full tiles. Must not be called unless [`is_available`].
    fn set_up() -> Self {
        let mut shapes = Shapes([0; 64]);
        shapes.0[0] = 1; // palette
        for register in 0..8 {
            shapes.0[16 + 2 * register] = (TILE * size_of::<u32>()) as u8;
            shapes.0[48 + register] = TILE as u8;
        }
        // SAFETY: the unit is there and allowed; the 64 bytes are a valid description.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const shapes, options(nostack, readonly)) };
        Self
    }
}

impl Drop for Registers {
    fn drop(&mut self) {
        // SAFETY: gives the registers back, which saves the system from keeping 8 KiB per switch of threads.
        unsafe { asm!("tilerelease", options(nostack, nomem)) };
    }
}

/// A right-hand matrix `[depth, columns]` in panels of 32 columns, each `[depth / 32]` blocks.
pub(super) fn right_blocks(matrix: View<'_>, parts: Parts) -> Vec<Tile> {
    let (depth, columns) = (matrix.rows(), matrix.columns());
    let steps = depth.div_ceil(DEPTH);
    let mut tiles = vec![Tile::ZERO; columns.div_ceil(SIDE) * steps * parts.tiles()];
    for (index, block) in tiles.chunks_exact_mut(parts.tiles()).enumerate() {
        let (panel, step) = (index / steps, index % steps);
        let (firsts, seconds) = block.split_at_mut(2);
        for (half, first) in firsts.iter_mut().enumerate() {
            let column = panel * SIDE + half * TILE;
            if column < columns {
                let second = seconds.get_mut(half);
                fill(matrix, [step * DEPTH, column], Order::Down, first, second);
            }
        }
    }
    tiles
}

/// A left-hand matrix in bands of 32 rows, each `[depth / 32]` blocks.
fn left_blocks(tiles: &mut Vec<Tile>, matrix: View<'_>, parts: Parts) {
    let (rows, depth) = (matrix.rows(), matrix.columns());
    let steps = depth.div_ceil(DEPTH);
    tiles.resize(rows.div_ceil(SIDE) * steps * parts.tiles(), Tile::ZERO);
    let inner_first = matrix.transposed();
    for (index, block) in tiles.chunks_exact_mut(parts.tiles()).enumerate() {
        let (band, step) = (index / steps, index % steps);
        let (seconds, firsts) = block.split_at_mut(parts.tiles() - 2);
        for (half, first) in firsts.iter_mut().enumerate() {
            let row = band * SIDE + half * TILE;
            let second = seconds.get_mut(half);
            if row < rows {
                fill(inner_first, [step * DEPTH, row], Order::Across, first, second);
            } else {
                *first = Tile::ZERO;
                second.into_iter().for_each(|second| *second = Tile::ZERO);
            }
        }
    }
}

/// How the words of a tile lie. Each word holds two neighbouring inner values of one row or column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// `[pair][column]`, as a right-hand tile wants it.
    Down,
    /// `[row][pair]`, as a left-hand tile wants it.
    Across,
}

/// Takes apart `matrix[inner.., column..]`, 32 inner values of 16 columns.
fn fill(
    matrix: View<'_>,
    [inner, column]: [usize; 2],
    wanted: Order,
    first: &mut Tile,
    mut second: Option<&mut Tile>,
) {
    let depth = DEPTH.min(matrix.rows() - inner);
    let columns = TILE.min(matrix.columns() - column);
    let found = if let Some(stride) = matrix.row_stride_if_contiguous() {
        let values = &matrix.values()[inner * stride + column..];
        if (depth, columns) == (DEPTH, TILE) {
            rows_apart(values, stride, first, second.as_deref_mut());
        } else {
            let padded = padded::<TILE>(values, stride, depth, columns);
            rows_apart(&padded, TILE, first, second.as_deref_mut());
        }
        Order::Down
    } else {
        let stride = matrix.transposed().row_stride_if_contiguous();
        let stride = stride.expect("the elements of rows or of columns lie together");
        let values = &matrix.values()[column * stride + inner..];
        if (depth, columns) == (DEPTH, TILE) {
            neighbours_apart(values, stride, first, second.as_deref_mut());
        } else {
            let padded = padded::<DEPTH>(values, stride, columns, depth);
            neighbours_apart(&padded, DEPTH, first, second.as_deref_mut());
        }
        Order::Across
    };
    if found != wanted {
        turn(first);
        second.into_iter().for_each(turn);
    }
}

fn rows_apart(values: &[f32], stride: usize, first: &mut Tile, second: Option<&mut Tile>) {
    match second {
        Some(second) => take_apart_rows(values, stride, first, second),
        None => round_rows(values, stride, first),
    }
}

fn neighbours_apart(values: &[f32], stride: usize, first: &mut Tile, second: Option<&mut Tile>) {
    match second {
        Some(second) => take_apart_neighbours(values, stride, first, second),
        None => round_neighbours(values, stride, first),
    }
}

/// `rows` by `columns` values, filled up with zeros to rows of `WIDTH` and to a whole tile.
fn padded<const WIDTH: usize>(
    values: &[f32],
    stride: usize,
    rows: usize,
    columns: usize,
) -> [f32; DEPTH * TILE] {
    let mut padded = [0.0; DEPTH * TILE];
    for (target, row) in padded.chunks_exact_mut(WIDTH).zip(values.chunks(stride)).take(rows) {
        target[..columns].copy_from_slice(&row[..columns]);
    }
    padded
}

/// Both parts of two values, packed as words.
#[inline(always)]
fn parts(a: f32, b: f32) -> (u32, u32) {
    let (a_first, b_first) = (upper(a), upper(b));
    let a_second = upper(a - f32::from_bits(a_first));
    let b_second = upper(b - f32::from_bits(b_first));
    (a_first >> 16 | b_first, a_second >> 16 | b_second)
}

multiversion! {
    /// Pairs are rows `2i` and `2i + 1` of `[32, 16]` values, rows lying `stride` apart.
    fn take_apart_rows(values: &[f32], stride: usize, first: &mut Tile, second: &mut Tile) {
        for pair in 0..TILE {
            let above = &values[2 * pair * stride..][..TILE];
            let below = &values[(2 * pair + 1) * stride..][..TILE];
            let at = pair * TILE..(pair + 1) * TILE;
            let (first, second) = (&mut first.0[at.clone()], &mut second.0[at]);
            for column in 0..TILE {
                let (one, two) = parts(above[column], below[column]);
                first[column] = one;
                second[column] = two;
            }
        }
    }
}

multiversion! {
    /// Pairs are neighbours in `[16, 32]` values, rows lying `stride` apart.
    fn take_apart_neighbours(values: &[f32], stride: usize, first: &mut Tile, second: &mut Tile) {
        for row in 0..TILE {
            let values = &values[row * stride..][..DEPTH];
            let at = row * TILE..(row + 1) * TILE;
            let (first, second) = (&mut first.0[at.clone()], &mut second.0[at]);
            for pair in 0..TILE {
                let (one, two) = parts(values[2 * pair], values[2 * pair + 1]);
                first[pair] = one;
                second[pair] = two;
            }
        }
    }
}

/// [`take_apart_rows`] without what is left.
fn round_rows(values: &[f32], stride: usize, first: &mut Tile) {
    for (pair, words) in first.0.chunks_exact_mut(TILE).enumerate() {
        let rows = [2 * pair, 2 * pair + 1].map(|row| &values[row * stride..][..TILE]);
        pairs_of_rows(rows[0], rows[1], words);
    }
}

/// [`take_apart_neighbours`] without what is left.
fn round_neighbours(values: &[f32], stride: usize, first: &mut Tile) {
    for (row, words) in first.0.chunks_exact_mut(TILE).enumerate() {
        pairs_of_neighbours(&values[row * stride..][..DEPTH], words);
    }
}

/// Transposes a tile in place.
fn turn(tile: &mut Tile) {
    for row in 1..TILE {
        for column in 0..row {
            tile.0.swap(row * TILE + column, column * TILE + row);
        }
    }
}

/// `out (+)= a b`; `b` as [`right_blocks`] lays it out, `out` with rows `out_stride` apart. The caller has
/// checked the shapes.
pub(super) fn multiply_blocks(
    out: &mut [f32],
    out_stride: usize,
    into: Into,
    a: View<'_>,
    (b, parts): (&[Tile], Parts),
    columns: usize,
) {
    let steps = a.columns().div_ceil(DEPTH);
    let product = match parts {
        Parts::One => block_product_of_one,
        Parts::Two => block_product_of_two,
    };
    let size = parts.tiles();
    thread_local! {
        static BANDS: Cell<Vec<Tile>> = const { Cell::new(Vec::new()) };
    }
    with_kept(&BANDS, |bands| {
        left_blocks(bands, a, parts);
        let _registers = Registers::set_up();
        let mut edge = [0.0; SIDE * SIDE];
        for first in (0..steps).step_by(STEPS) {
            let adds = into == Into::Add || first > 0;
            let some = first * size..(first + STEPS).min(steps) * size;
            for (panel, right) in b.chunks_exact((steps * size).max(1)).enumerate() {
                for (band, left) in bands.chunks_exact(steps * size).enumerate() {
                    let (row, column) = (band * SIDE, panel * SIDE);
                    let (rows, width) = (SIDE.min(a.rows() - row), SIDE.min(columns - column));
                    let target = &mut out[row * out_stride + column..];
                    let (left, right) = (&left[some.clone()], &right[some.clone()]);
                    if (rows, width) == (SIDE, SIDE) {
                        assert!(target.len() >= (SIDE - 1) * out_stride + SIDE, "a whole block");
                        // SAFETY: the registers are set up, and the assertion holds the block inside `out`.
                        unsafe { product(target.as_mut_ptr(), out_stride, left, right, adds) };
                    } else {
                        // SAFETY: as above, the edge having room for a whole block.
                        unsafe { product(edge.as_mut_ptr(), SIDE, left, right, false) };
                        copy_edge(target, out_stride, &edge, SIDE, rows, width, adds);
                    }
                }
            }
        }
    });
}

/// Define a function that makes 32 x 32 results at `out`, whose rows lie `stride` values apart: replaced, or
/// added to. `$block` instructions work on one block of `$bytes` bytes of either side, `{a}` and `{b}`.
///
/// # Safety
/// The registers are set up, `left` and `right` are equally many blocks of as many tiles as the instructions
/// read, and the 32 rows of 32 values at `out` may be written.
macro_rules! block_product {
    ($name:ident, $parts:expr, $bytes:literal, $($block:literal),+ $(,)?) => {
        unsafe fn $name(out: *mut f32, stride: usize, left: &[Tile], right: &[Tile], adds: bool) {
            let row_bytes = stride * size_of::<f32>();
            // SAFETY: the caller's promise; the loop walks by the size of a block.
            unsafe {
                let lower = out.byte_add(TILE * row_bytes);
                if adds {
                    asm!(
                        "tileloadd tmm0, [{upper} + {row}]",
                        "tileloadd tmm1, [{upper} + {row} + 64]",
                        "tileloadd tmm2, [{lower} + {row}]",
                        "tileloadd tmm3, [{lower} + {row} + 64]",
                        upper = in(reg) out, lower = in(reg) lower, row = in(reg) row_bytes,
                        options(nostack, readonly),
                    );
                } else {
                    asm!(
                        "tilezero tmm0",
                        "tilezero tmm1",
                        "tilezero tmm2",
                        "tilezero tmm3",
                        options(nostack, nomem),
                    );
                }
                asm!(
                    "2:",
                    $($block,)+
                    concat!("add {a}, ", $bytes),
                    concat!("add {b}, ", $bytes),
                    "dec {count}",
                    "jnz 2b",
                    a = inout(reg) left.as_ptr() => _,
                    b = inout(reg) right.as_ptr() => _,
                    count = inout(reg) left.len() / $parts.tiles() => _,
                    row = in(reg) TILE * size_of::<u32>(),
                    options(nostack, readonly),
                );
                asm!(
                    "tilestored [{upper} + {row}], tmm0",
                    "tilestored [{upper} + {row} + 64], tmm1",
                    "tilestored [{lower} + {row}], tmm2",
                    "tilestored [{lower} + {row} + 64], tmm3",
                    upper = in(reg) out, lower = in(reg) lower, row = in(reg) row_bytes,
                    options(nostack),
                );
            }
        }
    };
}

block_product!(
    block_product_of_two,
    Parts::Two,
    "4096",
    // Second parts of the left with first parts of the right,
    "tileloadd tmm4, [{a} + {row}]",
    "tileloadd tmm6, [{b} + {row}]",
    "tileloadd tmm7, [{b} + {row} + 1024]",
    "tdpbf16ps tmm0, tmm4, tmm6",
    "tdpbf16ps tmm1, tmm4, tmm7",
    "tileloadd tmm5, [{a} + {row} + 1024]",
    "tdpbf16ps tmm2, tmm5, tmm6",
    "tdpbf16ps tmm3, tmm5, tmm7",
    // first with first,
    "tileloadd tmm4, [{a} + {row} + 2048]",
    "tdpbf16ps tmm0, tmm4, tmm6",
    "tdpbf16ps tmm1, tmm4, tmm7",
    "tileloadd tmm5, [{a} + {row} + 3072]",
    "tdpbf16ps tmm2, tmm5, tmm6",
    "tdpbf16ps tmm3, tmm5, tmm7",
    // first with second.
    "tileloadd tmm6, [{b} + {row} + 2048]",
    "tdpbf16ps tmm0, tmm4, tmm6",
    "tdpbf16ps tmm2, tmm5, tmm6",
    "tileloadd tmm7, [{b} + {row} + 3072]",
    "tdpbf16ps tmm1, tmm4, tmm7",
    "tdpbf16ps tmm3, tmm5, tmm7",
);

block_product!(
    block_product_of_one,
    Parts::One,
    "2048",
    "tileloadd tmm4, [{a} + {row}]",
    "tileloadd tmm6, [{b} + {row}]",
    "tileloadd tmm7, [{b} + {row} + 1024]",
    "tdpbf16ps tmm0, tmm4, tmm6",
    "tdpbf16ps tmm1, tmm4, tmm7",
    "tileloadd tmm5, [{a} + {row} + 1024]",
    "tdpbf16ps tmm2, tmm5, tmm6",
    "tdpbf16ps tmm3, tmm5, tmm7",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_parts_hold_sixteen_bits() {
        for value in [1.0, -0.3, 1234.567, 1e-20, -7.5e12, 0.0] {
            let (first, second) = parts(value, -value);
            let sum = f32::from_bits(first << 16) + f32::from_bits(second << 16);
            assert!((sum - value).abs() <= value.abs() / 65_536.0, "{value} became {sum}");
            let sum = f32::from_bits(first & 0xFFFF_0000) + f32::from_bits(second & 0xFFFF_0000);
            assert!((sum + value).abs() <= value.abs() / 65_536.0, "{value} became {sum}");
        }
    }

    #[test]
    fn a_tile_turned_twice_is_itself() {
        let tile = Tile(std::array::from_fn(|at| at as u32));
        let mut turned = tile;
        turn(&mut turned);
        assert_eq!((turned.0[1], turned.0[TILE]), (16, 1));
        turn(&mut turned);
        assert_eq!(turned, tile);
    }
}
