//! A rolling window over Intervals, from which every Frame is derived.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use hdrhistogram::Histogram;

use super::histogram::{decode, latency};
use crate::model::{
    Bottleneck, EngineFrame, Frame, Gauges, Interval, PoolStatus, ServerInfo, SparseHistogram, State, SystemSample, ToolFrame,
    ToolInterval, Totals,
};

/// The Intervals of the last so many seconds, with the tools' histograms merged.
///
/// Rolling: the newest Interval is added and those that leave are subtracted, for tools that moved only. Merging 300 histograms
/// for each of 36 tools every second would cost 180 ms.
#[derive(Debug)]
pub struct Window {
    seconds: u64,
    intervals: VecDeque<Arc<Interval>>,
    tools: BTreeMap<Arc<str>, Rolling>,
    all: Rolling,
}

/// One tool, or all together, over the window.
#[derive(Debug)]
pub struct Rolling {
    /// Calls that finished.
    pub calls: u64,
    /// Calls that did not end well.
    pub errors: u64,
    /// Microseconds waited for a worker.
    pub queued: Histogram<u32>,
    /// Microseconds at a worker.
    pub ran: Histogram<u32>,
    /// Microseconds in all.
    pub total: Histogram<u32>,
    /// Microseconds that kmtop added.
    pub overhead: Histogram<u32>,
    /// The tool's course through the window, oldest first; empty for all tools together.
    pub track: VecDeque<Track>,
}

/// One point of a tool's course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Track {
    /// The Interval's end, milliseconds since 1970.
    pub time_ms: u64,
    /// Calls that finished in it.
    pub calls: u32,
    /// Their 95th percentile, microseconds.
    pub p95_us: u64,
}

impl Window {
    /// An empty window of this many seconds (at least 1).
    #[must_use]
    pub fn new(seconds: u64) -> Self {
        Self { seconds: seconds.max(1), intervals: VecDeque::new(), tools: BTreeMap::new(), all: Rolling::new() }
    }

    /// Its length in seconds.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        self.seconds
    }

    /// Adds the newest Interval and lets go of those that are now too old.
    ///
    /// An Interval from before the last one means that the clock was set back: the window begins anew, for nothing in it could grow
    /// old any more.
    pub fn push(&mut self, interval: Arc<Interval>) {
        if self.intervals.back().is_some_and(|last| interval.time_ms < last.time_ms) {
            *self = Self::new(self.seconds);
        }
        for tool in &interval.tools {
            let rolling = self.tools.entry(Arc::clone(&tool.tool)).or_insert_with(Rolling::new);
            rolling.add(tool, Some(interval.time_ms));
            self.all.add(tool, None);
        }
        let oldest = interval.time_ms.saturating_sub(self.seconds * 1_000);
        self.intervals.push_back(interval);
        while self.intervals.front().is_some_and(|first| first.time_ms <= oldest) {
            if let Some(gone) = self.intervals.pop_front() {
                self.subtract(&gone);
            }
        }
    }

    fn subtract(&mut self, gone: &Interval) {
        for tool in &gone.tools {
            self.all.subtract(tool);
            let Some(rolling) = self.tools.get_mut(&tool.tool) else { continue };
            rolling.subtract(tool);
            rolling.track.pop_front();
            if rolling.calls == 0 {
                self.tools.remove(&tool.tool);
            }
        }
    }

    /// The Intervals in the window, oldest first.
    pub fn intervals(&self) -> impl DoubleEndedIterator<Item = &Arc<Interval>> + ExactSizeIterator {
        self.intervals.iter()
    }

    /// One number of every Interval, oldest first; `None` is a gap.
    pub fn series(&self, number: impl Fn(&Gauges) -> Option<f64>) -> Vec<Option<f64>> {
        self.intervals.iter().map(|interval| number(&interval.gauges)).collect()
    }

    /// Every tool that was called in the window, by name.
    pub fn tools(&self) -> impl Iterator<Item = (&Arc<str>, &Rolling)> {
        self.tools.iter()
    }

    /// One tool, if it was called in the window.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&Rolling> {
        self.tools.get(name)
    }

    /// All tools together.
    #[must_use]
    pub fn all(&self) -> &Rolling {
        &self.all
    }

    /// Seconds that its Intervals really cover: less than its length while it fills. 0 when empty.
    #[must_use]
    pub fn covered_s(&self) -> f64 {
        self.intervals.iter().map(|interval| f64::from(interval.length_ms)).sum::<f64>() / 1_000.0
    }

    /// A count over the window as a rate per second; `None` while the window is empty.
    #[must_use]
    pub fn rate(&self, count: u64) -> Option<f64> {
        let covered = self.covered_s();
        (covered > 0.0).then(|| count as f64 / covered)
    }

    /// The busy share of the live workers over the window, 0 to 1.
    #[must_use]
    pub fn utilisation(&self) -> Option<f64> {
        let known: Vec<f64> = self.series(|gauges| gauges.utilisation.map(f64::from)).into_iter().flatten().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    }

    /// The Frame over this window.
    #[must_use]
    pub fn frame(&self, info: &ServerInfo, state: &State) -> Frame {
        let time = self.intervals.back().map_or(info.started_ms, |interval| interval.time_ms);
        Frame {
            uptime_s: Some(time.saturating_sub(info.started_ms) / 1_000),
            engine: Some(EngineFrame { backend: state.engine.backend.clone(), status: state.engine.status.clone() }),
            pool: Some(PoolStatus { utilisation: self.utilisation(), ..state.pool.clone() }),
            totals: Some(self.totals(state)),
            tools: Some(self.tools.iter().map(|(name, tool)| self.tool_frame(name, tool, state)).collect()),
            caches: Some(state.caches.clone()),
            io: state.io.clone(),
            alerts: Some(state.alerts.clone()),
            advice: Some(state.advice.clone()),
            clients: Some(state.clients.clone()),
            score: state.score.clone(),
            bottleneck: state.bottleneck.as_ref().map(Bottleneck::line),
            phases: Some(state.phases.clone()),
            laws: state.laws,
            contracts: Some(state.contracts.clone()),
            outcomes: Some(state.outcomes.clone()),
            trial: state.trial.clone(),
            context: state.context.clone(),
            security: Some(state.security.clone()),
            held: Some(state.held.clone()),
            approvals: Some(state.approvals.clone()),
            ..system_only(info, time, &state.system)
        }
    }

    fn totals(&self, state: &State) -> Totals {
        Totals {
            calls: state.calls,
            rate_per_s: self.rate(self.all.calls),
            mean_us: (!self.all.total.is_empty()).then(|| self.all.total.mean()),
            error_share: self.all.error_share(),
            in_flight: state.in_flight.iter().map(|(_, count)| u64::from(*count)).sum(),
            connections: state.connections,
        }
    }

    fn tool_frame(&self, name: &Arc<str>, tool: &Rolling, state: &State) -> ToolFrame {
        ToolFrame {
            name: name.to_string(),
            calls: tool.calls,
            errors: tool.errors,
            rate_per_s: self.rate(tool.calls).unwrap_or_default(),
            in_flight: state.in_flight.iter().find(|(tool, _)| tool == name).map_or(0, |(_, count)| *count),
            p50_us: quantile(&tool.total, 0.50),
            p95_us: quantile(&tool.total, 0.95),
            p99_us: quantile(&tool.total, 0.99),
            max_us: (!tool.total.is_empty()).then(|| tool.total.max()),
            queued_p95_us: quantile(&tool.queued, 0.95),
            overhead_p95_us: quantile(&tool.overhead, 0.95),
            window_s: self.seconds,
        }
    }
}

/// A Frame of the machine alone: what is known without a server.
#[must_use]
pub fn system_only(info: &ServerInfo, time: u64, system: &SystemSample) -> Frame {
    Frame { version: info.version.clone(), time, host: info.host.clone(), system: system.clone(), ..Frame::default() }
}

/// A quantile (0 to 1) in microseconds; `None` for an empty histogram.
#[must_use]
pub fn quantile(histogram: &Histogram<u32>, quantile: f64) -> Option<u64> {
    (!histogram.is_empty()).then(|| histogram.value_at_quantile(quantile))
}

impl Rolling {
    fn new() -> Self {
        Self {
            calls: 0,
            errors: 0,
            queued: latency(),
            ran: latency(),
            total: latency(),
            overhead: latency(),
            track: VecDeque::new(),
        }
    }

    /// Share of calls that did not end well, 0 to 1; `None` without calls.
    #[must_use]
    pub fn error_share(&self) -> Option<f64> {
        (self.calls > 0).then(|| self.errors as f64 / self.calls as f64)
    }

    fn add(&mut self, tool: &ToolInterval, time_ms: Option<u64>) {
        self.calls += u64::from(tool.calls);
        self.errors += u64::from(tool.errors);
        let p95_us = merge(&mut self.total, &tool.total, Histogram::add);
        merge(&mut self.queued, &tool.queued, Histogram::add);
        merge(&mut self.ran, &tool.ran, Histogram::add);
        merge(&mut self.overhead, &tool.overhead, Histogram::add);
        if let Some(time_ms) = time_ms {
            self.track.push_back(Track { time_ms, calls: tool.calls, p95_us: p95_us.unwrap_or_default() });
        }
    }

    fn subtract(&mut self, tool: &ToolInterval) {
        self.calls = self.calls.saturating_sub(u64::from(tool.calls));
        self.errors = self.errors.saturating_sub(u64::from(tool.errors));
        merge(&mut self.total, &tool.total, Histogram::subtract);
        merge(&mut self.queued, &tool.queued, Histogram::subtract);
        merge(&mut self.ran, &tool.ran, Histogram::subtract);
        merge(&mut self.overhead, &tool.overhead, Histogram::subtract);
    }
}

/// Adds or subtracts a closed histogram and returns its own 95th percentile. Bytes that cannot be read (a damaged recording)
/// count as empty: a number too few is better than no screen.
fn merge<E: std::fmt::Debug>(
    into: &mut Histogram<u32>,
    bytes: &SparseHistogram,
    how: impl Fn(&mut Histogram<u32>, Histogram<u32>) -> Result<(), E>,
) -> Option<u64> {
    let part = decode(bytes).unwrap_or_else(|error| {
        tracing::warn!(%error, "a histogram is left out");
        None
    })?;
    let p95 = part.value_at_quantile(0.95);
    if let Err(error) = how(into, part) {
        tracing::warn!(?error, "a histogram is left out");
    }
    Some(p95)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        metrics::{Moment, Recorder, Store},
        model::{CallRecord, Ending, Transport},
    };

    fn call(tool: &str, total_us: u64, ending: Ending) -> CallRecord {
        CallRecord {
            id: 1,
            time_ms: 0,
            tool: tool.into(),
            client: "test".into(),
            token: None,
            subject: None,
            transport: Transport::Http,
            worker: Some(1),
            queued_us: Some(total_us / 10),
            ran_us: Some(total_us - total_us / 10),
            own_us: Some(total_us / 2),
            total_us,
            ending,
            code: None,
            trace: None,
        }
    }

    fn second(store: &mut Store, recorder: &Recorder, at_s: u64, calls: &[CallRecord]) -> Arc<Interval> {
        for call in calls {
            recorder.record(call.clone());
        }
        store.drain();
        Arc::new(store.close(Moment { time_ms: at_s * 1_000, length_ms: 1_000 }, Gauges::default()))
    }

    /// Values and counts: a rolled histogram may be longer than a fresh one, with zeros at its end.
    fn counts(histogram: &Histogram<u32>) -> Vec<(u64, u32)> {
        histogram.iter_recorded().map(|value| (value.value_iterated_to(), value.count_at_value())).collect()
    }

    #[test]
    fn what_leaves_the_window_is_subtracted_exactly() {
        let recorder = Arc::new(Recorder::new([Arc::from("a")], 100));
        let mut store = Store::new(Arc::clone(&recorder));
        let mut rolling = Window::new(10);
        for at in 1..=30 {
            let slow = if at <= 20 { 5_000_000 } else { 0 };
            let calls = [call("a", 1_000 * at + slow, Ending::Ok), call("b", 70 * at, Ending::Failed)];
            rolling.push(second(&mut store, &recorder, at, &calls));
        }
        let mut fresh = Window::new(10);
        let last: Vec<_> = rolling.intervals().cloned().collect();
        for interval in last {
            fresh.push(interval);
        }
        let (rolled, merged) = (rolling.tool("a").expect("called"), fresh.tool("a").expect("called"));
        assert_eq!(rolled.calls, 10);
        assert_eq!(counts(&rolled.total), counts(&merged.total));
        assert_eq!(rolled.total.max(), merged.total.max(), "the slow calls of the first 20 seconds are gone");
        assert_eq!(counts(&rolled.overhead), counts(&merged.overhead));
        assert_eq!(rolled.track.len(), 10);
        assert_eq!(rolling.tool("b").expect("called").error_share(), Some(1.0));
        assert_eq!(rolling.rate(rolled.calls), Some(1.0));
    }

    #[test]
    fn a_tool_without_calls_in_the_window_leaves_it() {
        let recorder = Arc::new(Recorder::new([], 100));
        let mut store = Store::new(Arc::clone(&recorder));
        let mut window = Window::new(5);
        window.push(second(&mut store, &recorder, 1, &[call("once", 10, Ending::Ok)]));
        for at in 2..=6 {
            window.push(second(&mut store, &recorder, at, &[]));
        }
        assert!(window.tool("once").is_none());
        assert_eq!(window.all().calls, 0);
    }

    #[test]
    fn a_clock_set_back_empties_the_window() {
        let recorder = Arc::new(Recorder::new([], 100));
        let mut store = Store::new(Arc::clone(&recorder));
        let mut window = Window::new(10);
        for at in (1_001..=1_020).chain(1..=20) {
            window.push(second(&mut store, &recorder, at, &[call("a", 1_000, Ending::Ok)]));
        }
        assert_eq!((window.intervals().len(), window.all().calls, window.rate(10)), (10, 10, Some(1.0)));
    }

    #[test]
    fn a_full_ring_drops_and_counts() {
        let recorder = Arc::new(Recorder::new([], 2));
        let mut store = Store::new(Arc::clone(&recorder));
        let calls = vec![call("a", 10, Ending::Ok); 5];
        let interval = second(&mut store, &recorder, 1, &calls);
        assert_eq!((interval.calls.len(), interval.dropped, store.dropped()), (2, 3, 3));
    }
}
