//! Median and median absolute deviation, of a list and of the newest so many values.

use std::collections::VecDeque;

/// A standard deviation is so many median absolute deviations where values are normal: 1 ÷ Φ⁻¹(¾).
pub const SIGMA: f64 = 1.4826;

/// The median, of an even number of values the mean of the two in the middle; `None` of none. Reorders the values.
pub fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    middle(values)
}

fn middle(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    Some(if sorted.len().is_multiple_of(2) { f64::midpoint(sorted[half - 1], upper) } else { upper })
}

/// The newest so many values, kept sorted as well, so that their median costs nothing.
#[derive(Debug, Clone)]
pub struct SortedRing {
    order: VecDeque<f64>,
    sorted: Vec<f64>,
    most: usize,
}

impl SortedRing {
    /// Room for so many values (at least 1).
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { order: VecDeque::new(), sorted: Vec::new(), most: most.max(1) }
    }

    /// Takes a value in; the oldest goes when there is no room. What is no number is left out.
    pub fn push(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        if self.order.len() == self.most
            && let Some(oldest) = self.order.pop_front()
        {
            let at = self.sorted.partition_point(|other| *other < oldest);
            self.sorted.remove(at);
        }
        self.order.push_back(value);
        let at = self.sorted.partition_point(|other| *other < value);
        self.sorted.insert(at, value);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The median; `None` of none.
    pub fn median(&self) -> Option<f64> {
        middle(&self.sorted)
    }

    /// The median distance from the median; `None` of none.
    pub fn deviation(&self) -> Option<f64> {
        let center = self.median()?;
        let mut right = self.sorted.partition_point(|value| *value < center);
        let mut left = right;
        let (mut before, mut distance) = (0.0, 0.0);
        // From the median outwards, the nearer neighbour first: half of the way through, that is the median distance.
        for _ in 0..=self.sorted.len() / 2 {
            before = distance;
            let below = left.checked_sub(1).map(|at| center - self.sorted[at]);
            let above = self.sorted.get(right).map(|value| value - center);
            (distance, left, right) = match (below, above) {
                (Some(below), Some(above)) if below < above => (below, left - 1, right),
                (Some(below), None) => (below, left - 1, right),
                (_, Some(above)) => (above, left, right + 1),
                (None, None) => (distance, left, right),
            };
        }
        Some(if self.sorted.len().is_multiple_of(2) { f64::midpoint(before, distance) } else { distance })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the article on the median absolute deviation in Wikipedia, and one by hand.
    #[test]
    fn medians_and_deviations_of_known_lists() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&mut []), None);
        let mut ring = SortedRing::new(7);
        for value in [1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0] {
            ring.push(value);
        }
        assert_eq!((ring.median(), ring.deviation()), (Some(2.0), Some(1.0)));
    }

    #[test]
    fn a_ring_is_what_a_fresh_sort_of_its_newest_values_is() {
        let mut ring = SortedRing::new(9);
        let mut all = Vec::new();
        for step in 0_u32..60 {
            // Values that repeat and jump about.
            let value = f64::from(step * 37 % 23) - 11.0;
            ring.push(value);
            ring.push(f64::NAN);
            all.push(value);
            let mut newest: Vec<f64> = all.iter().rev().take(9).copied().collect();
            let center = median(&mut newest).expect("some");
            let mut distances: Vec<f64> = newest.iter().map(|value| (value - center).abs()).collect();
            assert_eq!(ring.median(), Some(center));
            assert_eq!(ring.deviation(), median(&mut distances), "after {step}: {newest:?}");
        }
        assert_eq!(ring.len(), 9);
    }
}
