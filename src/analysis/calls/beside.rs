//! Whether jobs of one kind wait for each other at what they drive.

use std::{ops::RangeInclusive, sync::Arc};

use super::{
    Trace,
    inquiry::{LEAST_CALLS, MOST_CALLS, Modelled, PRESENT_US},
};

/// A kind of work is done one at a time where its jobs take about as many times longer as there are of them at once.
const SERIAL: RangeInclusive<f64> = 0.6..=1.5;
/// Calls of a kind that are asked how many run beside them.
const POINTS: usize = 60;

/// How many jobs of a kind run at the same time.
pub(super) struct Beside {
    /// Their mean own time before the present, in microseconds; `None` of too few.
    pub(super) earlier_us: Option<f64>,
    /// The mean number of its jobs at the same time, of late.
    mean: f64,
}

impl Beside {
    pub(super) fn of(trace: &Trace, name: &Arc<str>) -> Self {
        let newest = trace.calls().next_back().map_or(0, |call| call.arrived_us);
        let present = newest.saturating_sub(PRESENT_US);
        let mine = || trace.calls().filter(|call| call.worker && call.key == *name);
        let earlier = mine().filter(|call| call.arrived_us < present);
        let (count, own) = earlier.fold((0_usize, 0), |(count, own), call| (count + 1, own + call.own_us));
        let spans = mine().rev().take(MOST_CALLS).filter(|call| call.arrived_us >= present).map(|call| {
            let begins = call.arrived_us + call.queued_us + call.start_us;
            (begins, begins + call.service_us())
        });
        let mut spans: Vec<(u64, u64)> = spans.collect();
        spans.sort_unstable();
        let step = spans.len().div_ceil(POINTS).max(1);
        let mut beside = Vec::with_capacity(POINTS);
        for (at, (begins, _)) in spans.iter().enumerate().step_by(step) {
            // Those that began before it and still ran; looked for among its neighbours in time.
            let before = spans[at.saturating_sub(POINTS)..at].iter().filter(|other| other.1 > *begins).count();
            beside.push(1.0 + before as f64);
        }
        Self {
            earlier_us: (count >= LEAST_CALLS).then(|| own as f64 / count as f64),
            mean: beside.iter().sum::<f64>() / beside.len().max(1) as f64,
        }
    }

    /// Whether its jobs wait for each other. By Little's law the number at once is rate x time: where that is about how many times longer
    /// than usual each takes, usual time x rate is about one, and it is one that is done at a time.
    pub(super) fn serial(&self, slower: f64) -> bool {
        self.mean >= 2.0 && SERIAL.contains(&(slower / self.mean))
    }
}

/// How many jobs of each kind ran at the same time at most, before their waits are told apart.
pub(super) fn most_at_once(calls: &[Modelled], kinds: usize) -> Vec<usize> {
    let mut turns: Vec<(u64, bool, usize)> = Vec::with_capacity(calls.len() * 2);
    for call in calls {
        let begins = call.arrival.at_us + call.capacity + call.start;
        turns.extend([(begins, true, call.key), (begins + call.arrival.service_us, false, call.key)]);
    }
    // Who ends at the same time as another begins was not beside it.
    turns.sort_unstable();
    let (mut now, mut most) = (vec![0_usize; kinds], vec![0_usize; kinds]);
    for (_, begins, key) in turns {
        now[key] = if begins { now[key] + 1 } else { now[key].saturating_sub(1) };
        most[key] = most[key].max(now[key]);
    }
    most
}
