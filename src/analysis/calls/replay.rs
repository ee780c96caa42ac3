//! What the wait would have been: recorded calls once more through a queue with so many workers.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::Done;

/// Pieces of the recorded time whose results give the range.
const PIECES: usize = 5;
/// Fewer calls than this make no piece.
const LEAST: usize = 20;

/// A call, as the model has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// When it came, in microseconds of any clock.
    pub at_us: u64,
    /// Microseconds at a worker.
    pub service_us: u64,
}

impl From<&Done> for Arrival {
    fn from(done: &Done) -> Self {
        Self { at_us: done.arrived_us, service_us: done.service_us() }
    }
}

/// The wait of each arrival, in microseconds, first come, first served by so many workers; arrivals stand in the order of their time.
///
/// Kiefer and Wolfowitz: a call takes the worker that is free first.
#[must_use]
pub fn replay(arrivals: &[Arrival], workers: usize) -> Vec<u64> {
    replay_behind(arrivals, workers, 0)
}

/// The same behind calls that were there before: the first arrival waits for so many microseconds.
pub(super) fn replay_behind(arrivals: &[Arrival], workers: usize, first_wait_us: u64) -> Vec<u64> {
    let workers = workers.max(1);
    let first = arrivals.first().map_or(0, |arrival| arrival.at_us) + first_wait_us;
    let worked: u64 = arrivals.iter().map(|arrival| arrival.service_us).sum();
    // Workers that come free one after the other, a mean service time apart among all of them.
    let apart = if first_wait_us == 0 { 0 } else { worked / arrivals.len().max(1) as u64 / workers as u64 };
    let mut free: BinaryHeap<Reverse<u64>> =
        (0..workers as u64).map(|place| Reverse(if first_wait_us == 0 { 0 } else { first + place * apart })).collect();
    let wait = |arrival: &Arrival| {
        let Reverse(first) = free.pop()?;
        let begins = first.max(arrival.at_us);
        free.push(Reverse(begins + arrival.service_us));
        Some(begins - arrival.at_us)
    };
    arrivals.iter().filter_map(wait).collect()
}

/// What recorded calls would have waited with another number of workers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// 95th percentile of the wait over all calls, in ms.
    pub p95_ms: f64,
    /// The least of the pieces.
    pub low_ms: f64,
    /// The most of the pieces.
    pub high_ms: f64,
    /// How many workers were busy on average.
    pub busy: f64,
    /// Calls that it rests on.
    pub calls: usize,
}

/// Replays recorded calls with so many workers, whole and in five pieces of equal length, whose least and most are the range. `None` of
/// fewer than twenty calls.
#[must_use]
pub fn forecast(arrivals: &[Arrival], workers: usize) -> Option<Forecast> {
    if arrivals.len() < LEAST {
        return None;
    }
    let waits = replay(arrivals, workers);
    let all = p95_ms(&waits)?;
    let (low, high) = pieces(&waits).fold((all, all), |(low, high), piece| {
        let piece = piece as f64 / 1_000.0;
        (low.min(piece), high.max(piece))
    });
    let (first, last) = (arrivals.first()?, arrivals.last()?);
    let span = last.at_us.saturating_sub(first.at_us).max(1) as f64;
    let worked: u64 = arrivals.iter().map(|arrival| arrival.service_us).sum();
    Some(Forecast { p95_ms: all, low_ms: low, high_ms: high, busy: worked as f64 / span, calls: arrivals.len() })
}

/// The 95th percentiles of five pieces of the time, of those that have enough calls.
pub(super) fn pieces(micros: &[u64]) -> impl Iterator<Item = u64> {
    let parts = micros.chunks(micros.len().div_ceil(PIECES).max(1)).filter(|part| part.len() >= LEAST);
    parts.filter_map(|part| percentile(part, 0.95))
}

/// The 95th percentile in ms; `None` of nothing.
fn p95_ms(micros: &[u64]) -> Option<f64> {
    percentile(micros, 0.95).map(|micros| micros as f64 / 1_000.0)
}

/// The value at a percentile (0 to 1): the least that so many are not above.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list, held within it")]
pub(super) fn percentile(micros: &[u64], share: f64) -> Option<u64> {
    let place = ((micros.len() as f64 * share).ceil() as usize).checked_sub(1)?;
    let mut values = micros.to_vec();
    let (_, value, _) = values.select_nth_unstable(place);
    Some(*value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::detect::Dice;

    #[test]
    fn a_queue_by_hand() {
        let arrivals = [(0, 10), (2, 10), (4, 10), (30, 5)].map(|(at_us, service_us)| Arrival { at_us, service_us });
        assert_eq!(replay(&arrivals, 1), [0, 8, 16, 0]);
        assert_eq!(replay(&arrivals, 2), [0, 0, 6, 0]);
        assert_eq!(replay(&arrivals, 9), [0; 4]);
        assert_eq!(forecast(&arrivals, 1), None, "four calls say nothing");
    }

    /// M/M/c: the share that waits is Erlang's C. With a = 2 and c = 3, C = 4/9; and P(W > t) = C·exp(−(c−a)t/S).
    #[test]
    fn the_waits_of_a_known_queue_are_those_of_its_formula() {
        let mut dice = Dice::new(7);
        let mut now = 0.0;
        let mut exponential = |mean: f64| -mean * dice.even().max(1e-12).ln();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "microseconds")]
        let arrivals: Vec<Arrival> = (0..60_000)
            .map(|_| {
                now += exponential(50_000.0);
                Arrival { at_us: now as u64, service_us: exponential(100_000.0) as u64 }
            })
            .collect();
        let waits = replay(&arrivals, 3);
        let share = waits.iter().filter(|wait| **wait > 0).count() as f64 / waits.len() as f64;
        assert!((share - 4.0 / 9.0).abs() < 0.02, "{share}");
        // 0.05 = 4/9·exp(−t/100 ms): t = 218 ms.
        let forecast = forecast(&arrivals, 3).expect("enough");
        assert!((forecast.p95_ms - 218.5).abs() < 15.0, "{forecast:?}");
        assert!(forecast.low_ms <= forecast.p95_ms && forecast.p95_ms <= forecast.high_ms);
        assert!((forecast.busy - 2.0).abs() < 0.05, "{forecast:?}");
    }
}
