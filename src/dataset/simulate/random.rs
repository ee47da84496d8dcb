//! Random numbers whose every bit is fixed by the seed, on every platform and in every version of
//! the generator's crate: only the raw `ChaCha8` words are used.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Streams below this number belong to shoppers; those above to the shop itself.
pub const SHOP_STREAM: u64 = 1 << 63;

/// One stream of random numbers.
#[derive(Debug)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// The numbers of one `stream` under `seed`; streams do not overlap.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut key = *b"shelfwise simulated shop, v1....";
        key[24..].copy_from_slice(&seed.to_le_bytes());
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(stream);
        Self(generator)
    }

    /// Uniform in `0..1`, 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in `0..n`; `n` must not be 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.unit() * n as f64) as usize).min(n - 1)
    }

    /// Uniform in `low..=high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as usize) as i64
    }

    /// Close to standard normal: the sum of six uniforms, which needs no library function whose
    /// last bit differs between platforms.
    pub fn normal(&mut self) -> f64 {
        let sum: f64 = (0..6).map(|_| self.unit()).sum();
        (sum - 3.0) * std::f64::consts::SQRT_2
    }

    /// One of `options`, which must not be empty.
    pub fn pick<'a, T>(&mut self, options: &'a [T]) -> &'a T {
        &options[self.below(options.len())]
    }

    /// One of some texts, which must not be none.
    pub fn pick_text<'a, T: AsRef<str>>(&mut self, options: &'a [T]) -> &'a str {
        options[self.below(options.len())].as_ref()
    }

    /// A position drawn in proportion to `weights`; `None` if no weight is positive.
    pub fn weighted(&mut self, weights: &[f64]) -> Option<usize> {
        let total: f64 = weights.iter().sum();
        if total <= 0.0 {
            return None;
        }
        let mut left = self.unit() * total;
        for (position, &weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 && weight > 0.0 {
                return Some(position);
            }
        }
        weights.iter().rposition(|&weight| weight > 0.0)
    }

    /// A position drawn from running sums (`sums[i]` is the total up to and including `i`).
    pub fn cumulative(&mut self, sums: &[f64]) -> Option<usize> {
        let total = *sums.last()?;
        let at = self.unit() * total;
        Some(sums.partition_point(|&sum| sum <= at).min(sums.len() - 1))
    }

    /// Put `values` in random order.
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last + 1));
        }
    }
}

/// A well-mixed 64-bit hash of two numbers (`SplitMix64` finaliser).
pub const fn mix(a: u64, b: u64) -> u64 {
    let mut z = a ^ b.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A fixed number in `-1..1` for a pair, such as how much one shopper likes one brand.
pub fn leaning(a: u64, b: u64) -> f64 {
    (mix(a, b) >> 11) as f64 * (2.0 / 9_007_199_254_740_992.0) - 1.0
}
