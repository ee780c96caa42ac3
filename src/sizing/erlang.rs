//! Queueing theory: how many workers keep a promised wait.

/// Chance that a call has to wait at all, with so many workers and this load in erlang: Erlang's second formula, by the recursion of
/// his first (A. K. Erlang, 1917).
pub(super) fn waits(workers: usize, load: f64) -> f64 {
    if load >= workers as f64 {
        return 1.0;
    }
    let lost = (1..=workers).fold(1.0, |lost, count| load * lost / (count as f64 + load * lost));
    lost / (1.0 - load / workers as f64 * (1.0 - lost))
}

/// Calls that come, and what they take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Flow {
    /// In a second.
    pub(super) rate: f64,
    /// In the mean, in seconds.
    pub(super) service: f64,
    /// (1 + squared coefficient of variation) / 2.
    pub(super) variability: f64,
}

impl Flow {
    /// Chance that a call waits longer than so many seconds, with so many workers: exponential beyond Erlang's chance, stretched by how
    /// uneven calls are (Allen and Cunneen).
    pub(super) fn waits_longer(self, wait: f64, workers: usize) -> f64 {
        let load = self.rate * self.service;
        if load >= workers as f64 {
            return 1.0;
        }
        waits(workers, load) * (-(workers as f64 - load) / self.service * wait / self.variability).exp()
    }

    /// The least number of workers, at most `most`, with which at most this share waits longer than so many seconds.
    pub(super) fn staff(self, wait: f64, late: f64, most: usize) -> usize {
        let least = super::numbers::whole(self.rate * self.service) + 1;
        (least..most).find(|workers| self.waits_longer(wait, *workers) <= late).unwrap_or(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_textbook_comes_out() {
        // One worker: the chance to wait is the utilisation.
        assert!((waits(1, 0.7) - 0.7).abs() < 1e-12);
        // Two workers, one erlang: a third.
        assert!((waits(2, 1.0) - 1.0 / 3.0).abs() < 1e-12);
        // From tables of Erlang C: 10 workers, 7 erlang.
        assert!((waits(10, 7.0) - 0.2217).abs() < 1e-4, "{}", waits(10, 7.0));
        assert_eq!(waits(3, 3.0).to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn staff_is_the_least_that_keeps_the_promise() {
        let flow = Flow { rate: 20.0, service: 0.2, variability: 1.0 };
        let staff = flow.staff(0.25, 0.01, 64);
        assert!(flow.waits_longer(0.25, staff) <= 0.01 && flow.waits_longer(0.25, staff - 1) > 0.01, "{staff}");
        assert_eq!(flow.staff(0.25, 0.01, 6), 6, "never more than allowed");
        assert_eq!(Flow { rate: 0.0, ..flow }.staff(0.25, 0.01, 64), 1);
    }
}
