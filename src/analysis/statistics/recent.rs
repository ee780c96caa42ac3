//! Percentiles over the last minutes.

use std::collections::VecDeque;

use hdrhistogram::Histogram;

/// The values of the last so many minutes, each minute apart, so that a percentile is that of all values and no mean of means.
#[derive(Debug, Clone)]
pub(in crate::analysis) struct RecentHistogram {
    minutes: VecDeque<Histogram<u32>>,
    all: Histogram<u32>,
    open: Option<u64>,
    most: usize,
}

fn empty() -> Histogram<u32> {
    // Two digits are what a limit needs.
    Histogram::new(2).unwrap_or_else(|_| crate::metrics::latency())
}

impl RecentHistogram {
    /// Over so many minutes (at least 1).
    pub(in crate::analysis) fn new(minutes: usize) -> Self {
        Self { minutes: VecDeque::from([empty()]), all: empty(), open: None, most: minutes.max(1) }
    }

    /// Goes on to this time. A clock that was set back begins anew.
    pub(in crate::analysis) fn advance(&mut self, now_ms: u64) {
        let minute = now_ms / 60_000;
        let open = *self.open.get_or_insert(minute);
        if minute < open || minute - open >= self.most as u64 {
            *self = Self::new(self.most);
        } else {
            for _ in open..minute {
                self.minutes.push_back(empty());
                if self.minutes.len() > self.most
                    && let Some(gone) = self.minutes.pop_front()
                {
                    // What was added can be subtracted.
                    let _ = self.all.subtract(gone);
                }
            }
        }
        self.open = Some(minute);
    }

    /// Adds a value in microseconds to the present minute.
    pub(in crate::analysis) fn add(&mut self, micros: u64) {
        let micros = micros.clamp(1, 3_600_000_000);
        if let Some(minute) = self.minutes.back_mut() {
            // Both grow by themselves.
            let _ = minute.record(micros);
            let _ = self.all.record(micros);
        }
    }

    /// A percentile (0 to 1) in milliseconds; `None` of fewer than `least` values.
    pub(in crate::analysis) fn quantile_ms(&self, quantile: f64, least: u64) -> Option<f64> {
        (self.all.len() >= least.max(1)).then(|| self.all.value_at_quantile(quantile) as f64 / 1_000.0)
    }

    /// How many values there are.
    pub(in crate::analysis) fn len(&self) -> u64 {
        self.all.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_minutes_go() {
        let mut recent = RecentHistogram::new(3);
        for minute in 0..5_u64 {
            recent.advance(minute * 60_000);
            (0..10).for_each(|_| recent.add((minute + 1) * 1_000));
        }
        assert_eq!(recent.len(), 30);
        let median = recent.quantile_ms(0.5, 20).expect("enough");
        assert!((median - 4.0).abs() < 0.1, "{median}");
        assert_eq!(recent.quantile_ms(0.5, 31), None);
        recent.advance(3_600_000);
        assert_eq!(recent.len(), 0);
    }
}
