//! Chance with seeds: the same seed gives the same numbers on every machine and with every release.
//!
//! The Mersenne Twister, seeded and read as by Python's `random`, with which the comparison of controllers was first made
//! (`docs/optimizer.md`): its numbers can be had again.

use std::f64::consts::TAU;

use rand_mt::Mt;

/// A sequence of numbers by chance.
#[derive(Debug, Clone)]
pub struct Chance {
    twister: Mt,
    /// Normal numbers come in pairs.
    spare: Option<f64>,
}

impl Chance {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Self {
        let halves = [seed & u64::from(u32::MAX), seed >> 32].map(|half| u32::try_from(half).unwrap_or_default());
        let key = if halves[1] == 0 { &halves[..1] } else { &halves[..] };
        Self { twister: Mt::new_with_key(key.iter().copied()), spare: None }
    }

    /// From 0 up to, but not, 1.
    pub fn share(&mut self) -> f64 {
        let (high, low) = (self.twister.next_u32() >> 5, self.twister.next_u32() >> 6);
        (f64::from(high) * f64::from(1_u32 << 26) + f64::from(low)) / (1_u64 << 53) as f64
    }

    /// Between two numbers, each as likely.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// The time until the next of so many events a second that know nothing of each other.
    pub fn wait(&mut self, rate: f64) -> f64 {
        -(1.0 - self.share()).ln() / rate
    }

    /// A whole number from 1 to `most`.
    pub fn die(&mut self, most: u32) -> u32 {
        let bits = u32::BITS - most.leading_zeros();
        loop {
            let thrown = self.twister.next_u32() >> (u32::BITS - bits);
            if thrown < most {
                return thrown + 1;
            }
        }
    }

    /// Normally distributed, by the method of Box and Muller.
    pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let standard = self.spare.take().unwrap_or_else(|| {
            let angle = self.share() * TAU;
            let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
            self.spare = Some(angle.sin() * radius);
            angle.cos() * radius
        });
        mean + standard * deviation
    }

    /// Lognormally distributed, with this mean and coefficient of variation.
    pub fn lognormal(&mut self, mean: f64, variation: f64) -> f64 {
        let squared = (1.0 + variation * variation).ln();
        self.normal(mean.ln() - squared / 2.0, squared.sqrt()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_numbers_of_python() {
        let mut chance = Chance::new(42);
        let first = [chance.share(), chance.share()];
        assert_eq!(first.map(|share| format!("{share:.12}")), ["0.639426798458", "0.025010755223"]);
        let mut wide = Chance::new(1 << 40);
        assert_ne!(wide.share().to_bits(), Chance::new(0).share().to_bits());
    }

    #[test]
    fn means_come_out() {
        let mut chance = Chance::new(7);
        let mut mean = |draw: fn(&mut Chance) -> f64| (0..40_000).map(|_| draw(&mut chance)).sum::<f64>() / 40_000.0;
        assert!((mean(|chance| chance.wait(4.0)) - 0.25).abs() < 0.005);
        assert!((mean(|chance| chance.lognormal(0.2, 1.0)) - 0.2).abs() < 0.005);
        assert!((mean(|chance| f64::from(chance.die(10))) - 5.5).abs() < 0.05);
        assert!(mean(|chance| chance.normal(0.0, 1.0)).abs() < 0.02);
    }
}
