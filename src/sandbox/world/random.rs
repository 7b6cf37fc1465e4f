//! Chance that can be repeated: a SplitMix64 generator.
//!
//! Not for secrets. The same seed gives the same sequence on every machine and in every release.

/// A sequence of numbers that its seed decides.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A sequence of its own for one topic, so that a change in another topic leaves it alone.
    pub fn topic(seed: u64, name: &str) -> Self {
        let mixed = name
            .bytes()
            .fold(seed, |seed, byte| Self(seed ^ u64::from(byte)).next());
        Self(mixed)
    }

    /// The next number, any of them.
    #[expect(
        clippy::should_implement_trait,
        reason = "an endless sequence needs no `Option`"
    )]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `bound`, which must not be 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let scaled = (u128::from(self.next()) * bound as u128) >> 64;
        usize::try_from(scaled).expect("below `bound`, which is one")
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from(high - low + 1).expect("`low` does not exceed `high`");
        low + i64::try_from(self.below(span)).expect("within the span")
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`, which must not be empty.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// A word of letters and digits.
    pub fn word(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 62] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..length)
            .map(|_| char::from(*self.pick(ALPHABET)))
            .collect()
    }
}
