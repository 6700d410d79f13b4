//! Chance that repeats itself: the same seed gives the same draws on every machine and with every release.
//! Knows nothing of clinics.
//!
//! The generator is `Xoshiro256PlusPlus`, which the `rand` crate names as portable; `StdRng` and `SmallRng` may become
//! another algorithm in any release. `rand`'s ranges and shuffles are left alone for the same reason: their way from
//! bits to values may change with a minor version, so the few that are needed stand here.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

/// A seeded source of draws.
pub(super) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// Draws for one purpose: each `stream` of a seed is independent, so that a change in how names are drawn does not
    /// move every appointment.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mixed = seed ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    /// A number from 0 up to but without `bound` (0 when `bound` is 0). Scaling the upper 32 bits leaves a bias below
    /// one in four thousand million times `bound`, which no one will see in sample data.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let upper = u128::from(self.0.next_u64());
        ((upper * bound as u128) >> 64) as usize
    }

    /// A number from `low` to `high`, both included; `low` when they are the wrong way round.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).saturating_add(1).max(1);
        low + self.below(width as usize) as i64
    }

    /// True in `percent` of a hundred cases.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `items`, which must not be empty.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// The place of one of `weights`, each as likely as its weight; the last when all are zero.
    pub(super) fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> usize {
        let total: u64 = weights.clone().map(u64::from).sum();
        let mut left = self.below(total as usize) as u64;
        let mut last = 0;
        for (place, weight) in weights.enumerate() {
            let weight = u64::from(weight);
            if left < weight {
                return place;
            }
            left -= weight;
            last = place;
        }
        last
    }

    /// Puts `items` into a random order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.below(place + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_draws_of_a_seed_are_the_same_for_ever() {
        let mut dice = Dice::new(7, 1);
        let drawn: Vec<usize> = (0..8).map(|_| dice.below(1_000)).collect();
        assert_eq!(drawn, [534, 508, 80, 960, 606, 227, 565, 781]);
    }

    #[test]
    fn a_draw_stays_within_its_bounds() {
        let mut dice = Dice::new(1, 1);
        for _ in 0..10_000 {
            assert!(dice.below(3) < 3);
            assert!((-2..=2).contains(&dice.between(-2, 2)));
            assert!(matches!(dice.weighted([0, 4, 0, 1].into_iter()), 1 | 3));
        }
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.between(5, 1), 5);
        assert!(!dice.chance(0) && dice.chance(100));
    }
}
