//! Durations counted by how long they were, in the steps that OpenTelemetry names for MCP, with finer ones below 10 ms.

/// A duration counts in the first step that it is not above, in microseconds; one above all of them counts beyond.
pub const BOUNDS_US: [u64; 20] = [
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    120_000_000,
    300_000_000,
];

/// Durations since the server started. It only ever grows, as those who read it now and then expect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Buckets {
    counts: [u64; BOUNDS_US.len() + 1],
    sum_us: u64,
}

impl Buckets {
    /// Durations that were counted elsewhere.
    pub(super) fn of(counts: [u64; BOUNDS_US.len() + 1], sum_us: u64) -> Self {
        Self { counts, sum_us }
    }

    /// The step in which a duration counts.
    pub(super) fn step(micros: u64) -> usize {
        BOUNDS_US.partition_point(|bound| *bound < micros)
    }

    /// Counts a duration in microseconds.
    pub fn add(&mut self, micros: u64) {
        self.counts[Self::step(micros)] += 1;
        self.sum_us = self.sum_us.saturating_add(micros);
    }

    /// How many there are in each step, and beyond the last.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All of them together, in microseconds.
    pub fn sum_us(&self) -> u64 {
        self.sum_us
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_its_own_step() {
        let mut buckets = Buckets::default();
        for micros in [0, 100, 101, 300_000_000, 300_000_001] {
            buckets.add(micros);
        }
        let mut expected = vec![0; BOUNDS_US.len() + 1];
        (expected[0], expected[1], expected[19], expected[20]) = (2, 1, 1, 1);
        assert_eq!(buckets.counts(), expected);
        assert_eq!((buckets.count(), buckets.sum_us()), (5, 600_000_202));
    }

    #[test]
    fn bounds_rise() {
        assert!(BOUNDS_US.is_sorted());
    }
}
