//! How fast frames may follow each other: over a slow line fewer, so that keys are not behind a queue of pictures.

use std::time::Duration;

/// Time between two frames of data, on a fast line and on a slow one.
const FRAME: Duration = Duration::from_millis(250);
const SLOW_FRAME: Duration = Duration::from_secs(1);
/// A line whose writes take so long on average is slow; one is fast again under a third of it.
const SLOW: Duration = Duration::from_millis(150);
/// The newest write's weight in the average.
const WEIGHT: f64 = 0.25;

/// What is known of the line to the terminal, by how long it takes to write a frame.
#[derive(Debug, Default)]
pub(super) struct Pace {
    mean: Duration,
    slow: bool,
}

impl Pace {
    /// Notes how long a frame took to be written; says whether the line became slow or fast by it.
    pub(super) fn note(&mut self, took: Duration) -> bool {
        self.mean = self.mean.mul_f64(1.0 - WEIGHT) + took.mul_f64(WEIGHT);
        let slow = self.mean >= if self.slow { SLOW / 3 } else { SLOW };
        let changed = slow != self.slow;
        self.slow = slow;
        changed
    }

    /// Whether the line is slow.
    pub(super) fn is_slow(&self) -> bool {
        self.slow
    }

    /// Time between two frames of data.
    pub(super) fn frame(&self) -> Duration {
        if self.slow { SLOW_FRAME } else { FRAME }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_slow_after_a_few_slow_writes_and_fast_after_many_fast_ones() {
        let mut pace = Pace::default();
        let millis = Duration::from_millis;
        assert!(!pace.note(millis(400)) && !pace.is_slow(), "one slow write is none");
        assert!(pace.note(millis(400)) && pace.is_slow());
        assert_eq!(pace.frame(), SLOW_FRAME);
        let fast = (0..20).position(|_| pace.note(millis(1))).expect("fast again");
        assert!((3..10).contains(&fast), "not at the first: {fast}");
        assert_eq!(pace.frame(), FRAME);
    }
}
