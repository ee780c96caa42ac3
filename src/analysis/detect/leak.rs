//! Memory that grows without end.

use std::collections::VecDeque;

use crate::analysis::statistics::Trend;

/// Length of a step: its minimum takes away what a garbage collector adds and frees.
const STEP_MS: u64 = 30_000;
/// Steps that are looked at: 15 minutes.
const WINDOW: usize = 30;
/// A process that has just started fills its caches.
const WARM_UP_MS: u64 = 60_000;
/// Growth below this is no leak, in bytes an hour.
const LEAST: f64 = 20e6;
/// Minutes in a row that a leak must be seen.
const TIMES: u32 = 3;
/// Below this z it is over.
const OVER: f64 = 1.0;

/// Watches the resident memory of one process.
///
/// Each minute, over 15 minutes of minima of 30 s: it leaks if Mann–Kendall's z > 3.09, the Theil–Sen slope is over 20 MB/h, and the rise
/// is over three deviations of the points from the line, three minutes in a row; it is over at z < 1.
#[derive(Debug, Clone, Default)]
pub struct Leak {
    began_ms: Option<u64>,
    step: u64,
    least: Option<f64>,
    minima: VecDeque<f64>,
    seen: u32,
    found: Option<Trend>,
}

impl Leak {
    /// Takes in a reading, in bytes. Returns whether a minute's verdict was made with it.
    pub fn push(&mut self, now_ms: u64, bytes: u64) -> bool {
        let began = *self.began_ms.get_or_insert(now_ms);
        if now_ms < began {
            *self = Self { began_ms: Some(now_ms), ..Self::default() };
        } else if now_ms - began < WARM_UP_MS {
            return false;
        }
        let step = now_ms / STEP_MS;
        let closed = step != self.step && self.least.is_some();
        if closed {
            self.minima.extend(self.least.take());
            if self.minima.len() > WINDOW {
                self.minima.pop_front();
            }
        }
        self.step = step;
        let bytes = bytes as f64;
        self.least = Some(self.least.map_or(bytes, |least| least.min(bytes)));
        let judged = closed && step.is_multiple_of(2) && self.minima.len() == WINDOW;
        if judged {
            self.judge();
        }
        judged
    }

    fn judge(&mut self) {
        let hours = STEP_MS as f64 / 3_600_000.0;
        let points: Vec<(f64, f64)> = (0..).zip(&self.minima).map(|(at, bytes)| (f64::from(at) * hours, *bytes)).collect();
        let Some(trend) = Trend::of(&points) else { return };
        self.seen = if trend.rises() && trend.slope > LEAST { self.seen + 1 } else { 0 };
        self.found = match self.found {
            _ if self.seen >= TIMES => Some(trend),
            Some(_) if trend.z >= OVER => Some(trend),
            _ => None,
        };
    }

    /// The leak, in bytes and hours, while there is one.
    #[must_use]
    pub fn found(&self) -> Option<Trend> {
        self.found
    }
}
