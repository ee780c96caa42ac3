//! What is usual at this time of day.

use crate::analysis::statistics::median;

/// Length of a slot: ten minutes.
pub const SLOT_MS: u64 = 600_000;
/// Days that are looked back.
pub const DAYS: u64 = 7;
/// Fewer days than this make no usual day.
const LEAST_DAYS: usize = 4;
/// Deviations that one more day stays within in all but one of a thousand cases, beside four, five, six and seven others: t of n−1 degrees
/// of freedom at 0.999, times √(1 + 1/n). Of so few days the deviation itself is hardly known.
const BEYOND: [f64; 4] = [11.4, 7.9, 6.4, 5.6];
/// Calls a second may fall by this share of what is usual.
const MISSING: f64 = 0.15;

/// The same ten minutes of one earlier day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Slot {
    /// Calls a second.
    pub rate_per_s: f64,
    /// Calls a second that had a worker.
    pub jobs_per_s: f64,
}

/// The same ten minutes of the last days.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DaySlots {
    /// When the slot began today, milliseconds since 1970.
    pub began_ms: u64,
    /// One for each of the last seven days of which anything is known.
    pub days: Vec<Slot>,
    /// The ten minutes after these, on the same days.
    pub next: Vec<Slot>,
}

/// So long before a slot begins workers are made ready for it, in ms.
const AHEAD_MS: u64 = 60_000;

/// Fewer calls than usual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Missing {
    /// The share that is missing, in percent.
    pub percent: f64,
    /// What is usual, calls a second.
    pub usual_per_s: f64,
}

impl DaySlots {
    /// The beginning of the slot that this time is in.
    #[must_use]
    pub fn begin(now_ms: u64) -> u64 {
        now_ms / SLOT_MS * SLOT_MS
    }

    /// What is usual, median and standard deviation of calls a second; `None` before four days are known.
    #[must_use]
    pub fn usual_rate(&self) -> Option<(f64, f64)> {
        let mut rates: Vec<f64> = self.days.iter().map(|day| day.rate_per_s).collect();
        let middle = (rates.len() >= LEAST_DAYS).then(|| median(&mut rates)).flatten()?;
        let count = rates.len() as f64;
        let mean = rates.iter().sum::<f64>() / count;
        let squares: f64 = rates.iter().map(|rate| (rate - mean).powi(2)).sum();
        Some((middle, (squares / (count - 1.0)).sqrt()))
    }

    /// Calls a second that want a worker usually now, and in the last minute of the slot also those of the next one, with the days that this
    /// rests on; `None` before four days are known, and outside of the slot.
    #[must_use]
    pub fn expected(&self, now_ms: u64) -> Option<(f64, usize)> {
        let usual = |days: &[Slot]| {
            let mut rates: Vec<f64> = days.iter().map(|day| day.jobs_per_s).collect();
            (rates.len() >= LEAST_DAYS).then(|| median(&mut rates)).flatten().map(|rate| (rate, days.len()))
        };
        let since = now_ms.checked_sub(self.began_ms).filter(|since| *since < SLOT_MS)?;
        let next = usual(&self.next).filter(|_| since + AHEAD_MS >= SLOT_MS);
        usual(&self.days).into_iter().chain(next).max_by(|one, other| one.0.total_cmp(&other.0))
    }

    /// Whether so many calls a second are fewer than usual: by over 15 %, by more than one day in a thousand would be beside so many others
    /// (Student's t), and by over three deviations of what chance makes of so few calls (a count of n calls scatters by its root).
    #[must_use]
    pub fn missing(&self, rate_per_s: f64) -> Option<Missing> {
        let (usual_per_s, deviation) = self.usual_rate()?;
        let known = self.days.len().clamp(LEAST_DAYS, LEAST_DAYS + BEYOND.len() - 1);
        let chance = 3.0 * (usual_per_s / (SLOT_MS as f64 / 1_000.0)).sqrt();
        let beyond = chance.max(BEYOND[known - LEAST_DAYS] * deviation);
        let less = usual_per_s - rate_per_s;
        let low = usual_per_s > 0.0 && less > MISSING * usual_per_s && less > beyond;
        low.then(|| Missing { percent: less / usual_per_s * 100.0, usual_per_s })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(rates: &[f64]) -> DaySlots {
        let days = rates.iter().map(|rate| Slot { rate_per_s: *rate, jobs_per_s: *rate }).collect();
        DaySlots { days, ..DaySlots::default() }
    }

    #[test]
    fn less_than_usual_needs_four_days_and_more_than_their_scatter() {
        assert_eq!(days(&[10.0, 10.0, 10.0]).missing(1.0), None, "three days");
        let quiet = days(&[10.0, 10.2, 9.9, 10.1, 10.0]);
        assert_eq!(quiet.missing(9.0), None, "10 % less");
        assert!(quiet.missing(5.0).is_some_and(|missing| (missing.percent - 50.0).abs() < 1e-9));
        assert_eq!(days(&[2.0, 20.0, 9.0, 14.0, 5.0]).missing(4.0), None, "days that differ so much say nothing");
        assert_eq!(days(&[0.0; 5]).missing(0.0), None);
        assert_eq!(DaySlots::begin(1_234_567), 1_200_000);
    }

    #[test]
    fn what_is_expected_is_the_median_and_looks_a_minute_ahead() {
        let busy = days(&[9.0, 20.0, 10.0, 11.0]).days;
        let slots = DaySlots { began_ms: SLOT_MS, next: busy, ..days(&[1.0, 2.0, 3.0, 2.0, 0.0]) };
        assert_eq!(slots.expected(SLOT_MS + 5_000), Some((2.0, 5)));
        assert_eq!(slots.expected(2 * SLOT_MS - 30_000), Some((10.5, 4)));
        assert_eq!([0, 2 * SLOT_MS].map(|at| slots.expected(at)), [None; 2], "another time of day");
        assert_eq!(days(&[5.0; 3]).expected(0), None, "three days");
    }
}
